from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from autoencoder_runs import PAIR, result, write_run
from compressible.bitstream.code_file import CodeFile, Codes
from compressible.reports.code_maps import CodeMaps, code_maps_figure, entropy_map, read_code_maps


@given(st.integers(0, 2**32), st.integers(1, 4), st.integers(1, 4), st.integers(1, 30), st.integers(1, 9))
def test_a_map_is_the_entropy_over_images(seed: int, rows: int, columns: int, images: int, size: int) -> None:
    symbols = np.random.default_rng(seed).integers(size, size=(images, rows, columns))
    found = entropy_map(symbols, size)
    assert found.shape == (rows, columns)
    for row, column in np.ndindex(rows, columns):
        expected = entropy(np.bincount(symbols[:, row, column]), base=2)
        np.testing.assert_allclose(found[row, column], expected, atol=1e-12)


@pytest.mark.parametrize("flat", [False, True])
def test_maps_of_a_run_whose_file_has_rows_and_of_an_older_one(flat: bool, tmp_path: Path) -> None:
    """Codebook 1 has a code of its own at each place; codebook 2 differs from image to image at one place alone."""
    symbols = np.zeros((2, 4, 2, 2), np.int64)
    symbols[0] = np.arange(4).reshape(2, 2)
    symbols[1, :, 1, 0] = np.arange(4)
    folder = write_run(tmp_path / "run", "dq", result(3.0, PAIR))
    shape = (2, 4, 4) if flat else (2, 4, 2, 2)
    (folder / "dq.codes").write_bytes(CodeFile(bytes(8), (Codes((4, 4), symbols.reshape(shape)),)).to_bytes())
    (found,) = read_code_maps("dq", folder)
    nothing = ((0.0, 0.0), (0.0, 0.0))
    assert found == CodeMaps("dq", 0, (4, 4), (nothing, ((0.0, 0.0), (2.0, 0.0))), PAIR.corrected)


def test_the_figure_has_a_map_a_codebook_and_a_matrix(tmp_path: Path) -> None:
    flat = ((1.0, 1.5), (2.0, 0.5))
    two = CodeMaps("dq", 0, (4, 4), (flat, flat), ((1.5, 0.2), (0.2, 1.5)))
    one = CodeMaps("vq", 0, (16,), (flat,), ((1.25,),))
    figure = code_maps_figure([two, one])
    drawn = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in drawn] == ["codebook 1", "codebook 2", "shared, bits", "codebook 1"]
    assert [axes.images[0].get_clim()[1] for axes in drawn if "codebook" in axes.get_title()] == [2.0, 2.0, 4.0]
    figure.savefig(tmp_path / "maps.png")
    assert (tmp_path / "maps.png").stat().st_size > 1000


def test_levels_of_one_run_are_told_apart() -> None:
    flat = ((1.0, 1.5), (2.0, 0.5))
    levels = [CodeMaps("dq", i, (4,), (flat,), ((1.25,),)) for i in (0, 1)]
    figure = code_maps_figure([*levels, CodeMaps("vq", 0, (4,), (flat,), ((1.25,),))])
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert texts == ["dq, level 0", "dq, level 1", "vq"]
