import subprocess
import sys

import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import features

from compressible.codecs.avif import Avif
from compressible.codecs.base import Codec
from compressible.codecs.families import FAMILIES, family
from compressible.codecs.hevc import Hevc
from compressible.codecs.jpeg import Jpeg
from compressible.codecs.jpeg2000 import Jpeg2000
from compressible.codecs.pillow import CodecUnavailableError
from compressible.codecs.webp import WebP

PHOTO = skimage.data.astronaut()[64:256, 96:352]
ONE_EACH: tuple[Codec, ...] = (Jpeg(30), Jpeg(30, "4:2:0"), Jpeg2000(32), WebP(30), Avif(30), Hevc(30))
each_codec = pytest.mark.parametrize("codec", ONE_EACH, ids=lambda codec: codec.name)


def mean_squared_error(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean((x.astype(float) - y) ** 2))


@each_codec
def test_a_photograph_comes_back_recognisably(codec: Codec) -> None:
    decoded = codec.decode(codec.encode(PHOTO))
    assert decoded.shape == PHOTO.shape
    assert decoded.dtype == np.uint8
    assert mean_squared_error(decoded, PHOTO) < 200 < PHOTO.var() / 10


@each_codec
def test_the_file_is_all_there_is_and_the_same_every_time(codec: Codec) -> None:
    data = codec.encode(PHOTO)
    assert codec.encode(PHOTO) == data
    sizes = codec.sizes(data)
    assert (sizes.estimated, sizes.coded, sizes.file) == (None, None, len(data))


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_is_dense_and_rises(name: str) -> None:
    """Only the ends and the middle are encoded: AVIF takes its time."""
    codecs = family(name)
    assert 8 <= len(codecs) <= 10
    assert len({codec.name for codec in codecs}) == len(codecs)
    assert all(codec.name.startswith(name) for codec in codecs)
    ends = (codecs[0], codecs[len(codecs) // 2], codecs[-1])
    files = [codec.encode(PHOTO) for codec in ends]
    errors = [mean_squared_error(codec.decode(data), PHOTO) for codec, data in zip(ends, files, strict=True)]
    assert sorted(map(len, files)) == [len(data) for data in files]
    assert sorted(errors, reverse=True) == errors


def test_an_unknown_family_is_told_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'bpg'; there are jpeg444, jpeg420"):
        family("bpg")


def markers(data: bytes) -> dict[int, bytes]:
    """Segments of a JPEG or JPEG 2000 header by the second byte of their marker."""
    segments, at = {}, 2
    while data[at] == 0xFF and data[at + 1] not in (0xDA, 0x90):
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        segments[data[at + 1]] = data[at + 4 : at + 2 + length]
        at += 2 + length
    return segments


@pytest.mark.parametrize(("subsampling", "luma"), [("4:4:4", 0x11), ("4:2:0", 0x22)])
def test_jpeg_subsampling_stands_in_the_frame_header(subsampling: str, luma: int) -> None:
    """T.81 B.2.2: precision, height, width, 3 components, each an identifier, its factors and its table."""
    frame = markers(Jpeg(50, subsampling).encode(PHOTO))[0xC0]
    assert frame[5] == 3
    assert list(frame[7::3]) == [luma, 0x11, 0x11]


def test_jpeg_huffman_tables_are_optimized() -> None:
    """T.81 K.3: the example's AC table has 162 codes, and a table made for a flat picture needs only a few."""
    flat = np.full((64, 64, 3), 90, np.uint8)
    assert len(markers(Jpeg(50).encode(flat))[0xC4]) < 40


def test_jpeg2000_has_the_colour_transform_the_9_7_wavelet_and_no_boxes() -> None:
    """15444-1 A.6.1: byte 4 of COD is the component transform, byte 9 the wavelet, 0 for 9/7."""
    data = Jpeg2000(32).encode(PHOTO)
    assert data[:4] == b"\xff\x4f\xff\x51"
    style = markers(data)[0x52]
    assert style[4] == 1
    assert style[9] == 0


@pytest.mark.parametrize("ratio", [16, 48, 120])
def test_jpeg2000_keeps_to_its_rate(ratio: int) -> None:
    assert len(Jpeg2000(ratio).encode(PHOTO)) == pytest.approx(PHOTO.size / ratio, rel=0.05)


def test_avif_is_444() -> None:
    """AV1-ISOBMFF 2.3: byte 2 of av1C holds monochrome (bit 4) and both subsampling flags (bits 3 and 2)."""
    data = Avif(30).encode(PHOTO)
    configuration = data[data.index(b"av1C") + 4 :]
    assert configuration[2] & 0b00011100 == 0


def test_hevc_is_444() -> None:
    """14496-15 8.3.3.1: the low two bits of byte 16 of hvcC are chroma_format_idc, 3 for 4:4:4."""
    data = Hevc(30).encode(PHOTO)
    configuration = data[data.index(b"hvcC") + 4 :]
    assert configuration[16] & 3 == 3


@pytest.mark.parametrize(("codec", "full"), [(Jpeg(95), True), (Avif(95), True), (Hevc(95), True), (WebP(95), False)])
def test_chroma_detail_survives_only_without_subsampling(codec: Codec, full: bool) -> None:
    """Columns of red and blue of one luma alternate: half the chroma columns cannot hold them."""
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = (150, 45, 0)
    stripes[:, 1::2] = (0, 90, 160)
    decoded = codec.decode(codec.encode(stripes)).astype(int)
    contrast = (decoded[:, ::2, 0] - decoded[:, 1::2, 0]).mean()
    assert (contrast > 120) == full


@settings(deadline=None, max_examples=12)
@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from(ONE_EACH))
def test_any_size(height: int, width: int, codec: Codec) -> None:
    image = np.full((height, width, 3), (200, 120, 40), np.uint8)
    decoded = codec.decode(codec.encode(image))
    assert decoded.shape == image.shape
    assert np.abs(decoded.astype(int) - image).max() < 25


@each_codec
def test_arrays_that_do_not_lie_in_memory_in_order(codec: Codec) -> None:
    """A transposed view is the picture it shows."""
    view = PHOTO.transpose(1, 0, 2)
    assert codec.encode(view) == codec.encode(view.copy())


@pytest.mark.parametrize(
    "image", [PHOTO[..., 0], PHOTO.astype(np.float32), PHOTO[:0], np.dstack([PHOTO, PHOTO[..., :1]])]
)
def test_what_is_no_rgb_picture_is_refused(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="height, width, 3"):
        Jpeg(50).encode(image)


@each_codec
def test_bytes_of_another_format_are_refused(codec: Codec) -> None:
    other = Jpeg2000(20) if isinstance(codec, Jpeg) else Jpeg(20)
    for data in (b"", b"garbage", other.encode(PHOTO)):
        with pytest.raises(ValueError, match=f"{codec.name} cannot decode these {len(data)} bytes"):
            codec.decode(data)


@pytest.mark.parametrize("codec", [Jpeg(30), WebP(30), Avif(30), Hevc(30)], ids=lambda codec: codec.name)
def test_a_truncated_file_is_refused(codec: Codec) -> None:
    """Not so JPEG 2000, whose streams are embedded and may end anywhere."""
    data = codec.encode(PHOTO)
    with pytest.raises(ValueError, match="cannot decode"):
        codec.decode(data[: len(data) // 2])


def test_a_picture_too_large_for_the_format_is_refused() -> None:
    with pytest.raises(ValueError, match="webp-q30 cannot encode a picture of 16384 x 1"):
        WebP(30).encode(np.zeros((1, 16384, 3), np.uint8))


@pytest.mark.parametrize("make", [Jpeg, WebP, Avif, Hevc])
@pytest.mark.parametrize("quality", [-1, 101, 50.5, True, "high"])
def test_bad_qualities(make: type[Codec], quality: object) -> None:
    with pytest.raises(ValueError, match="quality must be an integer in"):
        make(quality)


def test_bad_settings() -> None:
    with pytest.raises(ValueError, match="subsampling must be 4:4:4 or 4:2:0"):
        Jpeg(50, "4:2:2")
    with pytest.raises(ValueError, match="tables must be optimized or standard"):
        Jpeg(50, "4:4:4", "none")
    for ratio in (0.5, float("nan"), float("inf"), -3):
        with pytest.raises(ValueError, match="ratio must be at least 1"):
            Jpeg2000(ratio)


def test_a_codec_that_pillow_lacks_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "check", lambda feature: feature != "avif")
    with pytest.raises(CodecUnavailableError, match=r"^the installed Pillow was built without AVIF"):
        Avif(30)
    assert family("webp")
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(CodecUnavailableError, match="pillow-heif, which is not installed"):
        Hevc(30)


def test_torch_stays_out() -> None:
    modules = (
        "codecs.families, metrics.bd_rate, metrics.psnr, images, reports.evaluation, reports.tables, reports.rd_plot"
    )
    imports = "; ".join(f"import compressible.{name}" for name in modules.split(", "))
    heavy = "{'torch', 'matplotlib', 'hydra', 'wandb', 'pytorch_lightning', 'pillow_heif'}"
    code = f"import sys; {imports}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
