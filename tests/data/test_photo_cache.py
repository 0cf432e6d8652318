import logging
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from compressible.data import photo_cache
from compressible.data.paths import DataError, image_files
from compressible.data.photo_cache import PhotoCache
from compressible.images import READABLE_SUFFIXES, Picture, read_image


def write(path: Path, height: int, width: int, seed: int) -> np.ndarray:
    pixels = np.random.default_rng(seed).integers(0, 256, size=(height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return pixels


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "photos"
    path.mkdir()
    return path


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def names(path: Path) -> list[str]:
    return sorted(child.name for child in path.iterdir()) if path.exists() else []


def test_pictures_come_back_as_they_are_sorted_by_name(folder: Path, cache: Path) -> None:
    expected = {name: write(folder / name, *size) for name, size in {
        "b.png": (5, 7, 1), "a.png": (9, 4, 2), "c.PNG": (1, 1, 3), "d.ppm": (3, 8, 4)
    }.items()}  # fmt: skip
    (folder / "notes.txt").write_text("no picture")
    photos = PhotoCache(folder, cache)
    assert len(photos) == 4
    assert [entry.name for entry in photos.entries] == sorted(expected)
    for i, entry in enumerate(photos.entries):
        pixels = photos[i]
        assert pixels.dtype == np.uint8
        assert pixels.shape == (entry.height, entry.width, 3)
        assert np.array_equal(pixels, expected[entry.name])
        assert not pixels.flags.writeable


def test_what_a_file_may_hold_besides_8_bit_colour_is_read_as_for_compressing(folder: Path, cache: Path) -> None:
    """Every picture's pixels follow from what was stored, and are those that ``compress`` would see."""
    upright = write(folder / "plain.png", 6, 4, 0)
    exif = Image.Exif()
    exif[0x0112] = 6  # stored a quarter turn to the left of upright
    Image.fromarray(np.ascontiguousarray(np.rot90(upright))).save(folder / "turned.png", exif=exif)
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    Image.fromarray(grey).save(folder / "grey.png")
    Image.fromarray(grey).convert("P").save(folder / "palette.png")
    Image.fromarray(grey.astype(np.uint16) * 257).save(folder / "wide.png")
    veil = np.dstack([upright, np.full((6, 4), 51, np.uint8)])
    Image.fromarray(veil).save(folder / "veil.png")
    Image.fromarray(grey).save(folder / "grey.pgm")
    expected = {
        "plain.png": upright,
        "turned.png": upright,
        "veil.png": 0.2 * upright + 0.8 * 255,
        **dict.fromkeys(("grey.png", "grey.pgm", "palette.png", "wide.png"), np.repeat(grey[:, :, None], 3, axis=2)),
    }
    photos = PhotoCache(folder, cache)
    assert [entry.name for entry in photos.entries] == sorted(expected)
    for i, entry in enumerate(photos.entries):
        assert photos[i].shape == expected[entry.name].shape
        assert np.abs(photos[i] - expected[entry.name]).max() <= 0.51, entry.name
        assert np.array_equal(photos[i], read_image(folder / entry.name).pixels)


def test_every_readable_suffix_is_photograph_and_input_alike(folder: Path) -> None:
    for suffix in (*READABLE_SUFFIXES, ".txt", ".cmpr"):
        (folder / f"a{suffix}").touch()
    assert [path.suffix for path in image_files(folder)] == sorted(READABLE_SUFFIXES)


def test_what_reading_changed_is_said_once_for_all(folder: Path, cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(folder / "colour.png", 4, 4, 0)
    for name in ("a.png", "b.png"):
        Image.new("L", (4, 4)).save(folder / name)
    Image.new("RGBA", (4, 4)).save(folder / "glass.png")
    with caplog.at_level(logging.INFO):
        PhotoCache(folder, cache)
    assert sorted(caplog.messages) == [
        "1 of 4 photographs: transparency flattened over white",
        "2 of 4 photographs: grayscale turned to RGB",
    ]


def test_a_folder_is_decoded_once(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder / "a.png", 4, 4, 0)
    first = PhotoCache(folder, cache)
    monkeypatch.setattr(photo_cache, "read_image", lambda *_: pytest.fail("decoded again"))
    second = PhotoCache(folder, cache)
    assert np.array_equal(first[0], second[0])
    assert first.fingerprint == second.fingerprint
    assert len(names(cache)) == 1


@pytest.mark.parametrize("change", ["added", "removed", "renamed", "other size", "other date"])
def test_a_changed_folder_is_decoded_anew(folder: Path, cache: Path, change: str) -> None:
    write(folder / "a.png", 4, 6, 0)
    write(folder / "b.png", 4, 6, 1)
    before = PhotoCache(folder, cache).fingerprint
    if change == "added":
        write(folder / "c.png", 2, 2, 2)
    elif change == "removed":
        (folder / "b.png").unlink()
    elif change == "renamed":
        (folder / "b.png").rename(folder / "z.png")
    elif change == "other size":
        write(folder / "b.png", 5, 5, 3)
    else:
        date = (folder / "b.png").stat().st_mtime_ns
        write(folder / "b.png", 4, 6, 4)
        os.utime(folder / "b.png", ns=(date + 10**9, date + 10**9))
    photos = PhotoCache(folder, cache)
    assert photos.fingerprint != before
    expected = {path.name: np.asarray(Image.open(path)) for path in folder.iterdir()}
    assert {entry.name for entry in photos.entries} == set(expected)
    for i, entry in enumerate(photos.entries):
        assert np.array_equal(photos[i], expected[entry.name])


def test_another_way_of_reading_decodes_anew(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pixels that an older reader made of the same files must not pass for what ``compress`` sees."""
    pixels = write(folder / "a.png", 4, 4, 0)
    PhotoCache(folder, cache)
    monkeypatch.setattr(photo_cache, "READER", photo_cache.READER + 1)
    monkeypatch.setattr(photo_cache, "read_image", lambda _: Picture(255 - pixels))
    assert np.array_equal(PhotoCache(folder, cache)[0], 255 - pixels)


@pytest.mark.parametrize("damage", ["no picture", "empty", "cut off", "folder"])
def test_one_bad_picture_is_left_out_and_named_each_time(
    folder: Path, cache: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    expected = [write(folder / "a.png", 40, 40, 0), write(folder / "c.png", 30, 20, 1)]
    write(folder / "b.png", 40, 40, 2)
    whole = (folder / "b.png").read_bytes()
    if damage == "folder":
        (folder / "b.png").unlink()
        (folder / "b.png").mkdir()
    else:
        contents = {"no picture": b"hello", "empty": b"", "cut off": whole[: len(whole) // 2]}
        (folder / "b.png").write_bytes(contents[damage])
    for _ in range(2):
        caplog.clear()
        photos = PhotoCache(folder, cache)
        assert [entry.name for entry in photos.entries] == ["a.png", "c.png"]
        assert all(np.array_equal(photos[i], pixels) for i, pixels in enumerate(expected))
        assert any("left out" in message and "b.png" in message for message in caplog.messages) == (damage != "folder")


def test_a_folder_of_bad_pictures_alone_is_told_and_nothing_is_left_behind(folder: Path, cache: Path) -> None:
    (folder / "a.png").write_bytes(b"hello")
    (folder / "b.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"none of the pictures in .*photos can be read"):
        PhotoCache(folder, cache)
    assert names(cache) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError()])
def test_an_interrupt_leaves_no_half_written_cache(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    expected = [write(folder / name, 8, 8, i) for i, name in enumerate(("a.png", "b.png", "c.png"))]
    opened = []

    def interrupted(path: Path) -> Picture:
        opened.append(path)
        if len(opened) == 2:
            assert any(child.name.startswith(".decoding-") for child in cache.iterdir()), "work is under way"
            raise error
        return read_image(path)

    with monkeypatch.context() as patch:
        patch.setattr(photo_cache, "read_image", interrupted)
        with pytest.raises(type(error)):
            PhotoCache(folder, cache)
    assert names(cache) == []
    photos = PhotoCache(folder, cache)
    assert all(np.array_equal(photos[i], pixels) for i, pixels in enumerate(expected))


def test_two_processes_that_decode_at_once_agree(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second finds the first's cache when it is done, and leaves it as it is."""
    expected = write(folder / "a.png", 6, 6, 0)
    original = photo_cache.json.dumps
    inner: list[PhotoCache] = []

    def other_process_first(value: object) -> str:
        if isinstance(value, list) and value and isinstance(value[0], dict) and not inner:
            monkeypatch.setattr(photo_cache.json, "dumps", original)
            inner.append(PhotoCache(folder, cache))
        return original(value)

    monkeypatch.setattr(photo_cache.json, "dumps", other_process_first)
    outer = PhotoCache(folder, cache)
    assert len(inner) == 1
    assert np.array_equal(outer[0], expected)
    assert np.array_equal(inner[0][0], expected)
    assert len(names(cache)) == 1


def test_a_missing_or_empty_folder_is_told(tmp_path: Path, folder: Path, cache: Path) -> None:
    with pytest.raises(DataError, match=r"there is no folder .*none; set paths\.data"):
        PhotoCache(tmp_path / "none", cache)
    with pytest.raises(DataError, match=r"no pictures in .*photos"):
        PhotoCache(folder, cache)
