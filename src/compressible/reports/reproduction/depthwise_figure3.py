"""DQ, figure 3: entropy of the codes, and what two codebooks share.

Fostiropoulos & Boehm 2022, section 5.2: codes of DQ have more entropy than those of VQ and share less. The means are
not in the text as we have it.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import mean

from compressible.reports.autoencoding import AutoencodingResult
from compressible.reports.autoencoding_table import LABELS, Entry, shared_bits
from compressible.reports.code_maps import CodeMaps, code_maps_figure
from compressible.reports.reproduction.comparison import Comparison, Line, Quantity
from compressible.reports.reproduction.depthwise_runs import (
    CODES,
    OURS,
    RIVAL,
    ROWS,
    TRAIN,
    collect,
    load,
    origins,
    over_runs,
)
from compressible.reports.reproduction.target import Part, Reproduction, Target
from compressible.reports.schema import load as load_record
from compressible.reports.verdict import Better

ENTROPY = Quantity("entropy of a code, bits", ".3f", Better.HIGHER)
SHARED = Quantity("shared by two codebooks, bits", ".3f", Better.LOWER)
RULES = ("Depthwise quantization must have more entropy, and must share less.",)
DIFFERED = (
    "A small network and short training, on CIFAR-10.",
    "Mutual information has the correction of Miller and Madow; how the paper estimates it is not stated.",
)


def read(results: Path) -> Reproduction:
    """From the gathered runs, if they are there."""
    entries = [entry for entry in load(results, ROWS) if len(entry.result.levels) == 1]
    comparison = Comparison(
        "dq-fig3",
        "DQ (Fostiropoulos & Boehm 2022), figure 3: what codes tell",
        _lines(entries),
        RULES,
        DIFFERED,
        origins(results, ROWS),
    )
    there = {entry.row for entry in entries}
    missing = [Part(LABELS[row], f"{TRAIN} row={row}") for row in (OURS, RIVAL) if row not in there]
    path = results / CODES
    maps = load_record(path, tuple[CodeMaps, ...]) if path.exists() else ()
    return Reproduction((comparison,), tuple(missing), {"dqae_codes": partial(code_maps_figure, maps)} if maps else {})


def _lines(entries: Sequence[Entry]) -> tuple[Line, ...]:
    subjects = (LABELS[OURS], LABELS[RIVAL])
    own, other = ([entry for entry in entries if entry.row == row] for row in (OURS, RIVAL))
    return (
        *ENTROPY.against(subjects, "more than VQ", over_runs(own, _entropy), over_runs(other, _entropy)),
        *SHARED.against(subjects, "less than VQ", over_runs(own, _shared), over_runs(other, _shared)),
    )


def _entropy(result: AutoencodingResult) -> float:
    return mean(mean(level.entropy) for level in result.levels)


def _shared(result: AutoencodingResult) -> float | None:
    return shared_bits(result.levels[0])


TARGET = Target(
    "dq-fig3",
    "DQ, figure 3: entropy and mutual information of codebooks",
    (),
    read,
    collect,
)
