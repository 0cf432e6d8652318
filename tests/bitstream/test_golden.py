"""Files of format version 1, pinned: what was once written stays readable and is written the same.

They were made once by

    PYTHONPATH=src python -m tests.bitstream.test_golden

which writes the files that are missing and never overwrites one. Tables and symbols are arithmetic, so that they depend
on no random generator and no floating point.
"""

from pathlib import Path

import numpy as np
import pytest

from compressible.bitstream import Container, ImageHeader, PayloadKind, SymbolModelKind, context_coder
from compressible.bitstream.container import SELF_CONTAINED
from compressible.bitstream.decision_tree import trees_of_tables
from compressible.bitstream.digest import symbol_digest
from compressible.bitstream.static_coder import decode, encode

from .reference import file_bytes, range_decode

FOLDER = Path(__file__).parents[1] / "golden"

# Alphabets of 4, 1, 2 and 3 symbols, from flat to as skewed as a table can be.
TABLES = np.array(
    [
        [2**19, 2**18, 2**18 - 7, 7],
        [2**20, 0, 0, 0],
        [2**20 - 1, 1, 0, 0],
        [349526, 349525, 349525, 0],
    ]
)
SYMBOLS = np.array([[(i * i + i // 3) % size for i in range(60)] for size in (4, 1, 2, 3)])
FLAT = np.full((1, 256), 2**12)
BYTES = np.array([[i * 37 % 256 for i in range(100)]])

CONTAINERS = {
    "image_static_v1.cmpr": Container(
        PayloadKind.IMAGE,
        SymbolModelKind.STATIC,
        b"goldhash",
        ImageHeader(20, 12).to_bytes(),
        (encode(SYMBOLS, TABLES),),
        symbol_digest([SYMBOLS]),
    ),
    "image_context_v1.cmpr": Container(
        PayloadKind.IMAGE,
        SymbolModelKind.CONTEXT,
        b"goldhash",
        ImageHeader(20, 12).to_bytes(),
        (context_coder.encode(SYMBOLS.reshape(4, 6, 10), trees_of_tables(TABLES)),),
        symbol_digest([SYMBOLS.reshape(4, 6, 10)]),
    ),
    "weights_uniform_v1.cmpr": Container(
        PayloadKind.WEIGHTS,
        SymbolModelKind.UNIFORM,
        SELF_CONTAINED,
        b"a header of another kind",
        (encode(BYTES, FLAT), encode(BYTES[:, :10], FLAT)),
        symbol_digest([BYTES, BYTES[:, :10]]),
    ),
    "codes_context_v1.cmpr": Container(PayloadKind.CODES, SymbolModelKind.CONTEXT, b"goldhash", b"", (), 0),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_pinned_file_is_read_and_written_as_before(name: str) -> None:
    data = (FOLDER / name).read_bytes()
    assert CONTAINERS[name].to_bytes() == data
    assert Container.from_bytes(data) == CONTAINERS[name]


def test_every_pinned_file_is_tested() -> None:
    assert {path.name for path in FOLDER.glob("*.cmpr")} >= set(CONTAINERS)


def test_pinned_payloads_decode_here_and_by_the_textbook() -> None:
    (image,) = Container.from_bytes((FOLDER / "image_static_v1.cmpr").read_bytes()).chunks
    assert np.array_equal(decode(image, TABLES, 60), SYMBOLS)
    assert range_decode(image, TABLES.tolist(), 60) == SYMBOLS.tolist()
    first, second = Container.from_bytes((FOLDER / "weights_uniform_v1.cmpr").read_bytes()).chunks
    assert range_decode(first, FLAT.tolist(), 100) == BYTES.tolist()
    assert range_decode(second, FLAT.tolist(), 10) == BYTES[:, :10].tolist()


def test_the_payload_with_contexts_decodes() -> None:
    (image,) = Container.from_bytes((FOLDER / "image_context_v1.cmpr").read_bytes()).chunks
    assert np.array_equal(context_coder.decode(image, (4, 6, 10), trees_of_tables(TABLES)).reshape(4, 60), SYMBOLS)


def test_words_are_little_endian() -> None:
    """Flat 256 symbols: the first one is the top byte of the first word, which comes last in its four bytes."""
    (first, _) = Container.from_bytes((FOLDER / "weights_uniform_v1.cmpr").read_bytes()).chunks
    assert first[3] == BYTES[0, 0]
    assert first[2] == BYTES[0, 1]


def test_a_pinned_file_is_laid_out_as_documented() -> None:
    expected = file_bytes(kind=3, symbol_model=3, model=b"goldhash", header=b"", chunks=(), digest=0)
    assert (FOLDER / "codes_context_v1.cmpr").read_bytes() == expected


if __name__ == "__main__":
    for name, container in CONTAINERS.items():
        if not (FOLDER / name).exists():
            (FOLDER / name).write_bytes(container.to_bytes())
