"""A page with every part, of files that hold nasty texts; pictures are a few pixels that no codec has seen."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from page_examples import JPEG, NASTY, codec, evaluation, leave_run

from compressible.reports.evaluation import Evaluation
from compressible.reports.network_choices import Choice
from compressible.reports.page import Page, assemble, find_sources
from compressible.reports.page.model import Picture, Standing, Version, Viewer
from compressible.reports.page.pictures import lossless_uri
from compressible.reports.schema import save


def nasty_evaluation() -> Evaluation:
    ours = evaluation(*(codec(NASTY, i, 0.1 * 2**i, 25 + 3 * i, 0.9 + 0.03 * i) for i in range(3)))
    return replace(ours, environment=replace(ours.environment, command=NASTY), dataset=JPEG.dataset)


STANDARDS = evaluation(
    *(
        codec(name, 1, 0.54 + 0.02 * i, 25 + i, 0.95 + 0.005 * i)
        for i, name in enumerate(
            ("DCT, perceptual", "wavelet, uniform", "DCT, pyramid", "DCT, residual", "jpeg2000-r40")
        )
    ),
    dataset="chelsea",
)
"""Names of which a legend on a phone might have one column, or two."""
FAILURE = f"Traceback (most recent call last):\n  {NASTY}\nRuntimeError: {NASTY}\n"


def nasty_page(folder: Path) -> Page:
    """Made of files in ``folder``."""
    results = folder / "results"
    results.mkdir()
    save(results / "ours.json", nasty_evaluation())
    save(results / "jpeg.json", JPEG)
    save(results / "standards.json", STANDARDS)
    save(results / "choices.json", (Choice(NASTY, "train", None, 0, 777, 1000, 0.5, 20.0, 4321),))
    (results / "<b>unknown.json").write_text("{}")
    leave_run(folder / "outputs" / "<i>first", NASTY)
    leave_run(folder / "outputs" / "second")
    standings = {"<i>first": Standing("failed", FAILURE)}
    page = assemble(NASTY, find_sources([results, folder / "outputs"]), lambda run: standings.get(run.name))
    rows, columns = np.mgrid[:120, :160]
    shades = [np.stack([rows, columns, np.full_like(rows, 60 * i)], -1).astype(np.uint8) for i in range(3)]
    names = ("original", NASTY, "jpeg444-q5")
    versions = tuple(
        Version(name, "1,234 bytes", lossless_uri(shade)) for name, shade in zip(names, shades, strict=True)
    )
    pictures = tuple(Picture(name, 160, 120, versions) for name in ("a.png", NASTY))
    return replace(page, viewer=Viewer(f"2 of 24 pictures {NASTY}", pictures))
