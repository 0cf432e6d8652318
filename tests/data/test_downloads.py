import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pooch
import pytest
from PIL import Image

from compressible.data import downloads
from compressible.data.paths import DataError


def offline(*_: Any, **__: Any) -> str:
    raise ConnectionError("no network")


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(path, "PNG")


def test_offline_and_absent_is_one_sentence_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pooch, "retrieve", offline)
    with pytest.raises(DataError, match=r"could not be downloaded.*COMPRESSIBLE_DATA") as caught:
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
    with pytest.raises(DataError, match="not a folder"):
        downloads.evaluation_folder("urban100", tmp_path)


def test_bundled_pictures_need_no_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooch, "retrieve", offline)
    folder = downloads.evaluation_folder("bundled", tmp_path)
    assert sorted(path.name for path in folder.glob("*.png")) == ["chelsea.png", "rocket.png"]


def test_clic_is_unpacked_flat_and_only_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture(tmp_path / "source" / "a.png")

    def fetch(url: str, digest: str, target: Path, title: str) -> None:
        with zipfile.ZipFile(target, "w") as archive:
            archive.write(tmp_path / "source" / "a.png", "train/a.png")
            archive.writestr("__MACOSX/readme.txt", "no picture")

    monkeypatch.setattr(downloads, "_fetch", fetch)
    downloads.clic(tmp_path / "clic")
    assert [path.name for path in (tmp_path / "clic").iterdir()] == ["a.png"]
    monkeypatch.setattr(downloads, "_fetch", offline)
    downloads.clic(tmp_path / "clic")
