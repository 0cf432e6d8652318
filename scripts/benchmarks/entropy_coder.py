"""Speed of the static entropy coder at the sizes of pictures and of a network's weights."""

from dataclasses import dataclass

import numpy as np

from benchmarks.measure import Summary, in_turns, summarise
from compressible.rates import StaticCoder, SymbolCoder


@dataclass(frozen=True)
class Load:
    """Symbols to code.

    Attributes:
        name: where there are so many.
        groups: each with a distribution of its own.
        n: symbols of a group.
        alphabet: symbols that there are.
        rows: that the symbols of a group lie in.
        widths: between which those of the distributions lie, in alphabets; a large one makes a flat distribution.
    """

    name: str
    groups: int
    n: int
    alphabet: int
    rows: int = 1
    widths: tuple[float, float] = (0.03, 0.15)


LOADS = (
    Load("scalars of one picture of 768 x 512", groups=48, n=1536, alphabet=13),
    Load("2 x 2 patches of one picture of 768 x 512", groups=32, n=1536, alphabet=1000),
    Load("weights of a 32-layer residual network", groups=1, n=464154, alphabet=75),
)
QUICK_LOADS = (Load("tiny", groups=2, n=100, alphabet=5),)


@dataclass(frozen=True)
class CoderSpeed:
    """Encoding and decoding of one load.

    Attributes:
        load: what was coded.
        bits_per_symbol: of the payload.
        encode_msymbols_per_second: millions of symbols a second.
        decode_msymbols_per_second: the same, with the check that the payload is what encoding writes.
    """

    load: Load
    bits_per_symbol: float
    encode_msymbols_per_second: Summary
    decode_msymbols_per_second: Summary


@dataclass(frozen=True)
class EntropyCoder:
    """All loads."""

    speeds: tuple[CoderSpeed, ...]


def benchmark(quick: bool) -> EntropyCoder:
    """Measure each load."""
    return EntropyCoder(tuple(static_speed(load, 2 if quick else 25) for load in (QUICK_LOADS if quick else LOADS)))


def static_speed(load: Load, repetitions: int) -> CoderSpeed:
    """Of symbols drawn from the very tables that code them."""
    pmf, symbols = draw(load)
    return measure(load, StaticCoder.from_pmf(pmf, (load.alphabet,) * load.groups), symbols, repetitions)


def measure(load: Load, coder: SymbolCoder, symbols: np.ndarray, repetitions: int) -> CoderSpeed:
    """Encode and decode ``symbols`` in turns."""
    data = coder.encode(symbols)
    if not np.array_equal(coder.decode(data, symbols.shape), symbols):
        raise AssertionError("the coder does not give back what it was given")
    calls = {"encode": lambda: coder.encode(symbols), "decode": lambda: coder.decode(data, symbols.shape)}
    seconds = in_turns(calls, repetitions)
    speeds = {name: summarise([symbols.size / 1e6 / value for value in values]) for name, values in seconds.items()}
    return CoderSpeed(load, 8 * len(data) / symbols.size, speeds["encode"], speeds["decode"])


def draw(load: Load) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (groups, L) that fall off as a Laplacian of a width of its own for each group, and symbols.

    Symbols are (groups, rows, columns).
    """
    rng = np.random.default_rng(0)
    widths = load.alphabet * rng.uniform(*load.widths, (load.groups, 1))
    weights = np.exp(-np.abs(np.arange(load.alphabet) - load.alphabet // 2) / widths)
    pmf = weights / weights.sum(1, keepdims=True)
    symbols = np.stack([rng.choice(load.alphabet, load.n, p=row) for row in pmf])
    return pmf, symbols.reshape(load.groups, load.rows, -1)
