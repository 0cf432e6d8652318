"""SHVQ, figure 1: rate and MS-SSIM of image compression, on each data set.

Agustsson et al. 2017, section 4. The figure has curves and no numbers; what the text says of them is tested.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from compressible.metrics.bd_rate import in_decibels
from compressible.metrics.curves import RDCurve
from compressible.reports.comparison import FAMILY_LABELS, curves, label
from compressible.reports.evaluation import SCHEMA, Evaluation, Metric, load_evaluation, save_evaluation
from compressible.reports.rd_plot import rd_figure
from compressible.reports.reproduction.advantages import advantage_lines, up_to
from compressible.reports.reproduction.comparison import Comparison, Line, Origin
from compressible.reports.reproduction.finished_runs import FinishedRun
from compressible.reports.reproduction.merging import merged
from compressible.reports.reproduction.provenance import environments
from compressible.reports.reproduction.shvq_ablations import is_ablation
from compressible.reports.reproduction.target import Part, Reproduction, Target, origin
from compressible.reports.schema import load
from compressible.reports.training_record import TrainingRecord
from compressible.reports.verdict import Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DATASETS = {"kodak": "Kodak", "b100": "B100", "urban100": "Urban100", "imagenet100": "ImageNET100"}
"""Section 4, by the names of their folders and results."""
KEPT = Path("training")
"""Records of trainings, by the names of the models."""
METRICS: tuple[Metric, ...] = ("ms_ssim", "psnr")
HIGHEST = 0.4
"""Bits a pixel, below which section 4 makes its claim."""
COMPETITIVE = 0.5
"""Decibels of MS-SSIM by which ours may be below BPG to be "competitive with" it, which the paper does not define."""
RIVALS = {
    "jpeg444": ("above JPEG", 0.0),
    "jpeg420": ("above JPEG", 0.0),
    "jpeg2000": ("above JPEG 2000", 0.0),
    "hevc": ("competitive with BPG", -COMPETITIVE),
}
"""What the text says, and the advantage that must be passed for it."""
QUANTITY = f"MS-SSIM at the same rate up to {HIGHEST:g} bpp, dB"
RULES = (
    f"Compared are -10 log10(1 - MS-SSIM) at equal rates up to {HIGHEST:g} bpp, by straight lines between settings, "
    "where the advantage is least and where it is largest.",
    f'"Above" is more than 0 dB; "competitive" is more than {-COMPETITIVE:g} dB, which is our reading.',
)
DIFFERED = (
    "The models that ship have scalar centers, the hard value forward and 16x down-sampling; msssim was trained for "
    "MS-SSIM itself, mse for squared error as the paper's.",
    "They saw far fewer photographs and steps.",
    "Rates are those of whole files, with contexts that adapt; the paper leaves headers out and codes symbols as "
    "independent ones.",
    "HEVC in HEIF files stands for BPG.",
)


def read(results: Path) -> Reproduction:
    """Data set by data set."""
    lines: list[Line] = []
    origins: list[Origin] = []
    missing: list[Part] = []
    figures: dict[str, Callable[[], Figure]] = {}
    for name, title in DATASETS.items():
        commands = _commands(name)
        files = [f"{name}_{kind}.json" for kind in commands]
        missing += [
            Part(f"{title}, {kind}", command)
            for (kind, command), file in zip(commands.items(), files, strict=True)
            if not (results / file).exists()
        ]
        if not all((results / file).exists() for file in files):
            lines.append(Line(title, QUANTITY, "above JPEG and JPEG 2000", None, 0, Verdict.MISSING))
            continue
        evaluations = [load_evaluation(results / file) for file in files]
        lines += _lines(title, evaluations)
        origins += [_origin(file, one, results) for file, one in zip(files, evaluations, strict=True)]
        figures |= {f"{name}_{metric}": partial(_figure, title, evaluations, metric) for metric in METRICS}
    caption = "SHVQ (Agustsson et al. 2017), figure 1: image compression"
    comparison = Comparison("shvq-fig1", caption, tuple(lines), RULES, DIFFERED, tuple(origins))
    return Reproduction((comparison,), tuple(missing), figures)


def collect(runs: Sequence[FinishedRun], results: Path) -> int:
    """Models and classical codecs of all runs that were evaluated on pictures, but those of the ablations."""
    own = [run for run in runs if run.schema == SCHEMA and not is_ablation(run)]
    for kind in ("classical", "models"):
        for name, evaluation in merged(own, classical=kind == "classical").items():
            save_evaluation(results / f"{name}_{kind}.json", evaluation)
    return len(own)


def _origin(file: str, evaluation: Evaluation, results: Path) -> Origin:
    paths = [results / KEPT / f"{codec.codec}.json" for codec in evaluation.codecs]
    records = [load(path, TrainingRecord) for path in paths if path.exists()]
    return origin(file, (*(own for record in records for own in environments(record)), evaluation.environment))


def _lines(title: str, evaluations: Sequence[Evaluation]) -> Iterator[Line]:
    """Each family of models against each rival."""
    found = {curve.name: in_decibels(curve) for curve in curves(evaluations, "ms_ssim")}
    for family in _ours(evaluations):
        own = found.get(family)
        for rival, (words, least) in RIVALS.items():
            subject = f"{title}: {family} against {label(rival)}"
            pair = (_low_rates(own), _low_rates(found.get(rival)))
            yield from advantage_lines(subject, words, QUANTITY, pair, least)


def _low_rates(curve: RDCurve | None) -> RDCurve | None:
    return None if curve is None else up_to(curve, HIGHEST)


def _ours(evaluations: Sequence[Evaluation]) -> list[str]:
    families = dict.fromkeys(codec.family for evaluation in evaluations for codec in evaluation.codecs)
    return [family for family in families if family not in FAMILY_LABELS]


def _figure(title: str, evaluations: Sequence[Evaluation], metric: Metric) -> "Figure":
    return rd_figure(curves(evaluations, metric), metric, ours=_ours(evaluations), title=f"{title}, file bytes")


def _commands(name: str) -> dict[str, str]:
    """By what they measure."""
    evaluate = f"compressible evaluate data/{name} --dataset {name} -o {{results}}/{name}"
    return {
        "classical": f"{evaluate}_classical.json -c jpeg444 -c jpeg420 -c jpeg2000 -c webp -c avif -c hevc",
        "models": f"{evaluate}_models.json -m msssim-1 -m msssim-2 -m msssim-3 -m mse-1",
    }


TARGET = Target("shvq-fig1", "SHVQ, figure 1: image compression on each data set", (), read, collect)
