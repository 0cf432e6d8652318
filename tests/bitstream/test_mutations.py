"""Damaged and forged files: each is refused with a ``BitstreamError`` or is the file it was."""

import random
from collections.abc import Callable

import numpy as np
import pytest

from compressible.bitstream import BitstreamError, Container, ImageHeader
from compressible.bitstream.static_coder import decode, encode

from .reference import file_bytes
from .test_golden import CONTAINERS, SYMBOLS, TABLES

FILES = [container.to_bytes() for container in CONTAINERS.values()]


def flip(rng: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 3, 8])):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def overwrite(rng: random.Random, data: bytes) -> bytes:
    size = rng.randint(1, min(8, len(data)))
    start = rng.randint(0, len(data) - size)
    patch = rng.choice([rng.randbytes(size), b"\xff" * size, bytes(size)])
    return data[:start] + patch + data[start + size :]


def truncate(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data))]


def insert(rng: random.Random, data: bytes) -> bytes:
    start = rng.randint(0, len(data))
    return data[:start] + rng.randbytes(rng.randint(1, 12)) + data[start:]


def delete(rng: random.Random, data: bytes) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + data[start + rng.randint(1, 12) :]


def splice(rng: random.Random, data: bytes) -> bytes:
    other = rng.choice(FILES)
    return data[: rng.randint(0, len(data))] + other[rng.randint(0, len(other)) :]


def swap(rng: random.Random, data: bytes) -> bytes:
    a, b, c = sorted(rng.randint(0, len(data)) for _ in range(3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def noise(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.choice([0, 4, 5, 20])] + rng.randbytes(rng.randint(0, 200))


MUTATIONS = [flip, overwrite, truncate, insert, delete, splice, swap, noise]


@pytest.mark.parametrize("mutate", MUTATIONS)
def test_a_mutated_file_is_refused_or_identical(mutate: Callable[[random.Random, bytes], bytes]) -> None:
    rng = random.Random(mutate.__name__)
    refused = 0
    for i in range(3000):
        data = FILES[i % len(FILES)]
        mutated = mutate(rng, data)
        try:
            container = Container.from_bytes(mutated)
        except BitstreamError:
            refused += 1
        else:
            assert mutated in FILES
            assert container.to_bytes() == mutated
    assert refused > 2000


def test_a_forged_file_with_correct_checksums_is_refused_or_means_what_it_says() -> None:
    """Checksums stop accidents; here they are right and the fields absurd, so the checks behind them are reached."""
    rng = random.Random(0)
    absurd = [None, None, None, 0, 1, 7, 2**16, 2**31, 2**32 - 1]
    accepted = 0
    for _ in range(4000):
        data = file_bytes(
            version=rng.choice([1, 1, 1, 1, 0, 2, 255]),
            kind=rng.choice([1, 2, 3, 3, 2, 0, 4, 255]),
            symbol_model=rng.choice([1, 2, 3, 3, 2, 0, 4, 255]),
            header=rng.randbytes(rng.choice([0, 8, 30])),
            chunks=tuple(rng.randbytes(rng.randint(0, 9)) for _ in range(rng.randint(0, 3))),
            digest=rng.choice([0, 2**32 - 1]),
            header_size=rng.choice(absurd),
            count=rng.choice(absurd),
            chunk_size=rng.choice(absurd),
        )
        try:
            container = Container.from_bytes(data)
        except BitstreamError:
            continue
        accepted += 1
        assert container.to_bytes() == data
    assert 40 < accepted < 2000


def test_a_mutated_payload_is_refused_or_is_what_its_symbols_encode_to() -> None:
    """What a forger can do once the checksums are right: never a crash, never two payloads for the same symbols."""
    rng = random.Random(0)
    payload = encode(SYMBOLS, TABLES)
    refused = 0
    for i in range(4000):
        mutated = MUTATIONS[i % len(MUTATIONS)](rng, payload)
        n = rng.choice([60, 60, 60, 59, 61, 0, 10**4, 2**40])
        try:
            symbols = decode(mutated, TABLES, n)
        except BitstreamError:
            refused += 1
        else:
            assert symbols.shape == (4, n)
            assert encode(symbols, TABLES) == mutated
            assert mutated == payload or not np.array_equal(symbols, SYMBOLS)
    assert refused > 3000


def test_random_image_headers_are_refused_or_within_the_limits() -> None:
    rng = random.Random(0)
    for _ in range(4000):
        data = rng.randbytes(rng.choice([8, 8, 8, 7, 9]))
        if len(data) == 8 and rng.random() < 0.7:
            data = bytes(byte if i % 4 < 2 else rng.choice([0, 0, 1, 2]) for i, byte in enumerate(data))
        try:
            header = ImageHeader.from_bytes(data)
        except BitstreamError:
            continue
        assert 1 <= header.width <= 2**17
        assert 1 <= header.height <= 2**17
        assert header.width * header.height <= 2**28
