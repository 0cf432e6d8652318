import contextlib
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from compressible.images import ImageError, list_images, read_image, to_pillow, write_image

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (13, 17, 3), dtype=np.uint8)


def png_bytes(width: int, height: int, depth: int, colour: int, rows: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG written by hand, so that nothing but the format's definition says what its pixels are."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = b"".join(chunk(kind, data) for kind, data in chunks)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("suffix", [".png", ".ppm", ".bmp", ".tif", ".tiff", ".webp", ".PNG"])
def test_lossless_formats_come_back_exactly_and_without_notes(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write_image(path, PIXELS)
    picture = read_image(path)
    assert np.array_equal(picture.pixels, PIXELS)
    assert picture.pixels.dtype == np.uint8
    assert picture.notes == ()


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_any_size_comes_back(tmp_path_factory: pytest.TempPathFactory, height: int, width: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    path = tmp_path_factory.mktemp("sizes") / "a.png"
    write_image(path, pixels)
    assert np.array_equal(read_image(path).pixels, pixels)


def test_a_jpeg_is_written_at_high_quality_without_subsampling(tmp_path: Path) -> None:
    smooth = np.stack(np.meshgrid(np.arange(64) * 4, np.arange(64) * 4), -1)[..., [0, 1, 0]].astype(np.uint8)
    write_image(tmp_path / "a.jpg", smooth)
    with Image.open(tmp_path / "a.jpg") as image:
        assert [component[1:3] for component in image.layer] == [(1, 1)] * 3
    assert np.abs(read_image(tmp_path / "a.jpg").pixels.astype(int) - smooth).mean() < 1.5


def test_gray(tmp_path: Path) -> None:
    Image.fromarray(PIXELS[..., 0]).save(tmp_path / "a.png")
    picture = read_image(tmp_path / "a.png")
    assert np.array_equal(picture.pixels, np.repeat(PIXELS[..., :1], 3, -1))
    assert picture.notes == ("grayscale turned to RGB",)


def test_black_and_white(tmp_path: Path) -> None:
    Image.fromarray(PIXELS[..., 0] > 127).save(tmp_path / "a.png")
    assert np.array_equal(read_image(tmp_path / "a.png").pixels[..., 1], np.where(PIXELS[..., 0] > 127, 255, 0))


def test_palette(tmp_path: Path) -> None:
    image = Image.fromarray(np.array([[0, 1, 2, 1]], np.uint8), "P")
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    image.save(tmp_path / "a.png")
    picture = read_image(tmp_path / "a.png")
    assert picture.pixels.tolist() == [[[10, 20, 30], [40, 50, 60], [70, 80, 90], [40, 50, 60]]]
    assert picture.notes == ("palette turned to RGB",)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bit_gray_is_scaled_and_not_clipped(tmp_path: Path, suffix: str) -> None:
    values = np.array([[0, 128, 129, 257 * 100, 257 * 100 + 129, 65535]], np.uint16)
    Image.fromarray(values).save(tmp_path / f"a{suffix}")
    picture = read_image(tmp_path / f"a{suffix}")
    assert picture.pixels[0, :, 0].tolist() == [0, 0, 1, 100, 101, 255]
    assert "16 bits a channel reduced to 8" in picture.notes


def test_sixteen_bit_colour(tmp_path: Path) -> None:
    wide = PIXELS.astype(">u2") * 257
    rows = b"".join(b"\0" + row.tobytes() for row in wide)
    (tmp_path / "a.png").write_bytes(png_bytes(17, 13, 16, 2, rows))
    picture = read_image(tmp_path / "a.png")
    assert np.array_equal(picture.pixels, PIXELS)
    assert picture.notes == ("16 bits a channel reduced to 8",)


def test_pgm_with_twelve_bits(tmp_path: Path) -> None:
    (tmp_path / "a.pgm").write_bytes(b"P5 3 1 4095\n" + np.array([0, 2048, 4095], ">u2").tobytes())
    assert read_image(tmp_path / "a.pgm").pixels[0, :, 2].tolist() == [0, 128, 255]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation(tmp_path: Path, orientation: int) -> None:
    """What the eight values mean, from the definition: the row and the column that the stored first ones become."""
    upright = PIXELS
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.ascontiguousarray(stored)).save(tmp_path / "a.png", exif=exif)
    picture = read_image(tmp_path / "a.png")
    assert np.array_equal(picture.pixels, upright)
    assert bool(picture.notes) == (orientation != 1)


@pytest.mark.parametrize("data", [b"garbage", b"", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\0\x09\1\x12"])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_broken_exif_data_do_not_stand_in_the_way(tmp_path: Path, data: bytes, suffix: str) -> None:
    Image.new("RGB", (16, 8), (90, 90, 90)).save(tmp_path / f"a{suffix}", exif=b"Exif\0\0" + data)
    assert np.abs(read_image(tmp_path / f"a{suffix}").pixels.astype(int) - np.full((8, 16, 3), 90)).max() <= 1


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_goes_over_white(tmp_path: Path, mode: str) -> None:
    bands = 2 if mode == "LA" else 4
    values = RNG.integers(0, 256, (9, 8, bands), dtype=np.uint8)
    Image.fromarray(values, mode).save(tmp_path / "a.png")
    colour, alpha = values[..., :-1].astype(float), values[..., -1:] / 255
    expected = np.broadcast_to(alpha * colour + (1 - alpha) * 255, (9, 8, 3))
    picture = read_image(tmp_path / "a.png")
    assert np.abs(picture.pixels - expected).max() <= 0.51
    assert picture.notes[-1] == "transparency flattened over white"


def test_opaque_alpha_is_dropped_silently(tmp_path: Path) -> None:
    Image.fromarray(np.dstack([PIXELS, np.full((13, 17), 255, np.uint8)])).save(tmp_path / "a.png")
    picture = read_image(tmp_path / "a.png")
    assert np.array_equal(picture.pixels, PIXELS)
    assert picture.notes == ()


def test_a_transparent_key_colour(tmp_path: Path) -> None:
    pixels = np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png", transparency=(4, 5, 6))
    assert read_image(tmp_path / "a.png").pixels.tolist() == [[[1, 2, 3], [255, 255, 255]]]


def test_the_first_frame_of_an_animation(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (5, 4), colour) for colour in ("red", "blue", "lime")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    picture = read_image(tmp_path / "a.gif")
    assert np.array_equal(np.unique(picture.pixels.reshape(-1, 3), axis=0), [[255, 0, 0]])
    assert "first of 3 frames taken" in picture.notes


def test_cmyk(tmp_path: Path) -> None:
    """Without a profile: r = 255 - min(255, c + k), up to the JPEG's own loss on flat areas."""
    values = np.zeros((16, 16, 4), np.uint8)
    values[:] = (200, 100, 0, 30)
    Image.fromarray(values, "CMYK").save(tmp_path / "a.jpg", quality=100)
    picture = read_image(tmp_path / "a.jpg")
    expected = [(255 - c) * (255 - 30) / 255 for c in (200, 100, 0)]
    assert np.abs(picture.pixels.reshape(-1, 3) - expected).max() < 3
    assert picture.notes == ("CMYK turned to RGB",)


def icc_matrix_profile(gamma: float, columns: tuple[tuple[float, float, float], ...]) -> bytes:
    """A minimal RGB matrix profile: D50 colorants and one power law, written from the ICC specification."""

    def s15(value: float) -> bytes:
        return struct.pack(">i", round(value * 65536))

    def xyz(values: tuple[float, float, float]) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(map(s15, values))

    text = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"Test\0" + bytes(78)
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    tags = [(b"desc", text + bytes(-len(text) % 4)), (b"wtpt", xyz((0.9642, 1.0, 0.8249)))]
    tags += [(name, xyz(column)) for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)]
    tags += [(name, curve) for name in (b"rTRC", b"gTRC", b"bTRC")]
    offset, table, body = 128 + 4 + 12 * len(tags), b"", b""
    for name, data in tags:
        table += name + struct.pack(">II", offset + len(body), len(data))
        body += data
    size = offset + len(body)
    fields = (size, b"test", 0x02400000, b"mntr", b"RGB ", b"XYZ ", b"acsp", 63190, 65536, 54061)
    header = struct.pack(">I4sI4s4s4s12x4s28xiii", *fields)
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


SRGB_D50 = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))


def test_another_tone_curve_is_converted_to_srgb(tmp_path: Path) -> None:
    """sRGB's primaries with gamma 1: a value is linear light, and sRGB's own formula says what it becomes."""
    ramp = np.repeat(np.arange(0, 256, 5, dtype=np.uint8)[None, :, None], 3, -1)
    profile = icc_matrix_profile(1.0, SRGB_D50)
    Image.fromarray(ramp).save(tmp_path / "a.png", icc_profile=profile)
    picture = read_image(tmp_path / "a.png")
    linear = ramp / 255
    expected = 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(picture.pixels - expected).max() < 2
    assert picture.notes == ("colours converted from the profile 'Test' to sRGB",)


def test_swapped_primaries_are_converted_to_srgb(tmp_path: Path) -> None:
    """A profile whose red is sRGB's blue: converted, the channels change places."""
    pixels = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]], np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png", icc_profile=icc_matrix_profile(2.2, SRGB_D50[::-1]))
    assert np.abs(read_image(tmp_path / "a.png").pixels.astype(int) - pixels[..., ::-1]).max() <= 1


def test_an_srgb_profile_changes_nothing(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(PIXELS).save(tmp_path / "a.png", icc_profile=profile)
    picture = read_image(tmp_path / "a.png")
    assert np.array_equal(picture.pixels, PIXELS)
    assert picture.notes == ()


def test_a_broken_profile_is_ignored_and_said(tmp_path: Path) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "a.png", icc_profile=b"not a profile")
    picture = read_image(tmp_path / "a.png")
    assert np.array_equal(picture.pixels, PIXELS)
    assert picture.notes == ("unreadable colour profile ignored",)


def test_gray_with_transparency_and_an_rgb_profile(tmp_path: Path) -> None:
    values = np.full((4, 4, 2), (51, 255), np.uint8)
    values[0, 0, 1] = 0
    Image.fromarray(values, "LA").save(tmp_path / "a.png", icc_profile=icc_matrix_profile(1.0, SRGB_D50))
    picture = read_image(tmp_path / "a.png")
    assert picture.pixels[0, 0].tolist() == [255, 255, 255]
    assert np.abs(picture.pixels[1, 1].astype(int) - 124).max() <= 1  # linear 0.2 in sRGB
    assert len(picture.notes) == 3


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("text.png", b"hello, this is no picture", "not a picture"),
        ("empty.png", b"", "is empty"),
        ("zero.ppm", b"P6 0 4 255\n", "zero.ppm"),
        ("zero.png", png_bytes(0, 4, 8, 2, b""), "zero.png"),
        ("bomb.png", png_bytes(60000, 60000, 8, 2, b""), "more than 179 million pixels"),
    ],
)
def test_refusals(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ImageError, match=message):
        read_image(tmp_path / name)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="there is no file"):
        read_image(tmp_path / "none.png")
    with pytest.raises(ImageError, match="is a folder"):
        read_image(tmp_path)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "PPM", "AVIF", "GIF"])
def test_a_truncated_file_is_refused_wherever_it_ends(tmp_path: Path, format: str) -> None:
    buffer = io.BytesIO()
    smooth = np.add.outer(np.arange(64), np.arange(64))[..., None].repeat(3, -1).astype(np.uint8)
    Image.fromarray(smooth).save(buffer, format)
    data = buffer.getvalue()
    path = tmp_path / "a.img"
    for length in {1, 7, 20, len(data) // 4, len(data) // 2, 3 * len(data) // 4}:
        path.write_bytes(data[:length])
        with pytest.raises(ImageError):
            read_image(path)


@settings(deadline=None, max_examples=60)
@given(
    st.binary(min_size=1, max_size=200),
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"II*\0", b"P6 ", b"BM"]),
)
def test_garbage_is_only_ever_an_image_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, magic: bytes
) -> None:
    path = tmp_path_factory.mktemp("garbage") / "a.png"
    path.write_bytes(magic + data)
    with contextlib.suppress(ImageError):
        assert read_image(path).pixels.ndim == 3


def test_memory_that_runs_out_is_not_blamed_on_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    write_image(tmp_path / "a.png", PIXELS)
    monkeypatch.setattr(Image, "open", exhausted)
    with pytest.raises(MemoryError):
        read_image(tmp_path / "a.png")


def test_float_pixels_are_refused(tmp_path: Path) -> None:
    Image.fromarray(np.ones((4, 4), np.float32)).save(tmp_path / "a.tif")
    with pytest.raises(ImageError, match="floating-point"):
        read_image(tmp_path / "a.tif")


def test_heif_is_read(tmp_path: Path) -> None:
    import pillow_heif

    pillow_heif.from_pillow(Image.new("RGB", (32, 16), (200, 30, 60))).save(tmp_path / "a.heic", quality=90)
    picture = read_image(tmp_path / "a.heic")
    assert picture.pixels.shape == (16, 32, 3)
    assert np.abs(picture.pixels.astype(int) - (200, 30, 60)).max() < 6


def test_unknown_suffix(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"suffix; it should be one of \.png"):
        write_image(tmp_path / "a.xyz", PIXELS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("pixels", [PIXELS.astype(np.float32), PIXELS[..., 0], PIXELS[:0], PIXELS[..., :2]])
def test_only_pictures_are_written(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="height, width, 3"):
        to_pillow(pixels)


def test_standard_output_gets_png(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    write_image("/dev/stdout", PIXELS)
    with Image.open(io.BytesIO(capfdbinary.readouterr().out)) as image:
        assert image.format == "PNG"
        assert np.array_equal(np.asarray(image), PIXELS)


def test_list_images(tmp_path: Path) -> None:
    for name in ("b.png", "a.JPG", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "folder.png").mkdir()
    assert [path.name for path in list_images(tmp_path)] == ["a.JPG", "b.png"]
    with pytest.raises(ImageError, match="no pictures"):
        list_images(tmp_path / "folder.png")
    with pytest.raises(ImageError, match="no folder"):
        list_images(tmp_path / "none")
