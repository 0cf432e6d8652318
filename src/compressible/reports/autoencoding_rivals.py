"""Depthwise quantization against its rivals, seed by seed: does the published gain hold, and against whom?

Fostiropoulos & Boehm 2022, "Depthwise Quantization", section 5.2: 3.14 bits per dimension of the decoder alone, where
the VQ-VAE whose codebooks all see one vector has 4.36.
"""

from collections.abc import Callable, Sequence

from compressible.reports.autoencoding import AutoencodingResult
from compressible.reports.autoencoding_table import LABELS, Entry, order
from compressible.reports.paired import Change, change
from compressible.reports.tables import markdown

OURS = "dq"
PUBLISHED = {"vq_copies": Change(3.14 / 4.36 - 1, None, 1)}
"""Of the decoder's bits."""

_COLUMNS: dict[str, Callable[[AutoencodingResult], float | None]] = {
    "decoder": lambda result: result.scores.decoder_bits,
    "decoder and codes": lambda result: result.total_bits,
    "squared error": lambda result: result.scores.squared_error,
}


def rivals_table(entries: Sequence[Entry]) -> str:
    """One row a rival, with 95 % intervals over seeds where three or more are in common; nothing without DQ."""
    rivals = sorted({entry.row for entry in entries} - {OURS}, key=order)
    if not rivals or not any(entry.row == OURS for entry in entries):
        return ""
    rows = [
        (
            LABELS.get(rival, rival),
            str(PUBLISHED.get(rival, "n/a")),
            *(_cell(_change(entries, rival, value)) for value in _COLUMNS.values()),
            str(len(_seeds(entries, OURS) & _seeds(entries, rival))),
        )
        for rival in rivals
    ]
    header = (f"{LABELS[OURS]} against", "decoder (published)", *_COLUMNS, "seeds in common")
    return markdown(header, rows)


def rivals_sentence(entries: Sequence[Entry]) -> str:
    """Who takes more bits than DQ and who fewer, codes counted; nothing without DQ and a rival."""
    changes = {
        f'"{LABELS.get(row, row)}"': found
        for row in sorted({entry.row for entry in entries} - {OURS}, key=order)
        if (found := _change(entries, row, _COLUMNS["decoder and codes"])) is not None
    }
    behind = [label for label, found in changes.items() if found.mean < 0]
    ahead = [label for label, found in changes.items() if found.mean >= 0]
    named = ((many, ", ".join(labels)) for many, labels in (("fewer", behind), ("no fewer", ahead)))
    parts = [f"{many} bits than {names}" for many, names in named if names]
    return f"With the codes counted, {LABELS[OURS]} takes {' but '.join(parts)}." if parts else ""


def _seeds(entries: Sequence[Entry], row: str) -> set[int]:
    return {entry.seed for entry in entries if entry.row == row}


def _change(entries: Sequence[Entry], rival: str, value: Callable[[AutoencodingResult], float | None]) -> Change | None:
    ours, theirs = (
        {entry.seed: number for entry in entries if entry.row == row and (number := value(entry.result)) is not None}
        for row in (OURS, rival)
    )
    return change(ours, theirs)


def _cell(found: Change | None) -> str:
    return "n/a" if found is None else str(found)
