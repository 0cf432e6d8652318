"""Damaged and forged weight files: each is refused with a ``BitstreamError`` in one sentence, or is a file.

Whatever is damaged, symbols that a file's digest vouches for are those that were written, or the file is refused.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
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
from .weight_examples import assert_same, every_form, in_contexts

LIMIT = 2**16
Mutation = Callable[[random.Random, bytes], bytes]
PACKED = (0, 1)
"""Chunks that are packed as a whole: directory and codebooks."""


@dataclass(frozen=True)
class Example:
    """A file that is damaged."""

    file: WeightFile

    @cached_property
    def data(self) -> bytes:
        return encode_weights(self.file)

    @cached_property
    def container(self) -> Container:
        return Container.from_bytes(self.data)

    def forged(self, chunk: int, data: bytes) -> bytes:
        """The file with another chunk; all checksums are right, and the digest is what it was."""
        chunks = self.container.chunks
        return replace(self.container, chunks=(*chunks[:chunk], data, *chunks[chunk + 1 :])).to_bytes()


STATIC, CONTEXTS = Example(every_form()), Example(in_contexts(every_form()))
DATA, GOOD, forged = STATIC.data, STATIC.container, STATIC.forged
either = pytest.mark.parametrize("example", [STATIC, CONTEXTS], ids=["static", "contexts"])


def assert_symbols(file: WeightFile, expected: WeightFile) -> None:
    """Stream by stream they are the same, whatever tensors they belong to."""
    assert len(file.streams) == len(expected.streams)
    for stream in range(len(file.streams)):
        assert file.symbols_of(stream).tolist() == expected.symbols_of(stream).tolist()


def read_or_refuse(data: bytes, vouched: WeightFile) -> bool:
    """Whether ``data`` is a file: one that can be decoded, written and read again, with the symbols of ``vouched``."""
    try:
        file = decode_weights(data, LIMIT)
    except BitstreamError as error:
        sentence = str(error)
    else:
        assert_symbols(file, vouched)
        assert sum(values.nbytes for name, values in file.arrays().items()) <= 2 * LIMIT
        # Writing takes long, so only some are written.
        if crc32(data) % 16 == 0:
            assert_same(decode_weights(encode_weights(file, LIMIT), LIMIT), file)
        return True
    assert sentence
    assert "\n" not in sentence
    assert len(sentence) < 250
    return False


@either
def test_every_flipped_bit_is_noticed(example: Example) -> None:
    for bit in range(8 * len(example.data)):
        damaged = bytearray(example.data)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BitstreamError):
            decode_weights(bytes(damaged))


@either
def test_every_truncation_and_extension_is_noticed(example: Example) -> None:
    for size in range(len(example.data)):
        with pytest.raises(BitstreamError):
            decode_weights(example.data[:size])
    for more in (b"\0", example.data):
        with pytest.raises(BitstreamError, match="follow"):
            decode_weights(example.data + more)


@either
def test_parts_of_two_files_are_no_file(example: Example) -> None:
    """Cut anywhere, and joined so that the other file goes on where this one stops, or anywhere."""
    other = (CONTEXTS if example is STATIC else STATIC).data
    rng = random.Random(0)
    for size in range(len(example.data) + 1):
        for start in (size, rng.randint(0, len(other))):
            spliced = example.data[:size] + other[start:]
            assert spliced in (example.data, other) or not read_or_refuse(spliced, example.file)


@pytest.mark.parametrize("digest_of_other", [False, True])
def test_chunks_of_two_files_are_refused_or_have_the_symbols_of_the_digest(digest_of_other: bool) -> None:
    """All that two files of the same layout can be mixed to, with right checksums."""
    tensors = [
        replace(t, symbols=t.symbols[::-1]) if isinstance(t, QuantizedTensor) else t for t in every_form().tensors
    ]
    other = Example(in_contexts(replace(every_form(), tensors=tuple(tensors))))
    vouched = other if digest_of_other else CONTEXTS
    made = 0
    for chosen in product((CONTEXTS, other), repeat=6):
        chunks = tuple(example.container.chunks[i] for i, example in enumerate(chosen))
        made += read_or_refuse(replace(vouched.container, chunks=chunks).to_bytes(), vouched.file)
    # Tables and symbols must be those of the digest; both files have the same of all else.
    assert made == 2**4


@pytest.mark.parametrize("mutate", [flip, overwrite, truncate, insert, delete, swap, noise])
@either
def test_a_mutated_file_is_refused(mutate: Mutation, example: Example) -> None:
    rng = random.Random(mutate.__name__)
    for _ in range(1000):
        data = mutate(rng, example.data)
        assert data == example.data or not read_or_refuse(data, example.file)


@pytest.mark.parametrize("chunk", range(6))
@either
def test_every_flipped_bit_behind_the_checksums_is_refused_or_makes_a_file(chunk: int, example: Example) -> None:
    original = example.container.chunks[chunk]
    for bit in range(8 * len(original)):
        damaged = bytearray(original)
        damaged[bit // 8] ^= 1 << bit % 8
        read_or_refuse(example.forged(chunk, bytes(damaged)), example.file)


@pytest.mark.parametrize("chunk", range(6))
@either
def test_a_chunk_mutated_behind_the_checksums_is_refused_or_makes_a_file(chunk: int, example: Example) -> None:
    rng = random.Random(chunk)
    for _ in range(600):
        mutate = rng.choice([flip, overwrite, truncate, insert, delete, swap, noise])
        read_or_refuse(example.forged(chunk, mutate(rng, example.container.chunks[chunk])), example.file)


@pytest.mark.parametrize("chunk", PACKED)
@either
def test_what_is_mutated_before_packing_is_refused_or_makes_a_file(chunk: int, example: Example) -> None:
    """So that names, shapes, types and centers themselves are hostile."""
    rng = random.Random(chunk)
    original = unpack(example.container.chunks[chunk], LIMIT)
    made = 0
    for _ in range(1500):
        mutate = rng.choice([flip, flip, overwrite, delete, insert, swap])
        made += read_or_refuse(example.forged(chunk, pack(mutate(rng, original))), example.file)
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


@either
def test_measuring_refuses_the_same(example: Example) -> None:
    symbols = example.container.chunks[5]
    for data in (example.data[:-1], b"", example.forged(2, b""), example.forged(5, symbols + bytes(4))):
        with pytest.raises(BitstreamError):
            measure_weights(data)


def test_a_value_that_is_not_finite_is_refused() -> None:
    """The scales of every_form are four float16 and one float32."""
    plane = bytearray(b"\0\0\x0c" + np.array(0.125, "<f4").tobytes() + np.float16([1, 2, 3, 4]).tobytes())
    assert_same(decode_weights(forged(3, bytes(plane))), every_form())
    plane[-2:] = np.array(np.nan, "<f2").tobytes()
    with pytest.raises(BitstreamError, match="not finite"):
        decode_weights(forged(3, bytes(plane)))
