import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressible.bitstream import BitstreamError
from compressible.bitstream.bits import BitReader, BitWriter

FIELDS = st.one_of(
    st.integers(0, 70).flatmap(lambda width: st.tuples(st.just(width), st.integers(0, 2**width - 1))),
    st.tuples(st.just("number"), st.integers(0, 2**63 - 1)),
    st.tuples(st.just("signed"), st.integers(-40, 40)),
)


def test_bits_by_hand() -> None:
    bits = BitWriter()
    bits.write(5, 4)  # 0101
    bits.write(0, 0)  # nothing
    bits.write_signed(0)  # 0
    bits.write_signed(2)  # 110 0
    bits.write_signed(-1)  # 10 1
    bits.write_number(3)  # 000010 11
    assert bits.size == 20
    assert bits.to_bytes() == bytes([0b01010110, 0b01010000, 0b10110000])


@given(st.lists(FIELDS, max_size=30))
def test_round_trip(fields: list) -> None:
    bits = BitWriter()
    for kind, value in fields:
        if kind == "number":
            bits.write_number(value)
        elif kind == "signed":
            bits.write_signed(value)
        else:
            bits.write(value, kind)
    reader = BitReader(bits.to_bytes())
    for kind, value in fields:
        if kind == "number":
            assert reader.read_number() == value
        elif kind == "signed":
            assert reader.read_signed() == value
        else:
            assert reader.read(kind) == value
    reader.finish()


@pytest.mark.parametrize(("value", "width"), [(4, 2), (-1, 8), (1, 0)])
def test_what_does_not_fit_is_refused(value: int, width: int) -> None:
    with pytest.raises(ValueError, match="fit"):
        BitWriter().write(value, width)
    with pytest.raises(ValueError, match="fit"):
        BitWriter().write_number(2**64)


def test_reading_past_the_end_is_refused() -> None:
    for read in (lambda r: r.read(9), BitReader.read_number, BitReader.read_signed):
        with pytest.raises(BitstreamError, match="truncated"):
            read(BitReader(b"\xff"))
    assert BitReader(b"").read(0) == 0


@pytest.mark.parametrize("data", [b"\xa0\x00", b"\xa1"])
def test_bits_that_are_left_over_are_refused(data: bytes) -> None:
    reader = BitReader(data)
    assert reader.read(3) == 0b101
    with pytest.raises(BitstreamError, match="follows"):
        reader.finish()
