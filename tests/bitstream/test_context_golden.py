"""Context-coded files, pinned; those that are missing are made by

    PYTHONPATH=src python -m tests.bitstream.test_context_golden

which never overwrites one. Tables and symbols are arithmetic.
"""

from pathlib import Path

import numpy as np
import pytest

from compressible.bitstream import Container, PayloadKind, SymbolModelKind
from compressible.bitstream.code_file import CodeFile, Codes
from compressible.bitstream.codebooks import ListedCenters, UniformGrid
from compressible.bitstream.container import SELF_CONTAINED
from compressible.bitstream.context_coder import decode, encode
from compressible.bitstream.decision_tree import trees_of_alphabet, trees_of_tables
from compressible.bitstream.digest import symbol_digest
from compressible.bitstream.dtypes import DType
from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.streams import Stream
from compressible.bitstream.tensors import QuantizedTensor, SparseTensor
from compressible.bitstream.weight_file import decode_weights, encode_weights
from compressible.bitstream.weights import WeightFile

from .weight_examples import assert_same

FOLDER = Path(__file__).parents[1] / "golden"
PAYLOAD, CODES, WEIGHTS = "context_v1.cmpr", "code_file_context_v1.cmpr", "weight_file_context_v2.cmpw"
ALPHABET = (4, 1, 40)
TABLES = np.zeros((3, 40), dtype=np.int64)
TABLES[0, :4] = 2**19, 2**18, 2**18 - 7, 7
TABLES[1, 0] = 2**20
TABLES[2] = [2**20 - 39 * 2**14] + [2**14] * 39
SYMBOLS = np.array([[(i * i // 7 + i // 12) % size for i in range(240)] for size in ALPHABET]).reshape(3, 2, 10, 12)


def payload() -> bytes:
    chunks = encode(SYMBOLS, trees_of_tables(TABLES)), encode(SYMBOLS, trees_of_alphabet(ALPHABET))
    digest = symbol_digest([SYMBOLS])
    return Container(PayloadKind.CODES, SymbolModelKind.CONTEXT, SELF_CONTAINED, b"", chunks, digest).to_bytes()


def code_file() -> CodeFile:
    items = np.arange(2) * 3
    return CodeFile(
        b"goldhash", (Codes(ALPHABET, SYMBOLS), Codes((7,), items[None]), Codes((), np.zeros((0, 2, 5), int)))
    )


def weight_file() -> WeightFile:
    """Tensors of every rank in two streams."""
    numbers = np.arange(240)
    kernels = (numbers * numbers // 9 % 5).reshape(5, 4, 3, 4)
    kernels[1:3, 1:] = 2
    return WeightFile(
        (
            QuantizedTensor("kernel", DType.FLOAT32, 0, kernels),
            QuantizedTensor("matrix", DType.FLOAT16, 0, kernels[0, 0].astype(np.uint8), np.float16([1, 2, 3])),
            QuantizedTensor("line", DType.BFLOAT16, 0, kernels[4].reshape(2, 24)[1]),
            QuantizedTensor("point", DType.FLOAT64, 0, np.array(3)),
            QuantizedTensor("nothing", DType.FLOAT32, 0, np.zeros((3, 0, 3, 3), int)),
            SparseTensor("mask", DType.INT8, 1, (numbers % 7 == 3).astype(np.uint8), np.arange(34, dtype=np.int8)),
            QuantizedTensor("constant", DType.FLOAT32, 2, np.zeros((2, 2), int)),
        ),
        (
            Stream(UniformGrid(0.25, -2, 5), CoderKind.CONTEXT),
            Stream(ListedCenters(np.array([0, 1], np.float16)), CoderKind.CONTEXT),
            Stream(ListedCenters(np.array([3], np.float16)), CoderKind.CONTEXT),
        ),
    )


MADE = {
    PAYLOAD: payload,
    CODES: lambda: code_file().to_bytes(SymbolModelKind.CONTEXT),
    WEIGHTS: lambda: encode_weights(weight_file()),
}


@pytest.mark.parametrize("name", MADE)
def test_a_pinned_file_is_written_as_before(name: str) -> None:
    assert MADE[name]() == (FOLDER / name).read_bytes()


def test_the_pinned_payloads_are_read_as_before() -> None:
    known, unknown = Container.from_bytes((FOLDER / PAYLOAD).read_bytes()).chunks
    assert np.array_equal(decode(known, SYMBOLS.shape, trees_of_tables(TABLES)), SYMBOLS)
    assert np.array_equal(decode(unknown, SYMBOLS.shape, trees_of_alphabet(ALPHABET)), SYMBOLS)


def test_the_pinned_codes_are_read_as_before() -> None:
    read = CodeFile.from_bytes((FOLDER / CODES).read_bytes())
    for level, expected in zip(read.levels, code_file().levels, strict=True):
        assert level.alphabet == expected.alphabet
        assert np.array_equal(level.symbols, expected.symbols)


def test_the_pinned_weights_are_read_as_before() -> None:
    assert_same(decode_weights((FOLDER / WEIGHTS).read_bytes()), weight_file())


if __name__ == "__main__":
    for name, make in MADE.items():
        if not (FOLDER / name).exists():
            (FOLDER / name).write_bytes(make())
