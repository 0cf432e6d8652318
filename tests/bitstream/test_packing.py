import contextlib
import lzma
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressible.bitstream import BitstreamError
from compressible.bitstream.fields import number
from compressible.bitstream.packing import pack, unpack

from .memory import at_most

LZMA = [{"id": lzma.FILTER_LZMA1, "dict_size": 2**20, "lc": 0, "lp": 0, "pb": 0}]


def deflated(data: bytes) -> bytes:
    return zlib.compress(data, 9)[2:-4]


@given(
    st.one_of(
        st.binary(max_size=300), st.builds(lambda piece, n: piece * n, st.binary(max_size=20), st.integers(0, 99))
    )
)
def test_round_trip_at_the_length_of_the_best_method(data: bytes) -> None:
    packed = pack(data)
    assert unpack(packed, len(data)) == data
    if data:
        bodies = (data, deflated(data), lzma.compress(data, lzma.FORMAT_RAW, filters=LZMA))
        assert len(packed) == 1 + len(number(len(data))) + min(map(len, bodies))


def test_methods_are_those_of_zlib_and_lzma() -> None:
    data = b"weights " * 50
    assert unpack(b"\0" + number(400) + data, 400) == data
    assert unpack(b"\1" + number(400) + deflated(data), 400) == data
    assert unpack(b"\2" + number(400) + lzma.compress(data, lzma.FORMAT_RAW, filters=LZMA), 400) == data


def test_large_data_are_packed_without_lzma() -> None:
    data = bytes(2**22 + 1)
    assert pack(data)[0] == 1
    assert unpack(pack(data), len(data)) == data


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (b"\0", "truncated"),
        (b"\0\3ab", "does not expand"),
        (b"\0\1ab", "does not expand"),
        (b"\3\2ab", "method 3"),
        (b"\1\2\xff\xff", "cannot be expanded"),
        (b"\2\2" + b"\xff" * 9, "cannot be expanded|ends too early"),
        (b"\1\4" + deflated(b"abcd") + b"x", "too early or too late"),
        (b"\1\4" + deflated(b"abcd")[:-1], "too early or too late"),
        (b"\1\3" + deflated(b"abcd"), "does not expand|too early or too late"),
        (b"\1\5" + deflated(b"abcd"), "does not expand"),
        (b"\0\5abcde", "declares 5 bytes, more than the 4"),
    ],
)
def test_damage_is_refused(packed: bytes, message: str) -> None:
    with pytest.raises(BitstreamError, match=message):
        unpack(packed, 4 if "declares" in message else 100)


@pytest.mark.parametrize("method", [1, 2])
def test_a_bomb_does_not_go_off(method: int) -> None:
    """50 MB of zeros in a few kilobytes, declared as they are or as few."""
    bomb = bytes(50 * 2**20)
    body = deflated(bomb) if method == 1 else lzma.compress(bomb, lzma.FORMAT_RAW, filters=LZMA)
    for size in (2**40, len(bomb), 1000):
        with at_most(2**22), pytest.raises(BitstreamError):
            unpack(bytes([method]) + number(size) + body, 2**16)


def test_mutations_are_refused_or_expand_to_what_is_declared() -> None:
    rng = random.Random(0)
    packed = [pack(b"weights " * 20), pack(random.Random(1).randbytes(50)), b"\2" + number(0) + b"\0" * 9]
    for _ in range(5000):
        data = bytearray(rng.choice(packed))
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        with contextlib.suppress(BitstreamError):
            assert len(unpack(bytes(data[: rng.choice([len(data), rng.randrange(len(data))])]), 4000)) <= 4000
