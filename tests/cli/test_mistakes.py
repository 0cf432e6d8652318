"""Whatever a user gets wrong is told in one sentence."""

import os
import random
from pathlib import Path

import pytest
from command_outcome import Command
from PIL import Image

from tiny_model import export_tiny


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--bogus"], ["--bogus"]),
        (["bogus"], ["bogus"]),
        (["compress"], ["PICTURE"]),
        (["compress", "photo.png", "--quality", "high"], ["--quality"]),
        (["compress", "photo.png", "--quality", "0"], ["1..3"]),
        (["compress", "photo.png", "--quality", "4"], ["1..3", "4"]),
        (["compress", "photo.png", "--quality", "1", "--model", "msssim-1"], ["--quality", "--model"]),
        (["compress", "photo.png", "--model", "msssim-9"], ["msssim-9", "msssim-1"]),
        (["compress", "photo.png", "--model", "x" * 300], ["x"]),
        (["compress", "missing.png"], ["missing.png"]),
        (["compress", "photo.png", "-o", "missing/photo.cmpr"], ["missing"]),
        (["compress", "empty"], ["no pictures in empty"]),
        (["compress", ".", "-o", "photo.png"], ["photo.png"]),
        (["decompress", "missing.cmpr"], ["missing.cmpr"]),
        (["decompress", "empty"], ["no .cmpr files"]),
        (["decompress", "photo.png", "-m", "nothing"], ["nothing"]),
        (["info", "missing.cmpr"], ["missing.cmpr"]),
        (["info", "empty"], ["empty"]),
        (["models", "nothing"], ["nothing"]),
        (["evaluate", ".", "-o", "results.json"], ["--codec", "--model"]),
        (["evaluate", ".", "--codec", "jpeg444"], ["--output"]),
        (["evaluate", ".", "--codec", "jpeg", "-o", "results.json"], ["jpeg444"]),
        (["evaluate", ".", "--model", "nothing", "-o", "results.json"], ["nothing"]),
        (["evaluate", "missing", "--codec", "webp", "-o", "results.json"], ["missing"]),
        (["evaluate", "empty", "--codec", "webp", "-o", "results.json"], ["no pictures"]),
        (["evaluate", ".", "--codec", "webp", "-o", "missing/results.json"], ["missing"]),
        (["plot", "missing.json", "-o", "curves"], ["missing.json"]),
    ],
)
def test_a_mistake(
    command: Command,
    shipped: Path,
    photo: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    words: list[str],
) -> None:
    monkeypatch.chdir(photo.parent)
    (photo.parent / "empty").mkdir()
    command(*arguments).assert_refused(2, *words)
    assert sorted(path.name for path in photo.parent.iterdir()) == ["empty", "photo.png"]


def test_a_misspelt_choice_is_told_in_plain_words(command: Command, photo: Path) -> None:
    outcome = command("compress", photo, "--entropy", "contxt")
    outcome.assert_refused(2)
    assert outcome.err.endswith("'--entropy' / '-e': 'contxt' is not one of 'static', 'context'.\n")


@pytest.mark.parametrize("content", [b"", b"a text", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0" + bytes(50)])
def test_what_is_no_picture(command: Command, model: Path, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(content)
    command("compress", path, "-m", model).assert_refused(1, "picture.png")
    assert list(tmp_path.iterdir()) == [path]


def test_a_picture_too_large_for_the_format(command: Command, model: Path, tmp_path: Path) -> None:
    Image.new("L", (2**17 + 1, 1)).save(tmp_path / "long.png")
    command("compress", tmp_path / "long.png", "-m", model).assert_refused(1, "long.png: image sides")


def test_a_version_without_models_says_so(command: Command, nothing_shipped: None, photo: Path) -> None:
    command("compress", photo).assert_refused(2, "no models ship", "--model")
    command("compress", photo, "-q", 1).assert_refused(2, "no models ship")
    command("compress", photo, "-m", "msssim-1").assert_refused(2, "ships none")
    assert command("models", "--json").out == "[]\n"
    assert "no models ship" in command("models").out


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_write_protected(command: Command, model: Path, photo: Path, tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    command("compress", photo, "-m", model, "-o", folder / "a.cmpr").assert_refused(2, "a.cmpr", "Permission denied")


def test_the_wrong_model(command: Command, model: Path, photo: Path, tmp_path: Path) -> None:
    packed = photo.with_suffix(".cmpr")
    assert command("compress", photo, "-m", model).code == 0
    out = tmp_path / "out.png"
    other = export_tiny(tmp_path / "other.cmpw", seed=5)
    command("decompress", packed, "-m", other, "-o", out).assert_refused(1, "photo.cmpr", "written by model")
    command("decompress", packed, "-o", out).assert_refused(1, "photo.cmpr", "no shipped model")
    command("decompress", packed, "-m", photo, "-o", out).assert_refused(1, "is not a model exported")
    assert not out.exists()


def test_damaged_files(command: Command, model: Path, photo: Path, tmp_path: Path) -> None:
    packed, out, bad = photo.with_suffix(".cmpr"), tmp_path / "out.png", tmp_path / "bad.cmpr"
    assert command("compress", photo, "-m", model).code == 0
    whole = packed.read_bytes()
    rng = random.Random(0)
    for i in range(45):
        data = bytearray(whole)
        if i % 3 == 0:
            del data[rng.randrange(len(data)) :]
        elif i % 3 == 1:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        else:
            data += rng.randbytes(rng.randint(1, 9))
        bad.write_bytes(data)
        command("decompress", bad, "-m", model, "-o", out).assert_refused(1, "bad.cmpr")
        command("info", bad).assert_refused(1, "bad.cmpr")
        assert not out.exists()


def test_a_file_of_weights_is_no_picture(command: Command, tmp_path: Path) -> None:
    golden = Path(__file__).parents[1] / "golden" / "weights_uniform_v1.cmpr"
    command("decompress", golden, "-o", tmp_path / "out.png").assert_refused(1, "holds weights")
