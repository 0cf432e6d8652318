import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from compressible.data import photo_cache
from compressible.data.paths import DataError
from compressible.data.photo_cache import PhotoCache


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


def test_other_modes_become_colour(folder: Path, cache: Path) -> None:
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    Image.fromarray(grey).save(folder / "grey.png")
    Image.fromarray(grey).convert("P").save(folder / "palette.png")
    photos = PhotoCache(folder, cache)
    for i in range(2):
        assert np.array_equal(photos[i], np.repeat(grey[:, :, None], 3, axis=2))


def test_a_folder_is_decoded_once(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder / "a.png", 4, 4, 0)
    first = PhotoCache(folder, cache)
    monkeypatch.setattr(photo_cache.Image, "open", lambda *_: pytest.fail("decoded again"))
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


@pytest.mark.parametrize("damage", ["no picture", "empty", "cut off"])
def test_an_unreadable_picture_is_named_and_nothing_is_left_behind(folder: Path, cache: Path, damage: str) -> None:
    write(folder / "a.png", 40, 40, 0)
    write(folder / "b.png", 40, 40, 1)
    whole = (folder / "b.png").read_bytes()
    (folder / "b.png").write_bytes({"no picture": b"hello", "empty": b"", "cut off": whole[: len(whole) // 2]}[damage])
    with pytest.raises(DataError, match=r"b\.png cannot be read"):
        PhotoCache(folder, cache)
    assert names(cache) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError()])
def test_an_interrupt_leaves_no_half_written_cache(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    expected = [write(folder / name, 8, 8, i) for i, name in enumerate(("a.png", "b.png", "c.png"))]
    opened = []

    original = Image.open

    def interrupted(path: Path) -> Image.Image:
        opened.append(path)
        if len(opened) == 2:
            assert any(child.name.startswith(".decoding-") for child in cache.iterdir()), "work is under way"
            raise error
        return original(path)

    with monkeypatch.context() as patch:
        patch.setattr(photo_cache.Image, "open", interrupted)
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
    with pytest.raises(DataError, match="is not a folder"):
        PhotoCache(tmp_path / "none", cache)
    with pytest.raises(DataError, match="holds no pictures"):
        PhotoCache(folder, cache)
