"""Runs of LTC beside the published ones.

    folders of finished runs ──► results/ltc.json: one entry a run ──► table, claims, figure

Gregorová, Desaules & Kalousis 2021, "Learned transform compression with optimized entropy encoding", section 4.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from compressible.reports.coded_images import CodedImagesResult
from compressible.reports.ltc_points import Form, Point
from compressible.reports.ltc_published import PUBLISHED
from compressible.reports.schema import load
from compressible.reports.tables import markdown
from compressible.reports.training_record import TrainingRecord
from compressible.run_files import EVALUATION, RECORD, SETTINGS


@dataclass(frozen=True)
class Entry:
    """One run.

    Attributes:
        name: of the run.
        alpha: weight of the soft cross-entropy.
        seed: of the run.
        steps: of its training.
        minutes: of its training; None if it was not timed.
        result: what was measured.
    """

    name: str
    alpha: float
    seed: int
    steps: int
    minutes: float | None
    result: CodedImagesResult

    @property
    def form(self) -> Form:
        """What is quantized."""
        return Form(self.result.dimension > 1, self.result.downsampling, self.result.channels)

    @property
    def setting(self) -> tuple[Form, int, float]:
        """All but the seed."""
        return self.form, self.result.centers, self.alpha

    @property
    def label(self) -> str:
        """Names the run's record."""
        return f"{self.name}-k{self.result.centers}-alpha{self.alpha:g}-{self.seed}"


def read_entry(run: Path) -> Entry:
    """Of the folder of a finished run.

    Raises:
        SchemaError: a record is not readable.
        ValueError: it is no run of a learned symbol model.
    """
    record = load(run / RECORD, TrainingRecord)
    minutes = None if record.wall_seconds is None else record.wall_seconds / 60
    result = load(run / EVALUATION, CodedImagesResult)
    return Entry(record.name, _alpha(run / SETTINGS), record.seed, record.steps, minutes, result)


def checked(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Entries that one table may have.

    Raises:
        ValueError: a run was not measured on the test set, they are of different ones or trained for different steps,
            or one is there twice.
    """
    for entry in entries:
        if "held out" in entry.result.dataset.name:
            raise ValueError(f"{entry.label} was measured on {entry.result.dataset.name}, which is for choosing")
    if len({(entry.result.dataset.sha256, entry.result.images) for entry in entries}) > 1:
        raise ValueError("these runs were measured on different images")
    if len(lengths := sorted({entry.steps for entry in entries})) > 1:
        raise ValueError(f"these runs were trained for {' and '.join(map(str, lengths))} steps")
    labels = [entry.label for entry in entries]
    if twice := sorted({label for label in labels if labels.count(label) > 1}):
        raise ValueError(f"there are several runs of {', '.join(twice)}")
    return entries


def load_entries(path: Path) -> tuple[Entry, ...]:
    """Raises ``SchemaError`` if the file holds anything else."""
    return load(path, tuple[Entry, ...])


def points_of(entries: Sequence[Entry]) -> tuple[Point, ...]:
    """One a setting, means over seeds; rates are those of the coded payload of all images."""
    points: list[Point] = []
    for form, centers, alpha in _settings(entries):
        own = [entry.result for entry in entries if entry.setting == (form, centers, alpha)]
        bpp, error, entropy = (
            mean(value(result) for result in own)
            for value in (lambda r: r.coded_bpp, lambda r: r.squared_error, lambda r: r.entropy)
        )
        points.append(Point(form, centers, alpha, bpp, error, entropy))
    return tuple(points)


def runs_table(entries: Sequence[Entry]) -> str:
    """One row a setting, means over seeds; what is published is estimated."""
    columns: dict[str, tuple[Callable[[CodedImagesResult], float | None], str]] = {
        "bpp (estimated)": (lambda r: r.estimated_bpp, ".4f"),
        "bpp (coded)": (lambda r: r.coded_bpp, ".4f"),
        "bpp (coded, each image by itself)": (lambda r: r.single_bpp, ".4f"),
        "bpp (file of codes)": (lambda r: r.file_bpp, ".4f"),
        "error x 1000": (lambda r: 1000 * r.squared_error, ".3f"),
        "PSNR dB": (lambda r: r.psnr, ".2f"),
        "cross-entropy h": (lambda r: r.cross_entropy, ".3f"),
        "soft cross-entropy s": (lambda r: r.soft_cross_entropy, ".3f"),
        "entropy": (lambda r: r.entropy, ".3f"),
        "entropy by channel": (lambda r: r.group_entropy, ".3f"),
        "symbols in use": (lambda r: r.used, ".0f"),
    }
    rows: list[tuple[str, ...]] = []
    for setting in _settings(entries):
        form, centers, alpha = setting
        own = [entry for entry in entries if entry.setting == setting]
        cells = [_mean([value(entry.result) for entry in own], spec) for value, spec in columns.values()]
        effort = (f"{mean(entry.steps for entry in own):.0f}", _mean([entry.minutes for entry in own], ".1f"))
        rows.append((form.label, str(centers), f"{alpha:g}", *_published(setting), *cells, *effort, str(len(own))))
    published = ("bpp (published)", "error x 1000 (published)")
    header = ("quantized", "k", "alpha", *published, *columns, "steps", "minutes of training", "seeds")
    return markdown(header, rows)


def _settings(entries: Sequence[Entry]) -> list[tuple[Form, int, float]]:
    """In the order of their forms, then by number of symbols and alpha."""
    found = {entry.setting for entry in entries}
    return sorted(found, key=lambda s: (s[0].order, *s[1:]))


def _alpha(path: Path) -> float:
    """The weight that a run's configuration has."""
    try:
        return float(OmegaConf.select(OmegaConf.load(path), "rate.soft_weight"))
    except (OSError, OmegaConfBaseException, YAMLError, TypeError, ValueError) as error:
        raise ValueError(f"{path} has no rate.soft_weight: this is no run of a learned symbol model") from error


def _published(setting: tuple[Form, int, float]) -> tuple[str, str]:
    for point in PUBLISHED:
        if (point.form, point.centers, point.alpha) == setting:
            return f"{point.bpp:.4f}", f"{1000 * point.squared_error:.3f}"
    return "n/a", "n/a"


def _mean(values: Sequence[float | None], spec: str) -> str:
    numbers = [value for value in values if value is not None]
    return format(mean(numbers), spec) if numbers else "n/a"
