from collections.abc import Callable

import numpy as np
import pytest

from compressible.codecs.avif import Avif
from compressible.codecs.base import Codec
from compressible.codecs.jpeg import Jpeg, Subsampling
from compressible.codecs.payload import avif_payload, jpeg_payload, webp_payload
from compressible.codecs.webp import WebP

DRAW = np.random.default_rng(0)
IMAGES = (
    np.full((32, 32, 3), 90, np.uint8),
    np.tile(np.arange(0, 256, 8, dtype=np.uint8)[:, None], (32, 1, 3)),
    DRAW.integers(0, 256, (32, 32, 3), dtype=np.uint8),
)

JPEG_REST = sum(
    (
        2,  # start of image
        2 + 16,  # JFIF
        2 * (2 + 2 + 1 + 64),  # two quantization tables
        2 + 2 + 6 + 3 * 3,  # frame header of three components
        2 * (2 + 2 + 1 + 16 + 12) + 2 * (2 + 2 + 1 + 16 + 162),  # T.81 K.3: 12 codes of DC, 162 of AC
        2 + 2 + 1 + 3 * 2 + 3,  # scan header
        2,  # end of image
    )
)


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:0"])
@pytest.mark.parametrize("image", IMAGES, ids=("flat", "ramp", "noise"))
def test_the_rest_of_a_jpeg_file_is_the_same_for_all(subsampling: Subsampling, image: np.ndarray) -> None:
    data = Jpeg(50, subsampling, "standard").encode(image)
    assert len(data) - jpeg_payload(data) == JPEG_REST


def test_a_scan_has_stuffed_bytes_and_restarts_and_there_may_be_several() -> None:
    scan = b"\x01\xff\x00\x02\xff\xd3\x03\xff\xda"  # the last two look like a marker, and are the next scan's
    header = b"\xff\xda\x00\x03\x00"
    data = b"\xff\xd8\xff\xe0\x00\x04ab" + header + scan[:-2] + header + b"\x09\x09" + b"\xff\xd9"
    assert jpeg_payload(data) == 7 + 2


@pytest.mark.parametrize("image", IMAGES, ids=("flat", "ramp", "noise"))
def test_the_rest_of_a_webp_file(image: np.ndarray) -> None:
    """RFC 9649, 2.4 and 2.5: 12 bytes of RIFF, 8 of the chunk, padded to an even size; RFC 6386, 9.1: 10 more."""
    data = WebP(50).encode(image)
    payload = webp_payload(data)
    assert len(data) == 30 + payload + payload % 2


def test_frames_are_counted_and_nothing_else_of_an_avif_file() -> None:
    sequence = bytes([1 << 3 | 2, 5]) + b"s" * 5
    delimiter = bytes([2 << 3 | 2, 0])
    frame = bytes([6 << 3 | 2, 0x80 | 44, 2]) + b"f" * 300  # 300 = 2 * 128 + 44
    extended = bytes([4 << 3 | 4 | 2, 0, 3]) + b"ttt"
    rest = bytes([3 << 3]) + b"hh"  # without a size: all that follows
    content = delimiter + sequence + frame + extended + rest
    boxes = [(b"ftyp", b"avif"), (b"meta", b"m" * 9), (b"mdat", content)]
    data = b"".join((8 + len(own)).to_bytes(4, "big") + kind + own for kind, own in boxes)
    assert avif_payload(data) == 300 + 3 + 2


def test_the_rest_of_an_avif_file_is_nearly_the_same_for_all() -> None:
    """But for one byte more where a frame's size takes two."""
    files = [Avif(50).encode(image) for image in IMAGES]
    rest = [len(data) - avif_payload(data) for data in files]
    assert max(rest) - min(rest) <= 1
    assert max(map(len, files)) - min(map(len, files)) > 100


@pytest.mark.parametrize(
    ("codec", "count"), [(Jpeg(50), jpeg_payload), (WebP(50), webp_payload), (Avif(50), avif_payload)]
)
def test_files_of_other_formats_are_refused(codec: Codec, count: Callable[[bytes], int]) -> None:
    for other in (Jpeg(50), WebP(50), Avif(50)):
        data = other.encode(IMAGES[0])
        if other.name == codec.name:
            assert count(data) > 0
        else:
            with pytest.raises(ValueError, match=r"^this is no|^a box"):
                count(data)
