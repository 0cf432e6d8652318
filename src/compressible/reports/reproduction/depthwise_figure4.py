"""DQ, figure 4: whether every level of the hierarchy is used.

Fostiropoulos & Boehm 2022, section 4.3: both levels tell something. The figure is of pictures; here a level is given
the codes of another image, which costs the more the more it tells.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from compressible.reports.autoencoding import AutoencodingResult, Scores
from compressible.reports.autoencoding_table import Entry
from compressible.reports.reproduction.comparison import Comparison, Line, Quantity
from compressible.reports.reproduction.depthwise_runs import LEVELS, OURS, ROWS, collect, load, origins, over_runs
from compressible.reports.reproduction.depthwise_table1 import DATASETS
from compressible.reports.reproduction.target import Part, Reproduction, Target
from compressible.reports.verdict import Better, Verdict

ERROR = Quantity("squared error x 1000", ".3f", Better.LOWER)
BITS = Quantity("decoder, bits/dim", ".3f", Better.LOWER)
RULES = ("With the codes of another image in one level, error and bits must be larger than with the image's own.",)
DIFFERED = ("Figures instead of pictures; a small network and short training, on CIFAR-10.",)


def read(results: Path) -> Reproduction:
    """From the gathered runs with several levels, if there are any."""
    entries = [e for e in load(results, LEVELS, ROWS) if len(e.result.levels) > 1 and e.row.startswith(OURS)]
    lines = list(_lines(entries)) or [ERROR.claim("each level", "is used", None, Verdict.OPEN)]
    comparison = Comparison(
        "dq-fig4",
        "DQ (Fostiropoulos & Boehm 2022), figure 4: what levels are for",
        tuple(lines),
        RULES,
        DIFFERED,
        origins(results, LEVELS) if entries else (),
    )
    missing = () if entries else (Part("3 levels", DATASETS[0].command),)
    return Reproduction((comparison,), missing, {})


def _lines(entries: Sequence[Entry]) -> Iterator[Line]:
    for row in sorted({entry.row for entry in entries}):
        own = [entry for entry in entries if entry.row == row]
        for level in range(len(own[0].result.levels)):
            subject = f"{row}, level {level + 1}"
            subjects = (f"{subject}, own codes", f"{subject}, another image's")
            for quantity, value in ((BITS, _bits), (ERROR, _error)):
                ours = over_runs(own, lambda result, value=value: value(result.scores))
                if ours is not None:
                    yield from quantity.against(subjects, "is used", ours, over_runs(own, _swapped(level, value)))


def _swapped(level: int, value: Callable[[Scores], float | None]) -> Callable[[AutoencodingResult], float | None]:
    """Of a result, what one level with other codes leaves."""

    def of(result: AutoencodingResult) -> float | None:
        scores = result.levels[level].swapped
        return None if scores is None else value(scores)

    return of


def _bits(scores: Scores) -> float | None:
    return scores.decoder_bits


def _error(scores: Scores) -> float:
    return 1000 * scores.squared_error


TARGET = Target("dq-fig4", "DQ, figure 4: what levels are for", (), read, collect)
