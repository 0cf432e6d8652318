"""Speed of the context coder, which starts from the tables that the static coder has.

Symbols are independent, so that there is nothing to learn: what takes longest is what is hard to predict.
"""

from dataclasses import dataclass

from benchmarks.entropy_coder import CoderSpeed, Load, draw, measure
from benchmarks.measure import Summary
from compressible.rates import ContextCoder, StaticCoder
from compressible.reports.tables import markdown

LOADS = (
    Load("scalars of one picture of 768 x 512", groups=48, n=1536, alphabet=13, rows=32),
    Load("flat scalars, where all take four decisions", groups=48, n=1536, alphabet=16, rows=32, widths=(1e6, 1e6)),
    Load("2 x 2 patches of one picture of 768 x 512", groups=32, n=1536, alphabet=1000, rows=32),
)
QUICK_LOADS = (Load("tiny", groups=2, n=100, alphabet=5, rows=10),)


@dataclass(frozen=True)
class ContextSpeed:
    """All loads."""

    speeds: tuple[CoderSpeed, ...]


def benchmark(quick: bool) -> ContextSpeed:
    """Measure each load, in one thread."""
    return ContextSpeed(tuple(context_speed(load, 2 if quick else 25) for load in (QUICK_LOADS if quick else LOADS)))


def context_speed(load: Load, repetitions: int) -> CoderSpeed:
    """Of symbols drawn from the tables that the coder knows beforehand."""
    pmf, symbols = draw(load)
    alphabet = (load.alphabet,) * load.groups
    coder = ContextCoder(alphabet, StaticCoder.from_pmf(pmf, alphabet).frequencies)
    return measure(load, coder, symbols, repetitions)


def speeds_table(measured: ContextSpeed) -> str:
    """One row a load: medians over the repetitions, quartiles behind them."""
    header = ("symbols", "alphabet", "bits a symbol", "encoded, millions a second", "decoded, millions a second")
    rows = [
        (
            speed.load.name,
            str(speed.load.alphabet),
            f"{speed.bits_per_symbol:.2f}",
            _spread(speed.encode_msymbols_per_second),
            _spread(speed.decode_msymbols_per_second),
        )
        for speed in measured.speeds
    ]
    return markdown(header, rows)


def _spread(summary: Summary) -> str:
    return f"{summary.median:.2f} ({summary.lower_quartile:.2f} to {summary.upper_quartile:.2f})"
