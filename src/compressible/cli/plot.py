"""``compressible plot``: rate-distortion curves of evaluations."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from compressible.cli.errors import CommandError

if TYPE_CHECKING:
    from compressible.reports.evaluation import Metric

EXAMPLES = """**Examples**

- `compressible plot results.json -o curves`

- `compressible plot classical.json learned.json -o figures/kodak`"""


def plot(
    results: Annotated[list[Path], typer.Argument(metavar="RESULTS", help="Files that 'evaluate' wrote.")],
    stem: Annotated[
        Path, typer.Option("--output", "-o", metavar="STEM", help="Writes STEM_psnr.png, STEM_psnr.svg and so on.")
    ],
    title: Annotated[str | None, typer.Option("--title", help="By default the name of the data set.")] = None,
) -> None:
    """Plot rate-distortion curves, one figure a metric, as PNG and SVG.

    Several result files are drawn together if they measured the same pictures. Learned models stand in front.
    """
    from compressible.codecs.families import FAMILIES
    from compressible.reports.comparison import METRIC_LABELS, curves
    from compressible.reports.evaluation import load_evaluation
    from compressible.reports.rd_plot import rd_figure, write_figure

    if missing := [path for path in results if not path.exists()]:
        raise CommandError(f"there is no file {missing[0]}")
    evaluations = [load_evaluation(path) for path in results]
    metrics: tuple[Metric, ...] = ("psnr", "ssim", "ms_ssim")
    for metric in metrics:
        try:
            lines = curves(evaluations, metric)
        except ValueError as error:
            raise CommandError(str(error)) from error
        if not lines:
            print(f"no {METRIC_LABELS[metric]}: some pictures are too small for it")
            continue
        ours = [line.name for line in lines if line.name not in FAMILIES]
        figure = rd_figure(lines, metric, ours, evaluations[0].dataset.name if title is None else title)
        for path in write_figure(stem.with_name(f"{stem.name}_{metric}"), figure):
            print(path)
