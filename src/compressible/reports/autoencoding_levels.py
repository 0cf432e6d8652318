"""What each level of an autoencoder is good for, and whether one of them has collapsed.

A level whose codes hardly vary tells nothing; nor does one whose codes may as well be those of another image. What
Fostiropoulos & Boehm 2022, "Depthwise Quantization", figure 4, shows in pictures.
"""

from collections.abc import Callable, Sequence
from math import log2
from statistics import mean

from compressible.reports.autoencoding import AutoencodingResult, LevelCodes
from compressible.reports.autoencoding_table import LABELS, Entry, order
from compressible.reports.tables import markdown

_COLUMNS: dict[str, Callable[[AutoencodingResult, LevelCodes], float | None]] = {
    "bits a code": lambda result, level: mean(level.entropy),
    "perplexity": lambda result, level: mean(level.perplexity),
    "least usage, %": lambda result, level: 100 * min(level.usage),
    "codes bits/dim, uniform": lambda result, level: level.places * sum(map(log2, level.alphabet)) / result.dimensions,
    "codes bits/dim, histogram": lambda result, level: level.places * sum(level.cross_entropy) / result.dimensions,
    "decoder bits/dim": lambda result, level: result.scores.decoder_bits,
    "with codes of another image": lambda result, level: level.swapped and level.swapped.decoder_bits,
    "squared error x 1000": lambda result, level: 1000 * result.scores.squared_error,
    "of another image": lambda result, level: level.swapped and 1000 * level.swapped.squared_error,
}


def levels_table(entries: Sequence[Entry]) -> str:
    """One row a level of each arm that has several, means over seeds; nothing if none has."""
    rows: list[tuple[str, ...]] = []
    for name in sorted({entry.row for entry in entries if len(entry.result.levels) > 1}, key=order):
        own = [entry.result for entry in entries if entry.row == name]
        for i, level in enumerate(own[0].levels):
            cells = [_mean([value(result, result.levels[i]) for result in own]) for value in _COLUMNS.values()]
            codes = f"{len(level.alphabet)} x {level.places}"
            rows.append((LABELS.get(name, name), str(i + 1), codes, *cells, str(len(own))))
    header = ("arm", "level, coarsest first", "codebooks x places", *_COLUMNS, "seeds")
    return markdown(header, rows) if rows else ""


def _mean(values: Sequence[float | None]) -> str:
    numbers = [value for value in values if value is not None]
    return f"{mean(numbers):.4f}" if numbers else "n/a"
