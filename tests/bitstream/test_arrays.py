import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from compressible.bitstream import BitstreamError
from compressible.bitstream.arrays import pack_arrays, unpack_arrays

TYPES = [np.dtype(code) for code in ("?", "u1", "<i2", "<f2", "<f4", "<u4", "<f8", "<i8")]


@given(
    st.lists(
        st.sampled_from(TYPES).flatmap(
            lambda dtype: arrays(dtype, array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
        ),
        max_size=6,
    )
)
def test_round_trip_bit_for_bit(given_arrays: list[np.ndarray]) -> None:
    packed = pack_arrays(given_arrays)
    found = unpack_arrays(packed, [(a.dtype, a.shape) for a in given_arrays])
    for before, after in zip(given_arrays, found, strict=True):
        assert (after.dtype, after.shape, after.tobytes()) == (before.dtype, before.shape, before.tobytes())


def test_planes_by_hand() -> None:
    """Stored, so that the bytes can be read: widest first, byte by byte of a width."""
    layouts = [(np.dtype("u1"), (1,)), (np.dtype("<u2"), (2,)), (np.dtype("<u2"), ())]
    straight = b"\0" + b"\0\7" + bytes([0x22, 0x11, 0x44, 0x33, 0x66, 0x55, 0x99])
    planes = b"\1" + b"\0\7" + bytes([0x22, 0x44, 0x66, 0x11, 0x33, 0x55, 0x99])
    for packed in (straight, planes):
        one, two, three = unpack_arrays(packed, layouts)
        assert (one.tolist(), two.tolist(), three.tolist()) == ([0x99], [0x1122, 0x3344], 0x5566)


def test_planes_are_taken_where_they_save() -> None:
    rng = np.random.default_rng(0)
    floats = rng.normal(size=3000).astype("<f4")
    assert pack_arrays([floats])[0] == 1
    assert len(pack_arrays([floats])) < 0.93 * floats.nbytes
    # The same numbers again and again: their bytes belong together.
    assert pack_arrays([np.tile(rng.integers(0, 2**32, 100, dtype="<u4"), 5)])[0] == 0


def test_nothing_takes_nothing() -> None:
    assert pack_arrays([]) == pack_arrays([np.zeros((0, 3), "<f4")]) == b""
    assert unpack_arrays(b"", []) == []
    (empty,) = unpack_arrays(b"", [(np.dtype("<f4"), (0, 3))])
    assert empty.shape == (0, 3)


@pytest.mark.parametrize("packed", [b"", b"\0", b"\2\0\4abcd", b"\0\0\3abc", b"\0\0\5abcde", b"\1\0"])
def test_damage_is_refused(packed: bytes) -> None:
    with pytest.raises(BitstreamError):
        unpack_arrays(packed, [(np.dtype("<f4"), (1,))])
    if packed:
        with pytest.raises(BitstreamError):
            unpack_arrays(packed, [])
