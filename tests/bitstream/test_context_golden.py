"""A context-coded file of format version 1, pinned; made once by

    PYTHONPATH=src python -m tests.bitstream.test_context_golden

which never overwrites it. Tables and symbols are arithmetic.
"""

from pathlib import Path

import numpy as np

from compressible.bitstream import Container, PayloadKind, SymbolModelKind
from compressible.bitstream.container import SELF_CONTAINED
from compressible.bitstream.context_coder import decode, encode
from compressible.bitstream.decision_tree import trees_of_alphabet, trees_of_tables
from compressible.bitstream.digest import symbol_digest

FILE = Path(__file__).parents[1] / "golden" / "context_v1.cmpr"
ALPHABET = (4, 1, 40)
TABLES = np.zeros((3, 40), dtype=np.int64)
TABLES[0, :4] = 2**19, 2**18, 2**18 - 7, 7
TABLES[1, 0] = 2**20
TABLES[2] = [2**20 - 39 * 2**14] + [2**14] * 39
SYMBOLS = np.array([[(i * i // 7 + i // 12) % size for i in range(240)] for size in ALPHABET]).reshape(3, 2, 10, 12)


def container() -> Container:
    chunks = encode(SYMBOLS, trees_of_tables(TABLES)), encode(SYMBOLS, trees_of_alphabet(ALPHABET))
    digest = symbol_digest([SYMBOLS])
    return Container(PayloadKind.CODES, SymbolModelKind.CONTEXT, SELF_CONTAINED, b"", chunks, digest)


def test_the_pinned_file_is_written_as_before() -> None:
    assert container().to_bytes() == FILE.read_bytes()


def test_the_pinned_file_is_read_as_before() -> None:
    known, unknown = Container.from_bytes(FILE.read_bytes()).chunks
    assert np.array_equal(decode(known, SYMBOLS.shape, trees_of_tables(TABLES)), SYMBOLS)
    assert np.array_equal(decode(unknown, SYMBOLS.shape, trees_of_alphabet(ALPHABET)), SYMBOLS)


if __name__ == "__main__" and not FILE.exists():
    FILE.write_bytes(container().to_bytes())
