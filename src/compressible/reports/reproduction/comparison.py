"""One description of a reproduced table: what is published, what is ours, and whether that is the same.

Long form, a line for each figure: any table of any paper is such a list.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from compressible.reports.verdict import Better, Verdict, effect, reaches

PUBLISHED = ",.10g"
"""Shows a figure with the digits that it was published with."""


@dataclass(frozen=True)
class Number:
    """A figure and how it is shown.

    Attributes:
        value: in full precision.
        spec: format specification.
        spread: what stands after ±, in the unit of ``value``.
    """

    value: float
    spec: str
    spread: float | None = None


Cell = Number | str | None
"""A figure, words where a paper has no figure or a claim has several, or nothing."""


@dataclass(frozen=True)
class Line:
    """One figure or claim.

    Attributes:
        subject: row of the paper's table, or what a claim is about.
        quantity: with its unit.
        paper: published.
        ours: None if there are no runs.
        runs: how many ours is from.
        verdict: whether ours is what the paper says.
    """

    subject: str
    quantity: str
    paper: Cell
    ours: Cell
    runs: int
    verdict: Verdict

    @property
    def difference(self) -> Number | None:
        """Ours less the paper's, if both are figures."""
        if not (isinstance(self.paper, Number) and isinstance(self.ours, Number)):
            return None
        return Number(self.ours.value - self.paper.value, f"+{self.ours.spec.lstrip('+')}")


@dataclass(frozen=True)
class Origin:
    """Where figures come from.

    Attributes:
        file: under the folder of results.
        commits: of the code that trained, as far as records of that are kept, and of the code that measured.
    """

    file: str
    commits: tuple[str, ...]

    def __str__(self) -> str:
        """For readers."""
        return f"{self.file} (commit {', '.join(self.commits) or 'not recorded'})"


@dataclass(frozen=True)
class Comparison:
    """A table.

    Attributes:
        name: of its files.
        caption: what is compared, and where it is published.
        lines: in the paper's order.
        rules: sentences that say when a line counts as reproduced.
        differed: sentences that say what was done otherwise than in the paper.
        origins: files that ours are from; none if there are no runs.
    """

    name: str
    caption: str
    lines: tuple[Line, ...]
    rules: tuple[str, ...]
    differed: tuple[str, ...]
    origins: tuple[Origin, ...]


@dataclass(frozen=True)
class Measured:
    """Ours: mean over runs, their standard deviation if there are three or more, and how many there are."""

    mean: float
    spread: float | None
    runs: int


def measured(values: Sequence[float]) -> Measured | None:
    """Of one figure for each run; None if there are none."""
    if not values:
        return None
    return Measured(mean(values), stdev(values) if len(values) >= 3 else None, len(values))


@dataclass(frozen=True)
class Quantity:
    """What is compared in lines of one kind.

    Attributes:
        name: with its unit.
        spec: how it is shown.
        better: which way ours may leave the paper's.
    """

    name: str
    spec: str
    better: Better

    def line(self, subject: str, paper: float | None, ours: Measured | None, allowed: float | None = None) -> Line:
        """Judged by ``reaches``; n/a if nothing is published, or if no ``allowed`` says what is near enough."""
        verdict = Verdict.OPEN
        if ours is not None and paper is not None and allowed is not None:
            verdict = Verdict.YES if reaches(paper, ours.mean, self.better, allowed) else Verdict.NO
        return self._line(subject, None if paper is None else Number(paper, PUBLISHED), ours, verdict)

    def change(self, subject: str, paper: float, ours: Measured | None) -> Line:
        """Of a change, judged by ``effect``."""
        verdict = Verdict.MISSING if ours is None else effect(paper, ours.mean)
        return self._line(subject, Number(paper, self.spec), ours, verdict)

    def claim(self, subject: str, paper: str, ours: Measured | None, verdict: Verdict) -> Line:
        """Of what the paper says in words; ``verdict`` is that of the runs, if there are any."""
        return self._line(subject, paper, ours, verdict)

    def against(
        self, subjects: tuple[str, str], paper: str, ours: Measured | None, theirs: Measured | None
    ) -> tuple[Line, Line]:
        """Of two that were both measured, the first of which the paper has on the better side of the second.

        They are compared as they are shown: a difference that nobody sees is none.
        """
        verdict = Verdict.MISSING
        if ours is not None and theirs is not None:
            own, other = (float(format(measured.mean, self.spec)) for measured in (ours, theirs))
            ahead = own > other if self.better is Better.HIGHER else own < other
            verdict = Verdict.YES if ahead else Verdict.NO
        return self._line(subjects[0], paper, ours, verdict), self._line(subjects[1], None, theirs, Verdict.OPEN)

    def _line(self, subject: str, paper: Cell, ours: Measured | None, verdict: Verdict) -> Line:
        if ours is None:
            return Line(subject, self.name, paper, None, 0, Verdict.MISSING)
        return Line(subject, self.name, paper, Number(ours.mean, self.spec, ours.spread), ours.runs, verdict)
