"""``compress``, ``info`` and ``decompress`` on files as people have them."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from command_outcome import Command, pixels
from PIL import Image, ImageCms

import compressible
from compressible.atomic import write_bytes_atomic
from compressible.bitstream import Container, SymbolModelKind
from compressible.cli.choice import Entropy
from compressible.codecs import zoo
from compressible.codecs.base import ENTROPY
from compressible.codecs.learned import LearnedCodec
from tiny_model import noise


def test_there_and_back(command: Command, shipped: Path, photo: Path) -> None:
    packed = photo.with_suffix(".cmpr")
    done = command("compress", photo)
    assert done.code == 0
    size = packed.stat().st_size
    assert f"{size:,} bytes" in done.out
    assert f"{8 * size / 2400:.3f} bits per pixel" in done.out
    assert f"{7200 / size:.1f}:1" in done.out
    out = photo.with_name("out.png")
    assert command("decompress", packed, "-o", out).code == 0
    codec = zoo.load("msssim-2")
    assert packed.read_bytes() == codec.encode(pixels(photo))
    np.testing.assert_array_equal(pixels(out), codec.decode(packed.read_bytes()))
    assert sorted(path.name for path in photo.parent.iterdir()) == ["out.png", "photo.cmpr", "photo.png"]


@pytest.mark.parametrize(("quality", "name"), [(1, "msssim-1"), (2, "msssim-2"), (3, "msssim-3")])
def test_a_quality_is_a_model_of_the_family(
    command: Command, shipped: Path, photo: Path, quality: int, name: str
) -> None:
    packed = photo.with_suffix(".cmpr")
    assert command("compress", photo, "--quality", quality).code == 0
    info = json.loads(command("info", packed, "--json").out)
    assert info["model_name"] == name
    assert info["model"] == zoo.load(name).details["hash"]


def test_info_says_what_the_file_says(command: Command, shipped: Path, photo: Path) -> None:
    packed = photo.with_suffix(".cmpr")
    assert command("compress", photo, "-m", "mse-1").code == 0
    size = packed.stat().st_size
    info = json.loads(command("info", packed, "--json").out)
    assert (info["kind"], info["width"], info["height"], info["chunks"]) == ("image", 60, 40, 1)
    assert (info["bytes"], info["overhead"], info["bits_per_pixel"]) == (size, 51, 8 * size / 2400)
    text = command("info", packed).out
    assert "60 x 40 pixels" in text
    assert "mse-1" in text


@pytest.mark.parametrize(
    "name", ["image_static_v1", "image_context_v1", "weights_uniform_v1", "codes_context_v1", "code_file_context_v1"]
)
def test_info_of_every_kind_of_file(command: Command, name: str) -> None:
    golden = Path(__file__).parents[1] / "golden" / f"{name}.cmpr"
    kind, symbol_model = name.replace("code_file", "codes").split("_")[:2]
    found = json.loads(command("info", golden, "--json").out)
    assert (found["kind"], found["symbol_model"]) == (kind, symbol_model)
    assert kind in command("info", golden).out
    assert symbol_model in command("info", golden).out


def test_symbols_are_coded_as_it_is_asked_and_read_in_any_way(
    command: Command, shipped: Path, photo: Path, tmp_path: Path
) -> None:
    decoded = {}
    for options, expected in (([], "context"), (["--entropy", "static"], "static"), (["-e", "context"], "context")):
        packed, out = tmp_path / "packed.cmpr", tmp_path / "out.png"
        assert command("compress", photo, "-o", packed, *options).code == 0
        assert json.loads(command("info", packed, "--json").out)["symbol_model"] == expected
        assert packed.read_bytes() == zoo.load("msssim-2", SymbolModelKind[expected.upper()]).encode(pixels(photo))
        assert command("decompress", packed, "-o", out).code == 0
        decoded[expected] = pixels(out)
    np.testing.assert_array_equal(decoded["static"], decoded["context"])
    command("compress", photo, "-o", packed, "--entropy", "zip").assert_refused(2, "--entropy", "static", "context")


def test_python_and_the_command_line_have_the_same_default(command: Command, model: Path, photo: Path) -> None:
    assert command("compress", photo, "-m", model).code == 0
    assert photo.with_suffix(".cmpr").read_bytes() == compressible.load(str(model)).encode(pixels(photo))
    assert Entropy.CONTEXT.name == ENTROPY.name


def test_a_folder_is_coded_as_it_is_asked(command: Command, model: Path, album: Path, tmp_path: Path) -> None:
    assert command("compress", album, "-o", tmp_path / "packed", "-m", model, "--entropy", "static").code == 0
    files = list((tmp_path / "packed").iterdir())
    assert {Container.from_bytes(file.read_bytes()).symbol_model for file in files} == {SymbolModelKind.STATIC}
    assert len(files) == 4


def test_the_format_of_the_output_follows_its_suffix(command: Command, model: Path, photo: Path) -> None:
    packed = photo.with_suffix(".cmpr")
    command("compress", photo, "-m", model)
    for suffix in (".png", ".webp", ".bmp", ".tif"):
        out = photo.with_name(f"out{suffix}")
        assert command("decompress", packed, "-m", model, "-o", out).code == 0
        np.testing.assert_array_equal(pixels(out), pixels(photo.with_name("out.png")))
    command("decompress", packed, "-m", model, "-o", photo.with_name("out.txt")).assert_refused(2, "out.txt", ".png")


def gray(path: Path) -> np.ndarray:
    image = Image.fromarray(noise(20, 30)).convert("L")
    image.save(path)
    return np.asarray(image.convert("RGB"))


def transparent(path: Path) -> np.ndarray:
    colours = noise(20, 30)
    alpha = np.zeros((20, 30, 1), np.uint8)
    alpha[:10] = 255
    Image.fromarray(np.concatenate([colours, alpha], 2)).save(path)
    return np.where(alpha == 255, colours, 255).astype(np.uint8)


def sixteen_bits(path: Path) -> np.ndarray:
    values = noise(20, 30)[..., 0]
    Image.fromarray(values.astype(np.uint16) * 257).save(path)
    return values[..., None].repeat(3, 2)


def palette(path: Path) -> np.ndarray:
    image = Image.fromarray(noise(20, 30)).quantize(16)
    image.save(path)
    return np.asarray(image.convert("RGB"))


def turned(path: Path) -> np.ndarray:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(noise(20, 30)).save(path, exif=exif)
    return np.rot90(noise(20, 30), -1)


def profiled(path: Path) -> np.ndarray:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(noise(20, 30)).save(path, icc_profile=profile)
    return noise(20, 30)


def lab(path: Path) -> np.ndarray:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    Image.fromarray(noise(20, 30)).save(path, icc_profile=profile)
    return noise(20, 30)


def one_pixel(path: Path) -> np.ndarray:
    Image.new("RGB", (1, 1), (9, 8, 7)).save(path)
    return np.array([[[9, 8, 7]]], np.uint8)


def tall(path: Path) -> np.ndarray:
    Image.fromarray(noise(10000, 37)).save(path)
    return noise(10000, 37)


@pytest.mark.parametrize(
    ("make", "note"),
    [
        (gray, "grayscale"),
        (transparent, "flattened over white"),
        (sixteen_bits, "16 bits"),
        (palette, "palette"),
        (turned, "rotated"),
        (profiled, ""),
        (lab, "profile"),
        (one_pixel, ""),
        (tall, ""),
    ],
)
def test_every_kind_of_picture(
    command: Command, model: Path, tmp_path: Path, make: Callable[[Path], np.ndarray], note: str
) -> None:
    picture = make(tmp_path / "picture.png")
    done = command("compress", tmp_path / "picture.png", "-m", model)
    assert done.code == 0
    assert note in done.out
    assert note != "" or "(" not in done.out.split("raw RGB")[1]
    assert command("decompress", tmp_path / "picture.cmpr", "-m", model, "-o", tmp_path / "out.png").code == 0
    codec = zoo.load(str(model))
    np.testing.assert_array_equal(pixels(tmp_path / "out.png"), codec.decode(codec.encode(picture)))


def test_streams(command: Command, model: Path, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes to standard output is the file alone; words go to standard error."""
    written: dict[str, bytes] = {}

    def write(path: str | Path, data: bytes) -> None:
        written[str(path)] = data

    monkeypatch.setattr("compressible.atomic.write_bytes_atomic", write)
    done = command("compress", photo, "-m", model, "-o", "-")
    assert (done.code, done.out) == (0, "")
    assert "bits per pixel" in done.err
    assert written["/dev/stdout"] == zoo.load(str(model)).encode(pixels(photo))
    monkeypatch.undo()
    write_bytes_atomic(photo.with_suffix(".cmpr"), written["/dev/stdout"])
    assert command("decompress", photo.with_suffix(".cmpr"), "-m", model, "-o", "/dev/null").code == 0


@pytest.fixture
def album(tmp_path: Path) -> Path:
    folder = tmp_path / "album"
    folder.mkdir()
    for i, name in enumerate(["a.png", "b.jpg", "b.png", "z.png"]):
        Image.fromarray(noise(20, 30, seed=i)).save(folder / name)
    (folder / "notes.txt").write_text("not a picture")
    return folder


def test_a_folder(command: Command, model: Path, album: Path, tmp_path: Path) -> None:
    done = command("compress", album, "-o", tmp_path / "new" / "packed", "-m", model)
    assert done.code == 0
    packed = tmp_path / "new" / "packed"
    # Two pictures named b keep apart.
    names = ["a.cmpr", "b.jpg.cmpr", "b.png.cmpr", "z.cmpr"]
    assert sorted(path.name for path in packed.iterdir()) == names
    assert all(name in done.out for name in names)
    assert command("decompress", packed, "-m", model).code == 0
    assert sorted(p.name for p in packed.glob("*.png")) == ["a.png", "b.jpg.png", "b.png.png", "z.png"]
    assert command("compress", album, "-o", packed, "-m", model).code == 0


def test_a_folder_with_bad_files(command: Command, model: Path, album: Path, tmp_path: Path) -> None:
    (album / "bad.png").write_text("a text")
    (album / "empty.png").touch()
    done = command("compress", album, "-o", tmp_path / "packed", "-m", model)
    assert done.code == 1
    errors = done.err.splitlines()
    assert len(errors) == 3
    assert all(error.startswith("error: ") for error in errors)
    assert "bad.png" in errors[0]
    assert "empty.png" in errors[1]
    assert "2 of 6 files" in errors[2]
    packed = tmp_path / "packed"
    assert len(list(packed.iterdir())) == 4
    whole = (packed / "a.cmpr").read_bytes()
    (packed / "a.cmpr").write_bytes(whole[:-1])
    done = command("decompress", packed, "-o", tmp_path / "pictures", "-m", model)
    assert done.code == 1
    assert "a.cmpr: the file is truncated" in done.err
    assert "1 of 4 files" in done.err
    assert len(list((tmp_path / "pictures").iterdir())) == 3


def test_an_original_is_never_overwritten_by_a_name_of_our_own(command: Command, model: Path, photo: Path) -> None:
    before = photo.read_bytes()
    assert command("compress", photo, "-m", model).code == 0
    packed = photo.with_suffix(".cmpr")
    command("decompress", packed, "-m", model).assert_refused(2, "photo.png exists already", "-o")
    assert command("decompress", photo.parent, "-m", model).code == 1
    assert command("decompress", photo.parent, "-o", photo.parent, "-m", model).code == 1
    command("compress", photo, "-m", model).assert_refused(2, "photo.cmpr exists already")
    assert photo.read_bytes() == before


def test_the_input_itself_is_never_overwritten(command: Command, model: Path, photo: Path) -> None:
    before = photo.read_bytes()
    command("compress", photo, "-o", photo, "-m", model).assert_refused(2, "the input itself")
    link = photo.with_name("link.png")
    link.symlink_to(photo)
    command("compress", photo, "-o", link, "-m", model).assert_refused(2, "the input itself")
    assert photo.read_bytes() == before


def test_interrupted(command: Command, model: Path, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(self: LearnedCodec, image: np.ndarray) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(LearnedCodec, "encode", stop)
    done = command("compress", photo, "-m", model)
    assert (done.code, done.out, done.err) == (130, "", "interrupted\n")
    assert list(photo.parent.iterdir()) == [photo]


@pytest.mark.parametrize("error", [RuntimeError("can't allocate memory: you tried to allocate 9 bytes"), MemoryError()])
def test_out_of_memory(
    command: Command, model: Path, photo: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(self: LearnedCodec, image: np.ndarray) -> bytes:
        raise error

    monkeypatch.setattr(LearnedCodec, "encode", fail)
    command("compress", photo, "-m", model).assert_refused(1, "not enough memory")


def test_a_bug_is_told_without_a_traceback(
    command: Command, model: Path, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: LearnedCodec, image: np.ndarray) -> bytes:
        raise KeyError("x\ny")

    monkeypatch.setattr(LearnedCodec, "encode", fail)
    command("compress", photo, "-m", model).assert_refused(1, "should not have happened", "KeyError")


def test_the_output_for_a_stream_must_be_named(command: Command, model: Path) -> None:
    command("compress", "/dev/null", "-m", model).assert_refused(2, "-o")
