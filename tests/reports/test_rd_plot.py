import subprocess
import sys
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from compressible.metrics.curves import RDCurve, RDPoint
from compressible.reports.rd_plot import COLOURS, OUR_COLOURS, rd_figure, write_figure

CURVES = tuple(
    RDCurve(name, [RDPoint(bpp, 1 - 0.02 / bpp / (i + 1)) for bpp in (0.1, 0.3, 0.9)])
    for i, name in enumerate(("jpeg444", "avif", "shvq"))
)


def test_both_files_hold_all_curves_and_are_the_same_every_time(tmp_path: Path) -> None:
    for stem in ("a", "b.c"):
        written = write_figure(tmp_path / stem, rd_figure(CURVES, "ms_ssim", ours=("shvq",), title="Kodak"))
        assert written == (tmp_path / f"{stem}.png", tmp_path / f"{stem}.svg")
    with Image.open(tmp_path / "a.png") as image:
        assert image.size[0] >= 1000
    text = "".join(ElementTree.parse(tmp_path / "a.svg").getroot().itertext())
    for shown in ("JPEG 4:4:4", "AVIF", "shvq", "Kodak", "MS-SSIM", "bits per pixel (whole file)"):
        assert shown in text
    for suffix in ("png", "svg"):
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.c.{suffix}").read_bytes()


@pytest.mark.parametrize("metric", ["psnr", "ssim", "ms_ssim"])
def test_every_point_is_inside_the_axes_and_ours_stands_out(metric) -> None:
    axes = rd_figure(CURVES, metric, ours=("shvq",)).axes[0]
    lines = {line.get_label(): line for line in axes.lines}
    assert lines["shvq"].get_linewidth() > 2 * lines["AVIF"].get_linewidth()
    assert lines["shvq"].get_zorder() > lines["AVIF"].get_zorder()
    legend = axes.get_legend()
    assert legend is not None
    assert legend.get_texts()[0].get_text() == "shvq"
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    for line in axes.lines:
        x, y = np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)
        assert ((left < x) & (x < right)).all()
        assert ((bottom < y) & (y < top)).all()


def test_a_lossless_point_does_not_break_the_figure(tmp_path: Path) -> None:
    curve = RDCurve("x", [RDPoint(0.5, 40.0), RDPoint(2.0, float("inf"))])
    write_figure(tmp_path / "x", rd_figure([curve], "psnr"))
    write_figure(tmp_path / "y", rd_figure([RDCurve("x", [RDPoint(0.5, 0.9), RDPoint(2.0, 1.0)])], "ms_ssim"))


def test_colours_differ_for_the_colour_blind() -> None:
    """Viénot et al. 1999: protanopia and deuteranopia as linear maps of linear RGB; distances after gamma."""
    maps = {
        "protan": [[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]],
        "deutan": [[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]],
    }
    linear = np.array([to_rgb(colour) for colour in (*COLOURS, OUR_COLOURS[0])]) ** 2.2
    for matrix in maps.values():
        seen = np.clip(linear @ np.array(matrix).T, 0, 1) ** (1 / 2.2)
        assert min(np.abs(a - b).max() for a, b in combinations(seen, 2)) > 0.08


def test_no_curves() -> None:
    with pytest.raises(ValueError, match="at least one curve"):
        rd_figure([], "psnr")


def test_no_window_and_no_global_state() -> None:
    code = (
        "import sys; from compressible.metrics.curves import *; from compressible.reports.rd_plot import *;"
        "rd_figure([RDCurve('x', [RDPoint(1, 30)])], 'psnr'); print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
