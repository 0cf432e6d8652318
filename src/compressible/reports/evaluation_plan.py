"""The final evaluation of a run: its model against classical codecs, on a set that was not looked at before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from compressible.atomic import write_bytes_atomic
from compressible.codecs import Codec
from compressible.codecs.families import family
from compressible.codecs.pillow import CodecUnavailableError
from compressible.data.downloads import evaluation_folder
from compressible.images import list_images
from compressible.instantiate import ConfigError
from compressible.reports.coded_files import write_coded_files
from compressible.reports.comparison import curves
from compressible.reports.evaluation import Evaluation, Metric, evaluate, save_evaluation
from compressible.reports.rd_plot import rd_figure, write_figure
from compressible.reports.tables import same_rate_table, settings_table
from compressible.run_files import EVALUATION, TABLES

METRICS: tuple[Metric, ...] = ("ms_ssim", "psnr")
"""Of which there is a figure each."""


@dataclass(frozen=True)
class EvaluationPlan:
    """What to evaluate on, and against what.

    Attributes:
        dataset: name of an evaluation set.
        root: folder of all data sets.
        families: classical codecs to compare with; none leaves the comparison to ``compressible plot``.
    """

    dataset: str
    root: str
    families: tuple[str, ...] = ()

    def check(self) -> None:
        """See that nothing is missing, before hours of training; a data set that can be downloaded is.

        Raises:
            ConfigError: if there is no such codec family, or the installed libraries lack it.
            DataError: if the data set is absent and cannot be downloaded.
        """
        for name in self.families:
            try:
                family(name)
            except (ValueError, CodecUnavailableError) as error:
                raise ConfigError(f"evaluation.families: {error}") from error
        evaluation_folder(self.dataset, Path(self.root))

    def run(self, codec: Codec, folder: Path) -> Evaluation:
        """Write compressed and decoded files, ``evaluation.json``, plots and tables to ``folder``.

        Raises:
            DataError: if the data set is absent and cannot be downloaded.
        """
        files = list_images(evaluation_folder(self.dataset, Path(self.root)))
        ours = codec.name
        members: Mapping[str, Sequence[Codec]] = {ours: (codec,)} | {name: family(name) for name in self.families}
        evaluation = evaluate(members, files, self.dataset)
        save_evaluation(folder / EVALUATION, evaluation)
        write_coded_files(codec, files, folder)
        text = settings_table([evaluation])
        for metric in METRICS:
            figure = rd_figure(curves([evaluation], metric), metric, ours=(ours,), title=self.dataset)
            write_figure(_figure_stem(folder, metric), figure)
            if self.families:
                text += "\n\n" + same_rate_table([evaluation], ours, metric)
        write_bytes_atomic(folder / TABLES, f"{text}\n".encode())
        return evaluation


def rate_distortion_figures(folder: Path) -> tuple[Path, ...]:
    """The PNG files that the evaluation has left in a run's folder."""
    files = (_figure_stem(folder, metric).with_suffix(".png") for metric in METRICS)
    return tuple(file for file in files if file.exists())


def _figure_stem(folder: Path, metric: Metric) -> Path:
    return folder / f"rd_{metric}"
