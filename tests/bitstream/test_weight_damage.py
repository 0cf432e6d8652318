"""Damaged and forged weight files: each is refused with a ``BitstreamError`` in one sentence, or is a file."""

import random
import time
from collections.abc import Callable
from dataclasses import replace
from zlib import crc32

import numpy as np
import pytest

from compressible.bitstream import BitstreamError, Container, PayloadKind, SymbolModelKind
from compressible.bitstream.arrays import pack_arrays
from compressible.bitstream.bits import BitWriter
from compressible.bitstream.codebooks import ListedCenters
from compressible.bitstream.dtypes import DType
from compressible.bitstream.fields import number
from compressible.bitstream.packing import pack, unpack
from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.streams import Stream
from compressible.bitstream.tensors import QuantizedTensor
from compressible.bitstream.weight_file import decode_weights, encode_weights
from compressible.bitstream.weight_sizes import measure_weights
from compressible.bitstream.weights import WeightFile

from .memory import at_most
from .test_mutations import delete, flip, insert, noise, overwrite, swap, truncate
from .weight_examples import assert_same, every_form

LIMIT = 2**16
DATA = encode_weights(every_form())
GOOD = Container.from_bytes(DATA)
Mutation = Callable[[random.Random, bytes], bytes]
PACKED = (0, 1)
"""Chunks that are packed as a whole: directory and codebooks."""


def forged(chunk: int, data: bytes) -> bytes:
    """The file with another chunk; all checksums are right."""
    return replace(GOOD, chunks=(*GOOD.chunks[:chunk], data, *GOOD.chunks[chunk + 1 :])).to_bytes()


def read_or_refuse(data: bytes) -> bool:
    """Whether ``data`` is a file. If it is one, it can be decoded, and written and read again."""
    try:
        file = decode_weights(data, LIMIT)
    except BitstreamError as error:
        sentence = str(error)
    else:
        assert sum(values.nbytes for name, values in file.arrays().items()) <= 2 * LIMIT
        # Writing takes long, so only some are written.
        if crc32(data) % 16 == 0:
            assert_same(decode_weights(encode_weights(file, LIMIT), LIMIT), file)
        return True
    assert sentence
    assert "\n" not in sentence
    assert len(sentence) < 250
    return False


def test_every_flipped_bit_is_noticed() -> None:
    for bit in range(8 * len(DATA)):
        damaged = bytearray(DATA)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BitstreamError):
            decode_weights(bytes(damaged))


def test_every_truncation_and_extension_is_noticed() -> None:
    for size in range(len(DATA)):
        with pytest.raises(BitstreamError):
            decode_weights(DATA[:size])
    for more in (b"\0", DATA):
        with pytest.raises(BitstreamError, match="follow"):
            decode_weights(DATA + more)


@pytest.mark.parametrize("mutate", [flip, overwrite, truncate, insert, delete, swap, noise])
def test_a_mutated_file_is_refused(mutate: Mutation) -> None:
    rng = random.Random(mutate.__name__)
    for _ in range(1000):
        data = mutate(rng, DATA)
        assert data == DATA or not read_or_refuse(data)


@pytest.mark.parametrize("chunk", range(6))
def test_every_flipped_bit_behind_the_checksums_is_refused_or_makes_a_file(chunk: int) -> None:
    original = GOOD.chunks[chunk]
    for bit in range(8 * len(original)):
        damaged = bytearray(original)
        damaged[bit // 8] ^= 1 << bit % 8
        read_or_refuse(forged(chunk, bytes(damaged)))


@pytest.mark.parametrize("chunk", range(6))
def test_a_chunk_mutated_behind_the_checksums_is_refused_or_makes_a_file(chunk: int) -> None:
    rng = random.Random(chunk)
    for _ in range(600):
        mutate = rng.choice([flip, overwrite, truncate, insert, delete, swap, noise])
        read_or_refuse(forged(chunk, mutate(rng, GOOD.chunks[chunk])))


@pytest.mark.parametrize("chunk", PACKED)
def test_what_is_mutated_before_packing_is_refused_or_makes_a_file(chunk: int) -> None:
    """So that names, shapes, types and centers themselves are hostile."""
    rng = random.Random(chunk)
    original = unpack(GOOD.chunks[chunk], LIMIT)
    made = 0
    for _ in range(1500):
        mutate = rng.choice([flip, flip, overwrite, delete, insert, swap])
        made += read_or_refuse(forged(chunk, pack(mutate(rng, original))))
    assert made < 1000


def test_chunks_that_are_missing_or_too_many_are_refused() -> None:
    for chunks in ((), GOOD.chunks[:5], (*GOOD.chunks, b"")):
        with pytest.raises(BitstreamError, match="laid out"):
            decode_weights(replace(GOOD, chunks=chunks).to_bytes())


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"kind": PayloadKind.IMAGE}, "holds an image"),
        ({"kind": PayloadKind.CODES}, "holds codes"),
        ({"symbol_model": SymbolModelKind.UNIFORM}, "need a model"),
        ({"model": b"modelhsh"}, "need a model"),
        ({"header": b""}, "laid out"),
        ({"header": b"\1"}, "laid out"),
        ({"header": b"\2\0"}, "laid out"),
        ({"digest": GOOD.digest ^ 1}, "digest does not match"),
    ],
)
def test_another_kind_of_file_is_refused(changed: dict, message: str) -> None:
    with pytest.raises(BitstreamError, match=message):
        decode_weights(replace(GOOD, **changed).to_bytes())


def entry(shape: tuple[int, ...], form: int) -> bytes:
    return b"\1\0\1w" + number(form) + number(len(shape)) + b"".join(map(number, shape))


@pytest.mark.parametrize("shape", [(2**31,), (2**31, 2**31), (2**62,), (0, 2**40, 2**40), (2**30, 1, 4)])
@pytest.mark.parametrize("form", [12, 12 + 16, 12 + 16 * 6])
def test_a_small_file_that_declares_a_huge_tensor_costs_nothing(shape: tuple[int, ...], form: int) -> None:
    directory = entry(shape, form) + (b"\0" if form > 16 else b"")
    chunks = (pack(directory), pack(b"\1\2\2\1\0\0\x80\x3f"), *GOOD.chunks[2:])
    data = replace(GOOD, chunks=chunks).to_bytes()
    with at_most(2**21), pytest.raises(BitstreamError, match=r"too many|would take more"):
        decode_weights(data)


SPARSE_TABLE = "0" + "0010" + "100000" + "1" * 32 + "000000" + "000011" + "100" + "110" + "1000" + "01"
"""Zero is 0; 2 bits; 2**32 - 1 entries, no fillers, 4 bytes of differences, of which there are two; all symbols 1."""


@pytest.mark.parametrize(("coder", "table"), [(0, "100000010"), (1, "1000"), (2, SPARSE_TABLE), (3, "000000010")])
def test_symbols_that_cannot_be_there_cost_nothing(coder: int, table: str) -> None:
    """A billion symbols from some bytes of table and four of code: refused by what they would at least take."""
    directory = entry((2**20, 2**8), 10 + 16) + b"\0"
    bits = BitWriter()
    bits.write(coder, 3)
    bits.write_number(4)
    bits.write(int(table, 2), len(table))
    bits.write(0b0000_0000, 8)
    chunks = (pack(directory), pack(b"\1\2\2\1\0\0\x80\x3f"), bits.to_bytes(), b"", b"", bytes(4))
    started = time.process_time()
    with at_most(2**21), pytest.raises(BitstreamError, match="cannot hold"):
        decode_weights(replace(GOOD, chunks=chunks, digest=0).to_bytes())
    assert time.process_time() - started < 1


def test_a_coder_that_is_not_there_is_refused() -> None:
    tables = bytes([GOOD.chunks[2][0] | 0b111 << 5]) + GOOD.chunks[2][1:]
    with pytest.raises(BitstreamError, match="coder of kind 7"):
        decode_weights(forged(2, tables))


def pruned(centers: list[float], symbols: list[int], kept: list[float]) -> bytes:
    """A file whose only tensor is sparse, whatever its centers, its symbols and the number of its values."""
    tensor = QuantizedTensor("w", DType.FLOAT32, 0, np.array(symbols))
    stream = Stream(ListedCenters(np.array(centers, np.float16)), CoderKind.SPARSE)
    good = Container.from_bytes(encode_weights(WeightFile((tensor,), (stream,))))
    directory = pack(entry(tensor.shape, 12 + 16 * 6) + b"\0")
    plain = pack_arrays([np.array(kept, np.float32)])
    return replace(good, chunks=(directory, *good.chunks[1:4], plain, good.chunks[5])).to_bytes()


def test_a_sparse_tensor_that_is_none_is_refused() -> None:
    assert decode_weights(pruned([0, 1], [0, 1, 1, 0], [5, 6])).arrays()["w"].tolist() == [0, 5, 6, 0]
    for centers, symbols, kept, message in (
        ([0, 1], [0, 1, 1, 0], [5], "should have 8 bytes"),
        ([0, 1], [0, 1, 1, 0], [5, 6, 7], "more than the 8"),
        ([0, 1], [0, 0, 0, 0], [5], "more than the 0"),
        ([0, 1, 2], [0, 2, 1, 0], [5, 6], "0 and 1"),
        ([0, 1, 2], [0, 1, 1, 0], [5, 6], "centers of its stream"),
        ([0, 0.5], [0, 1, 1, 0], [5, 6], "centers of its stream"),
    ):
        with pytest.raises(BitstreamError, match=message):
            decode_weights(pruned([float(c) for c in centers], symbols, [float(value) for value in kept]))


def test_a_name_that_occurs_twice_is_refused() -> None:
    directory = b"\2" + b"\0\1w\x0c\1\0" + b"\1\0\x0c\1\0"
    chunks = (pack(directory), pack(b"\0"), b"", b"", b"", b"")
    with pytest.raises(BitstreamError, match="two tensors are named 'w'"):
        decode_weights(replace(GOOD, chunks=chunks, digest=0).to_bytes())


@pytest.mark.parametrize("data", [DATA[:-1], b"", forged(2, b""), forged(5, GOOD.chunks[5] + bytes(4))])
def test_measuring_refuses_the_same(data: bytes) -> None:
    with pytest.raises(BitstreamError):
        measure_weights(data)


def test_a_value_that_is_not_finite_is_refused() -> None:
    """The scales of every_form are four float16 and one float32."""
    plane = bytearray(b"\0\0\x0c" + np.array(0.125, "<f4").tobytes() + np.float16([1, 2, 3, 4]).tobytes())
    assert_same(decode_weights(forged(3, bytes(plane))), every_form())
    plane[-2:] = np.array(np.nan, "<f2").tobytes()
    with pytest.raises(BitstreamError, match="not finite"):
        decode_weights(forged(3, bytes(plane)))
