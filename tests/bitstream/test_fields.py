import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressible.bitstream import BitstreamError
from compressible.bitstream.fields import FieldReader, number, signed


@pytest.mark.parametrize(
    ("value", "data"), [(0, b"\0"), (127, b"\x7f"), (128, b"\x80\x01"), (300, b"\xac\x02"), (2**14, b"\x80\x80\x01")]
)
def test_numbers_by_hand(value: int, data: bytes) -> None:
    assert number(value) == data
    assert FieldReader(data).number() == value


def test_signed_by_hand() -> None:
    assert [signed(value) for value in (0, -1, 1, -2, 2)] == [bytes([i]) for i in range(5)]


@given(st.lists(st.one_of(st.integers(-(2**62), 2**62 - 1), st.binary(max_size=9)), max_size=9))
def test_round_trip(values: list[int | bytes]) -> None:
    reader = FieldReader(b"".join(v if isinstance(v, bytes) else signed(v) for v in values))
    for value in values:
        assert (reader.take(len(value)) if isinstance(value, bytes) else reader.signed()) == value
    reader.finish()


def test_what_is_not_there_is_refused() -> None:
    for data in (b"", b"\x80", b"\xff" * 8):
        with pytest.raises(BitstreamError, match="truncated"):
            FieldReader(data).number()
    with pytest.raises(BitstreamError, match="too large"):
        FieldReader(b"\xff" * 20).number()
    with pytest.raises(BitstreamError, match="truncated"):
        FieldReader(b"ab").take(3)
    with pytest.raises(BitstreamError, match="2 bytes follow"):
        FieldReader(b"ab").finish()
    assert FieldReader(b"ab").rest() == b"ab"
    for value in (-1, 2**63):
        with pytest.raises(ValueError, match="lies in"):
            number(value)
