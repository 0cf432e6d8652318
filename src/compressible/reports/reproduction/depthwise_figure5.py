"""DQ, figure 5: how K, the number of codes, and D, the dimension of vectors, matter.

Fostiropoulos & Boehm 2022, section 5.3: D matters more than K, and DQ is ahead of VQ in all settings. The figure has
curves and no numbers.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from statistics import mean

from compressible.reports.autoencoding_table import LABELS
from compressible.reports.reproduction.comparison import Comparison, Line, Measured, Quantity
from compressible.reports.reproduction.depthwise_runs import (
    OURS,
    RIVAL,
    SIZES,
    TRAIN,
    Size,
    collect,
    load,
    origins,
    over_runs,
    size_of,
)
from compressible.reports.reproduction.depthwise_size_plot import size_figure
from compressible.reports.reproduction.target import Part, Reproduction, Target
from compressible.reports.verdict import Better

CODES = (4, 64)
DIMENSIONS = (8, 64)
"""Of our runs; the paper's are not in the text as we have it."""
BITS = Quantity("decoder, bits/dim", ".3f", Better.LOWER)
SPAN = Quantity("span of the decoder's bits, %", ".1f", Better.HIGHER)
RULES = (
    "At each size, the bits of DQ must be fewer.",
    "The span is from the fewest bits of DQ to the most, over all D that one K was trained with, in the mean over K, "
    "and likewise with K and D exchanged; that over D must be larger.",
)
DIFFERED = ("A small network for some hundred steps; K and D are ours, and K spans twice as much as D.",)
TOGETHER = (
    "compressible sweep dqae_ablation budget=cpu",
    f"compressible sweep dqae_ablation budget=cpu row={RIVAL} "
    f"'name={RIVAL}-K${{quantizer.codes}}-D${{level.dimension}}'",
)

Bits = Mapping[Size, Measured]


def read(results: Path) -> Reproduction:
    """From the gathered runs, if they are there."""
    bits = _bits(results)
    wanted = [Size(codes, dimension, arm) for arm in (OURS, RIVAL) for codes in CODES for dimension in DIMENSIONS]
    comparison = Comparison(
        "dq-fig5",
        "DQ (Fostiropoulos & Boehm 2022), figure 5: number of codes and dimension of vectors",
        tuple(_lines(bits, sorted({*wanted, *bits}))),
        RULES,
        DIFFERED,
        origins(results, SIZES) if bits else (),
    )
    missing = tuple(Part(_label(size), _command(size)) for size in wanted if size not in bits)
    return Reproduction((comparison,), missing, {"dqae_sizes": partial(size_figure, bits)} if bits else {})


def _bits(results: Path) -> Bits:
    """Of the decoder, for each size that was run."""
    entries = load(results, SIZES)
    sizes = {size for entry in entries if (size := size_of(entry.row)) is not None}
    found = {
        size: over_runs([e for e in entries if size_of(e.row) == size], lambda result: result.scores.decoder_bits)
        for size in sizes
    }
    return {size: bits for size, bits in found.items() if bits is not None}


def _lines(bits: Bits, sizes: list[Size]) -> Iterator[Line]:
    for codes, dimension in sorted({(size.codes, size.dimension) for size in sizes}):
        pair = (Size(codes, dimension, OURS), Size(codes, dimension, RIVAL))
        yield from BITS.against((_label(pair[0]), _label(pair[1])), "fewer than VQ", *(bits.get(size) for size in pair))
    spans = (_span(bits, lambda size: size.codes), _span(bits, lambda size: size.dimension))
    yield from SPAN.against((f"{LABELS[OURS]}, over D", f"{LABELS[OURS]}, over K"), "more than over K", *spans)


def _span(bits: Bits, fixed: Callable[[Size], int]) -> Measured | None:
    """How much the bits change, in percent, where one number is fixed; None if the other never varies."""
    ours = {size: measured.mean for size, measured in bits.items() if size.arm == OURS}
    series = [[own for size, own in ours.items() if fixed(size) == value] for value in set(map(fixed, ours))]
    spans = [100 * (max(own) / min(own) - 1) for own in series if len(own) > 1]
    return Measured(mean(spans), None, len(ours)) if spans else None


def _label(size: Size) -> str:
    return f"{LABELS[size.arm]}, K = {size.codes}, D = {size.dimension}"


def _command(size: Size) -> str:
    name = ("" if size.arm == OURS else f"{size.arm}-") + f"K{size.codes}-D{size.dimension}"
    return (
        f"{TRAIN} row={size.arm} name={name} quantizer.codes={size.codes} level.dimension={size.dimension} "
        "trainer.max_steps=450"
    )


TARGET = Target("dq-fig5", "DQ, figure 5: number of codes and dimension of vectors", TOGETHER, read, collect)
