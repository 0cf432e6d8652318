import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from compressible.codecs.jpeg import Jpeg
from compressible.codecs.ladders import ladder
from compressible.images import ImageError
from compressible.reports.page.pictures import choose, view


def pixels(uri: str) -> np.ndarray:
    kind, data = uri.split(",")
    assert kind == "data:image/webp;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows, columns = np.mgrid[:64, :96]
    for i, name in enumerate("dbca"):
        picture = np.stack([rows * 3, columns * 2, (rows * columns + 9 * i) % 256], axis=-1).astype(np.uint8)
        Image.fromarray(picture).save(tmp_path / f"{name}.png")
    return tmp_path


def test_the_first_of_a_folder_and_every_file_that_is_named(folder: Path) -> None:
    choice = choose([folder, folder / "d.png"], at_most=2)
    assert [file.name for file in choice.files] == ["a.png", "b.png", "d.png"]
    assert choice.given == 5


def test_pictures_that_are_not_there(folder: Path) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(ImageError, match="no pictures"):
        choose([folder / "empty"], at_most=1)
    with pytest.raises(ImageError, match=r"none\.png"):
        view(choose([folder / "none.png"], at_most=1), Jpeg(5), [])


def test_rivals_have_at_most_our_bytes_and_their_next_setting_more(folder: Path) -> None:
    viewer = view(choose([folder], 1), Jpeg(30, "4:2:0"), [ladder("jpeg444"), ladder("webp")])
    (picture,) = viewer.pictures
    assert (picture.name, picture.width, picture.height) == ("a.png", 96, 64)
    original, ours, jpeg, webp = picture.versions
    image = np.asarray(Image.open(folder / "a.png"))
    limit = len(Jpeg(30, "4:2:0").encode(image))
    assert ours.note.startswith(f"{limit:,} bytes, {8 * limit / (96 * 64):.3f} bpp, PSNR ")
    assert np.array_equal(pixels(original.uri), image)
    assert np.array_equal(pixels(ours.uri), Jpeg(30, "4:2:0").decode(Jpeg(30, "4:2:0").encode(image)))
    for version, family in ((jpeg, "jpeg444"), (webp, "webp")):
        settings = ladder(family)
        (rung,) = (i for i, codec in enumerate(settings) if codec.name == version.name)
        below, above = (len(settings[i].encode(image)) for i in (rung, rung + 1))
        assert below <= limit < above
        assert version.note.startswith(f"{below:,} bytes")
        assert np.array_equal(pixels(version.uri), settings[rung].decode(settings[rung].encode(image)))
    assert "1 of 4 pictures" in viewer.note


def test_a_codec_that_cannot_go_so_low_shows_its_smallest_file(folder: Path) -> None:
    viewer = view(choose([folder / "a.png"], 1), Jpeg(1), [ladder("jpeg444")[50:]])
    assert viewer.pictures[0].versions[2].name == "jpeg444-q51"
