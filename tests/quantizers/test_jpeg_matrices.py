import io

import pytest
from PIL import Image

from compressible.quantizers import jpeg_steps


@pytest.mark.parametrize("quality", range(1, 101))
def test_steps_are_those_of_libjpegs_files(quality: int) -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG", quality=quality)
    tables = Image.open(file).quantization  # pyright: ignore[reportAttributeAccessIssue]
    assert list(jpeg_steps(quality)) == [*tables[0], *tables[1], *tables[1]]


@pytest.mark.parametrize("quality", [0, -1, 101])
def test_other_qualities_are_refused(quality: int) -> None:
    with pytest.raises(ValueError, match=r"quality must be in 1\.\.100"):
        jpeg_steps(quality)
