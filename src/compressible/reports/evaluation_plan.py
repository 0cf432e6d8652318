"""The final evaluation of a run: its model against classical codecs, on a set that was not looked at before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from compressible.atomic import write_bytes_atomic
from compressible.codecs import Codec
from compressible.codecs.families import family
from compressible.data.downloads import evaluation_folder
from compressible.images import list_images, read_image
from compressible.reports.comparison import curves
from compressible.reports.evaluation import Evaluation, evaluate, save_evaluation
from compressible.reports.rd_plot import rd_figure, write_figure
from compressible.reports.tables import same_rate_table, settings_table


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

    def run(self, codec: Codec, folder: Path) -> Evaluation:
        """Write compressed and decoded files, ``evaluation.json``, plots and tables to ``folder``.

        Raises:
            DataError: if the data set is absent and cannot be downloaded.
        """
        files = list_images(evaluation_folder(self.dataset, Path(self.root)))
        ours = codec.name
        members: Mapping[str, Sequence[Codec]] = {ours: (codec,)} | {name: family(name) for name in self.families}
        evaluation = evaluate(members, files, self.dataset)
        save_evaluation(folder / "evaluation.json", evaluation)
        for file in files:
            write_bytes_atomic(folder / f"{file.stem}.cmpr", codec.encode(read_image(file).pixels))
        text = settings_table([evaluation])
        for metric in ("ms_ssim", "psnr"):
            figure = rd_figure(curves([evaluation], metric), metric, ours=(ours,), title=self.dataset)
            write_figure(folder / f"rd_{metric}", figure)
            if self.families:
                text += "\n\n" + same_rate_table([evaluation], ours, metric)
        (folder / "evaluation.md").write_text(text + "\n")
        return evaluation
