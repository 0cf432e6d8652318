import subprocess
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import compressible.bitstream
from compressible.bitstream import BitstreamError, Container, ImageHeader, PayloadKind, SymbolModelKind
from compressible.bitstream.container import SELF_CONTAINED

from .reference import file_bytes

SMALL = Container(
    PayloadKind.IMAGE, SymbolModelKind.STATIC, b"modelhsh", ImageHeader(3, 2).to_bytes(), (b"ab", b"", b"\0\xff\0"), 99
)


@given(
    st.sampled_from(PayloadKind),
    st.sampled_from(SymbolModelKind),
    st.binary(min_size=8, max_size=8),
    st.binary(max_size=300),
    st.lists(st.binary(max_size=100), max_size=5).map(tuple),
    st.integers(0, 2**32 - 1),
)
def test_layout_is_the_documented_one_and_round_trips(
    kind: PayloadKind, model_kind: SymbolModelKind, model: bytes, header: bytes, chunks: tuple[bytes, ...], digest: int
) -> None:
    container = Container(kind, model_kind, model, header, chunks, digest)
    data = file_bytes(
        kind=int(kind), symbol_model=int(model_kind), model=model, header=header, chunks=chunks, digest=digest
    )
    assert container.to_bytes() == data
    assert Container.from_bytes(data) == container


def test_numbers_in_files_keep_their_meaning() -> None:
    assert {kind.name: int(kind) for kind in PayloadKind} == {"IMAGE": 1, "WEIGHTS": 2, "CODES": 3}
    assert {kind.name: int(kind) for kind in SymbolModelKind} == {"UNIFORM": 1, "STATIC": 2, "CONTEXT": 3}


def test_an_image_in_one_chunk_costs_at_most_64_bytes_over_its_payload() -> None:
    container = replace(SMALL, header=ImageHeader(2**17, 2**11).to_bytes(), chunks=(bytes(1000),))
    assert len(container.to_bytes()) - 1000 == 51 <= 64


def test_every_flipped_bit_is_noticed() -> None:
    data = SMALL.to_bytes()
    for bit in range(8 * len(data)):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BitstreamError):
            Container.from_bytes(bytes(damaged))


def test_every_truncation_is_noticed() -> None:
    data = SMALL.to_bytes()
    for size in range(1, len(data)):
        with pytest.raises(BitstreamError, match=r"truncated|declares"):
            Container.from_bytes(data[:size])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"CMPQ" + file_bytes()[4:], "does not start with CMPR"),
        (b"\x89PNG\r\n", "does not start with CMPR"),
        (file_bytes(version=0), "version 0"),
        (file_bytes(version=2), "version 2"),
        (file_bytes(kind=0), "kind 0"),
        (file_bytes(kind=4), "kind 4"),
        (file_bytes(symbol_model=4), "symbol model 4"),
        (file_bytes() + b"\0", "1 bytes follow"),
        (file_bytes() + file_bytes(), "follow the end"),
        (file_bytes(header_size=2**32 - 1), "truncated"),
        (file_bytes(header_size=5), "damaged|truncated"),
        (file_bytes(count=2**32 - 1), "declares 4294967295 chunks"),
        (file_bytes(count=2), "truncated"),
        (file_bytes(count=0), "damaged|follow"),
        (file_bytes(chunk_size=2**32 - 1), "truncated"),
        (file_bytes(chunk_size=6), "chunk 0 of the file is damaged"),
    ],
)
def test_a_wrong_file_says_in_one_sentence_what_is_wrong(data: bytes, message: str) -> None:
    with pytest.raises(BitstreamError, match=message) as caught:
        Container.from_bytes(data)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize(
    "data",
    [
        file_bytes(header_size=2**31),
        file_bytes(count=2**31),
        file_bytes(count=2**28, chunks=(b"",)),
        file_bytes(chunk_size=2**31),
    ],
)
def test_no_memory_is_taken_on_the_strength_of_a_declared_size(data: bytes) -> None:
    tracemalloc.start()
    with pytest.raises(BitstreamError):
        Container.from_bytes(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**16


def test_intact_parts_of_two_files_do_not_make_a_file() -> None:
    """Each part has a correct CRC of its own; only the seal over all CRCs knows that they belong together."""
    one = file_bytes(header=b"one", chunks=(b"a", b"b"))
    other = file_bytes(header=b"two", chunks=(b"c", b"d"))
    head = len(one) - 2 * (8 + 1) - 8
    first, second, end = one[head : head + 9], one[head + 9 : head + 18], one[head + 18 :]
    assert one == one[:head] + first + second + end
    for spliced in (
        other[:head] + one[head:],
        one[:head] + second + first + end,
        one[:head] + first + other[head + 9 : head + 18] + end,
        one[: head + 18] + other[head + 18 :],
    ):
        with pytest.raises(BitstreamError, match="end of the file"):
            Container.from_bytes(spliced)


@pytest.mark.parametrize("wrong", [{"model": b"short"}, {"model": bytes(9)}, {"digest": -1}, {"digest": 2**32}])
def test_what_the_file_could_not_hold_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match="has"):
        replace(SMALL, **wrong)


def test_self_contained_is_eight_zeros() -> None:
    assert SELF_CONTAINED == b"\0\0\0\0\0\0\0\0"


@given(st.integers(1, 2**17), st.integers(1, 2**17))
def test_image_header_round_trips_within_its_limits(width: int, height: int) -> None:
    if width * height > 2**28:
        with pytest.raises(BitstreamError, match="pixels"):
            ImageHeader(width, height)
    else:
        data = ImageHeader(width, height).to_bytes()
        assert data == width.to_bytes(4, "little") + height.to_bytes(4, "little")
        assert ImageHeader.from_bytes(data) == ImageHeader(width, height)


@pytest.mark.parametrize(
    ("width", "height"), [(0, 1), (1, 0), (2**31, 1), (1, 2**31), (2**32 - 1, 2**32 - 1), (2**17 + 1, 1)]
)
def test_image_sides_beyond_the_limits_are_refused(width: int, height: int) -> None:
    with pytest.raises(BitstreamError, match="sides"):
        ImageHeader.from_bytes(width.to_bytes(4, "little") + height.to_bytes(4, "little"))


def test_image_pixels_beyond_the_limit_are_refused() -> None:
    assert ImageHeader(2**14, 2**14).width == 2**14
    with pytest.raises(BitstreamError, match="pixels"):
        ImageHeader(2**14, 2**14 + 1)


@pytest.mark.parametrize("size", [0, 7, 9])
def test_image_header_has_eight_bytes(size: int) -> None:
    with pytest.raises(BitstreamError, match="8 bytes"):
        ImageHeader.from_bytes(b"\1" * size)


def test_limits_are_checked_without_importing_anything_heavy() -> None:
    folder = Path(compressible.bitstream.__file__).parent
    # A stand-in for the parent package: what that imports is not this folder's business.
    script = f"""
import sys, types
parent = sys.modules["compressible"] = types.ModuleType("compressible")
parent.__path__ = [{str(folder.parent)!r}]
import compressible.bitstream.container, compressible.bitstream.image_header
print({{"numpy", "constriction", "torch"}} & set(sys.modules))
"""
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


def test_no_file_of_the_folder_mentions_torch() -> None:
    for path in Path(compressible.bitstream.__file__).parent.glob("*.py"):
        assert "import torch" not in path.read_text()
        assert "from torch" not in path.read_text()
