"""Damaged and forged image files against the whole way back: container, header, symbols, picture."""

import random
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from compressible.bitstream import BitstreamError, Container, ImageHeader, PayloadKind, SymbolModelKind
from compressible.bitstream.digest import symbol_digest
from compressible.bitstream.image_header import MAX_SIDE
from compressible.codecs.learned import LearnedCodec
from tiny_model import export_tiny, noise, tiny_codec

IMAGE = noise(33, 47)
Mutation = Callable[[random.Random, bytes], bytes]


@pytest.fixture(scope="module", params=[SymbolModelKind.STATIC, SymbolModelKind.CONTEXT])
def codec(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> LearnedCodec:
    return tiny_codec(export_tiny(tmp_path_factory.mktemp("model") / "tiny.cmpw"), request.param)


@pytest.fixture(scope="module")
def data(codec: LearnedCodec) -> bytes:
    return codec.encode(IMAGE)


def flip(rng: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 8])):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def overwrite(rng: random.Random, data: bytes) -> bytes:
    size = rng.randint(1, 8)
    start = rng.randrange(len(data) - size)
    return data[:start] + rng.choice([rng.randbytes(size), b"\xff" * size, bytes(size)]) + data[start + size :]


def truncate(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data))]


def extend(rng: random.Random, data: bytes) -> bytes:
    return data + rng.choice([rng.randbytes(rng.randint(1, 12)), data])


def insert_or_delete(rng: random.Random, data: bytes) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + rng.randbytes(rng.randint(0, 9)) + data[start + rng.randint(0, 9) :]


def shuffle(rng: random.Random, data: bytes) -> bytes:
    a, b, c = sorted(rng.randint(0, len(data)) for _ in range(3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


@pytest.mark.parametrize("mutate", [flip, overwrite, truncate, extend, insert_or_delete, shuffle])
def test_a_damaged_file_is_refused(codec: LearnedCodec, data: bytes, mutate: Mutation) -> None:
    rng = random.Random(mutate.__name__)
    picture = codec.decode(data)
    refused = 0
    for _ in range(3500):
        mutated = mutate(rng, data)
        try:
            decoded = codec.decode(mutated)
        except BitstreamError:
            refused += 1
        else:
            assert mutated == data
            np.testing.assert_array_equal(decoded, picture)
    assert refused > 3000


def test_a_forged_file_is_refused(codec: LearnedCodec, data: bytes) -> None:
    """All checksums are right; one field or more is hostile."""
    rng = random.Random(0)
    good = Container.from_bytes(data)
    # None that needs as many symbols as the picture: such a file would be in order.
    side = [1, 2, 49, 64, 1000, MAX_SIDE, MAX_SIDE + 1, 2**31, 2**32 - 1, 0]
    started = time.process_time()
    for _ in range(3000):
        header, chunks, digest = good.header, good.chunks, good.digest
        kind, symbol_model, model = good.kind, good.symbol_model, good.model
        match rng.randrange(7):
            case 0:
                header = b"".join(rng.choice(side).to_bytes(4, "little") for _ in range(2))
                digest = rng.choice([digest, 0])
            case 1:
                chunks = rng.choice([(), chunks * 2, (*chunks, b""), (b"", *chunks), (b"",) * 1000])
            case 2:
                chunks = (rng.randbytes(rng.choice([0, 4, len(chunks[0]), len(chunks[0]), 4000, 5])),)
            case 3:
                chunks = (rng.choice([flip, overwrite, truncate, extend, insert_or_delete])(rng, chunks[0]),)
            case 4:
                digest ^= 1 << rng.randrange(32)
            case 5:
                kind, symbol_model = rng.choice(list(PayloadKind)), rng.choice(list(SymbolModelKind))
                model = rng.choice([model, bytes(8)])
            case _:
                header = rng.choice([b"", header[:-1], header + b"\0", rng.randbytes(8), rng.randbytes(100)])
        forged = Container(kind, symbol_model, model, header, chunks, digest).to_bytes()
        if forged == data:
            continue
        with pytest.raises(BitstreamError):
            codec.decode(forged)
        with pytest.raises(BitstreamError):
            codec.sizes(forged)
    assert time.process_time() - started < 30


def test_a_forger_who_can_compute_digests_gets_a_picture_of_the_size_he_declares(
    codec: LearnedCodec, data: bytes
) -> None:
    good = Container.from_bytes(data)
    rng = np.random.default_rng(0)
    symbols = rng.integers(0, 24, (6, 2, 5))
    header = ImageHeader(width=66, height=17).to_bytes()
    payload = codec._coder.encode(symbols)
    forged = Container(
        good.kind, good.symbol_model, good.model, header, (payload,), symbol_digest([symbols])
    ).to_bytes()
    assert codec.decode(forged).shape == (17, 66, 3)


def test_a_small_file_that_declares_a_huge_picture_costs_nothing(codec: LearnedCodec, data: bytes) -> None:
    good = Container.from_bytes(data)
    header = ImageHeader(width=2**14, height=2**14).to_bytes()
    count = len(codec._bands(ImageHeader.from_bytes(header)))
    assert count > 1
    chunks = (good.chunks[0] * 20,) * count
    forged = Container(good.kind, good.symbol_model, good.model, header, chunks, good.digest).to_bytes()
    started = time.process_time()
    # Contexts may take next to nothing for a symbol, so there the first band is read, and found to be none.
    with pytest.raises(BitstreamError, match=r"cannot hold|payload is damaged"):
        codec.decode(forged)
    assert time.process_time() - started < 1


def test_every_error_is_one_sentence(codec: LearnedCodec, data: bytes, tmp_path: Path) -> None:
    rng = random.Random(1)
    sentences = set()
    for _ in range(300):
        mutated = rng.choice([flip, overwrite, truncate, extend])(rng, data)
        try:
            codec.decode(mutated)
        except BitstreamError as error:
            sentences.add(str(error))
    assert len(sentences) > 5
    assert all(sentence and "\n" not in sentence and len(sentence) < 200 for sentence in sentences)
