import numpy as np
import pytest

from compressible.codecs.families import FAMILIES
from compressible.codecs.ladders import LADDERS, ladder


def picture() -> np.ndarray:
    rows, columns = np.mgrid[:48, :64]
    return np.stack([rows * 3, columns * 2, (rows * columns) % 256], axis=-1).astype(np.uint8)


def test_every_family_has_one() -> None:
    assert LADDERS.keys() == FAMILIES.keys()


@pytest.mark.parametrize("name", ["jpeg444", "jpeg420", "jpeg2000", "webp"])
def test_files_grow_from_rung_to_rung(name: str) -> None:
    """Over far enough rungs: of two neighbours either may be the larger, and the smallest file is that of several."""
    rungs = ladder(name)
    assert all(codec.name.startswith(name) for codec in rungs)
    sizes = [len(rungs[i].encode(picture())) for i in np.linspace(len(rungs) // 4, len(rungs) - 1, 6).astype(int)]
    assert sizes == sorted(sizes)
    assert sizes[-1] > 3 * sizes[0]


def test_an_unknown_family_is_named() -> None:
    with pytest.raises(ValueError, match="no codec family 'gif'; there are jpeg444"):
        ladder("gif")
