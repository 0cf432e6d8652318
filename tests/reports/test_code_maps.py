from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from compressible.reports.code_maps import CodeMaps, code_maps_figure, entropy_map


@given(st.integers(0, 2**32), st.integers(1, 4), st.integers(1, 30), st.integers(1, 9))
def test_a_map_is_the_entropy_over_images(seed: int, side: int, images: int, size: int) -> None:
    symbols = np.random.default_rng(seed).integers(size, size=(images, side * side))
    found = entropy_map(symbols, size)
    assert found.shape == (side, side)
    for place, bits in enumerate(found.ravel()):
        expected = entropy(np.bincount(symbols[:, place]), base=2)
        np.testing.assert_allclose(bits, expected, atol=1e-12)


def test_the_figure_has_a_map_a_codebook_and_a_matrix(tmp_path: Path) -> None:
    flat = ((1.0, 1.5), (2.0, 0.5))
    two = CodeMaps("dq", 0, (4, 4), (flat, flat), ((1.5, 0.2), (0.2, 1.5)))
    one = CodeMaps("vq", 0, (16,), (flat,), ((1.25,),))
    figure = code_maps_figure([two, one])
    titles = [axes.get_title() for axes in figure.axes if axes.images]
    assert titles == ["codebook 1", "codebook 2", "shared, bits", "codebook 1"]
    figure.savefig(tmp_path / "maps.png")
    assert (tmp_path / "maps.png").stat().st_size > 1000
