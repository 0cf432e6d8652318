import hashlib
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pooch
import pytest
from PIL import Image

from compressible.data import downloads
from compressible.data.paths import DataError, DownloadError


def offline(*_: Any, **__: Any) -> str:
    raise ConnectionError("no network")


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(path, "PNG")


def test_offline_and_absent_is_one_sentence_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pooch, "retrieve", offline)
    with pytest.raises(DownloadError, match=r"could not be downloaded.*COMPRESSIBLE_DATA") as caught:
        downloads.evaluation_folder("kodak", tmp_path)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooch, "retrieve", offline)
    for number in range(1, 25):
        picture(tmp_path / "kodak" / f"kodim{number:02d}.png")
    assert downloads.evaluation_folder("kodak", tmp_path) == tmp_path / "kodak"


def test_only_what_is_missing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 24):
        picture(tmp_path / f"kodim{number:02d}.png")
    asked: list[str] = []
    monkeypatch.setattr(pooch, "retrieve", lambda url, digest, **_: asked.append(f"{url} {digest}"))
    downloads.kodak(tmp_path)
    assert len(asked) == 1
    assert "kodim24.png sha256:" in asked[0]


def test_other_sets_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no folder .*urban100; set paths") as caught:
        downloads.evaluation_folder("urban100", tmp_path)
    assert not isinstance(caught.value, DownloadError)


def test_bundled_pictures_need_no_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooch, "retrieve", offline)
    folder = downloads.evaluation_folder("bundled", tmp_path)
    assert sorted(path.name for path in folder.glob("*.png")) == ["chelsea.png", "rocket.png"]


CONTENTS = {f"{name}.png": name.encode() * 100 for name in "abcde"}


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive of five pictures instead of the real one."""

    def fetch(url: str, digest: str, target: Path, title: str) -> None:
        with zipfile.ZipFile(target, "w") as archive:
            archive.mkdir("train")
            for name, data in CONTENTS.items():
                archive.writestr(f"train/{name}", data)
            archive.writestr("__MACOSX/._a.png", "no picture")
            archive.writestr("readme.txt", "no picture either")

    monkeypatch.setattr(downloads, "_fetch", fetch)
    monkeypatch.setattr(downloads, "CLIC_PICTURES", len(CONTENTS))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.usefixtures("published")
def test_clic_is_unpacked_flat_and_only_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    downloads.clic(tmp_path / "clic")
    assert contents(tmp_path / "clic") == CONTENTS
    monkeypatch.setattr(downloads, "_fetch", offline)
    downloads.clic(tmp_path / "clic")


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("after", [0, 1, 4])
def test_an_unpacking_that_was_stopped_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    replace = Path.replace
    done: list[str] = []

    def stopped(self: Path, target: Path) -> Path:
        if len(done) == after:
            raise KeyboardInterrupt
        done.append(target.name)
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stopped)
        with pytest.raises(KeyboardInterrupt):
            downloads.clic(tmp_path / "clic")
    partial = contents(tmp_path / "clic")
    assert len(partial) == after
    assert partial.items() <= CONTENTS.items(), "what is there is whole"
    downloads.clic(tmp_path / "clic")
    assert contents(tmp_path / "clic") == CONTENTS


def test_a_kodak_download_that_was_stopped_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped in the middle of the third picture, whose first half must not pass for it."""
    published = {f"kodim{number:02d}.png": bytes([number]) * 1000 for number in range(1, 25)}
    digests = tuple(hashlib.sha256(data).hexdigest() for data in published.values())
    monkeypatch.setattr(downloads, "KODAK_SHA256", digests)
    asked: list[str] = []

    def download(self: object, url: str, target: str, *_: object) -> None:
        name = url.rpartition("/")[2]
        asked.append(name)
        if len(asked) == 3:
            Path(target).write_bytes(published[name][:500])
            raise KeyboardInterrupt
        Path(target).write_bytes(published[name])

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", download)
    with pytest.raises(KeyboardInterrupt):
        downloads.kodak(tmp_path)
    assert sorted(contents(tmp_path)) == ["kodim01.png", "kodim02.png"]
    downloads.kodak(tmp_path)
    assert contents(tmp_path) == published
    assert asked[3:] == sorted(published)[2:]
