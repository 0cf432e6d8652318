"""What a page shows, before anybody decides how it looks; all texts are plain, whatever they hold."""

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite


class Form(StrEnum):
    """How the series of a chart are drawn."""

    LINES = "lines"
    BARS = "bars"


class Stroke(StrEnum):
    """How a line is drawn."""

    BOLD = "bold"
    PLAIN = "plain"
    DASHED = "dashed"
    DOTTED = "dotted"


@dataclass(frozen=True)
class Tick:
    """A mark on an axis.

    Attributes:
        at: where.
        label: what is written there.
    """

    at: float
    label: str


@dataclass(frozen=True)
class Axis:
    """One axis.

    Attributes:
        title: what it measures, with its unit.
        log: whether distances are those of logarithms.
        ticks: marks; none leaves them to the plotting library.
    """

    title: str
    log: bool = False
    ticks: tuple[Tick, ...] = ()


@dataclass(frozen=True)
class Series:
    """One line, or the bars of one colour.

    Attributes:
        name: in the legend.
        x: where its points are.
        y: their heights, as many, all finite.
        colour: number of its colour; charts beside each other give one thing one number.
        stroke: of a line.
        notes: what is read out at each point, in lines; none for name, x and y.
        runs: ``RunCard.id`` of the run of each point, None where its folder is not at hand; none if none is.
    """

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    colour: int
    stroke: Stroke = Stroke.PLAIN
    notes: tuple[tuple[str, ...], ...] = ()
    runs: tuple[str | None, ...] = ()

    def __post_init__(self) -> None:
        sizes = {len(part) for part in (self.x, self.y, self.notes or self.x, self.runs or self.x)}
        if len(sizes) > 1:
            raise ValueError(f"'{self.name}' has {len(self.x)} x, but not as much of everything else")
        if not all(map(isfinite, (*self.x, *self.y))):
            raise ValueError(f"'{self.name}' has a point that is nowhere")


@dataclass(frozen=True)
class Chart:
    """An interactive figure.

    Attributes:
        title: what it shows.
        x: horizontal axis.
        y: vertical axis.
        series: at least one.
        form: of all of them.
        note: what to know beside the title.
    """

    title: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    form: Form = Form.LINES
    note: str = ""


@dataclass(frozen=True)
class Table:
    """A table as the generators of tables write it.

    Attributes:
        title: what it shows.
        markdown: pipe tables, and sentences between them.
        note: what to know beside the title.
    """

    title: str
    markdown: str
    note: str = ""


@dataclass(frozen=True)
class Comparison:
    """All that was measured on the same pictures.

    Attributes:
        title: the pictures.
        charts: rate-distortion curves, one chart a metric.
        bd_rates: one table an anchor, titled with its name; none where no two curves can be compared.
        settings: every codec at every setting.
    """

    title: str
    charts: tuple[Chart, ...]
    bd_rates: tuple[Table, ...]
    settings: Table


@dataclass(frozen=True)
class Version:
    """A picture as one codec leaves it.

    Attributes:
        name: of the codec and its setting.
        note: bytes and metrics.
        uri: its pixels, unchanged, as a ``data:`` URI.
    """

    name: str
    note: str
    uri: str


@dataclass(frozen=True)
class Picture:
    """One picture to compare versions of.

    Attributes:
        name: of its file.
        width: in pixels.
        height: in pixels.
        versions: the original first, ours second, then rivals at no more bytes than ours.
    """

    name: str
    width: int
    height: int
    versions: tuple[Version, ...]


@dataclass(frozen=True)
class Viewer:
    """Pictures at equal bytes.

    Attributes:
        note: of what, and how many of how many.
        pictures: at least one.
    """

    note: str
    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class Fact:
    """One thing to know.

    Attributes:
        label: what it is.
        value: what it is worth.
    """

    label: str
    value: str


@dataclass(frozen=True)
class Standing:
    """How a run stands.

    Attributes:
        state: in a few words.
        traceback: of what it failed with, if it did.
    """

    state: str
    traceback: str = ""


@dataclass(frozen=True)
class RunCard:
    """One run.

    Attributes:
        id: of its place in the page.
        name: unique among the runs.
        standing: how far it came.
        facts: seed, steps, commit and the like.
        evaluation: the table of its final evaluation, None if it has none.
        config: the resolved configuration, YAML.
    """

    id: str
    name: str
    standing: Standing
    facts: tuple[Fact, ...]
    evaluation: Table | None
    config: str


@dataclass(frozen=True)
class Page:
    """The whole page; a part of which there is nothing is left out.

    Attributes:
        title: of the page.
        made: when and by what.
        comparisons: one a set of pictures.
        tables: of results that are not rate-distortion curves.
        viewer: pictures, None if none were given.
        training: curves of what runs are told by.
        logged: curves of whatever else they logged.
        codes: histograms of symbols, and entropies of channels.
        runs: whose folders were given.
        sources: where it all comes from.
        left_out: files and runs of which nothing is shown, and why.
    """

    title: str
    made: str
    comparisons: tuple[Comparison, ...] = ()
    tables: tuple[Table, ...] = ()
    viewer: Viewer | None = None
    training: tuple[Chart, ...] = ()
    logged: tuple[Chart, ...] = ()
    codes: tuple[Chart, ...] = ()
    runs: tuple[RunCard, ...] = ()
    sources: tuple[Fact, ...] = ()
    left_out: tuple[Fact, ...] = ()
