import io
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

from compressible.codecs.jpeg import Jpeg
from compressible.reports.coded_files import write_coded_files


def test_each_picture_leaves_its_file_and_what_that_decodes_to(tmp_path: Path) -> None:
    """Pillow itself says what the bytes on disk decode to."""
    photo = skimage.data.astronaut()
    originals = {"a.jpg": photo[:40, :56], "b.c.png": photo[100:131, 200:233]}
    for name, pixels in originals.items():
        Image.fromarray(pixels).save(tmp_path / name)
    folder = tmp_path / "run"
    folder.mkdir()
    write_coded_files(Jpeg(30), [tmp_path / name for name in originals], folder)
    assert sorted(path.name for path in folder.iterdir()) == ["a.cmpr", "a.png", "b.c.cmpr", "b.c.png"]
    for name in ("a", "b.c"):
        with Image.open(folder / f"{name}.png") as png:
            assert png.format == "PNG"
            shown = np.asarray(png)
        with Image.open(io.BytesIO((folder / f"{name}.cmpr").read_bytes())) as jpeg:
            assert jpeg.format == "JPEG"
            assert np.array_equal(shown, np.asarray(jpeg))
