"""Curves of several evaluations side by side, provided that they measured the same pictures."""

from collections.abc import Sequence

from compressible.metrics.curves import RDCurve
from compressible.reports.evaluation import CodecResult, Evaluation, Metric

METRIC_LABELS: dict[Metric, str] = {"psnr": "PSNR in dB", "ssim": "SSIM", "ms_ssim": "MS-SSIM"}
FAMILY_LABELS = {
    "jpeg444": "JPEG 4:4:4",
    "jpeg420": "JPEG 4:2:0",
    "jpeg2000": "JPEG 2000",
    "webp": "WebP",
    "avif": "AVIF",
    "hevc": "HEVC (HEIF)",
}


def label(family: str) -> str:
    """Name of a family for readers; one that is not classical goes by its own."""
    return FAMILY_LABELS.get(family, family)


def results(evaluations: Sequence[Evaluation]) -> tuple[CodecResult, ...]:
    """All codecs of all evaluations.

    Raises:
        ValueError: if the evaluations are not of the same files, or two have a codec of one name.
    """
    if len({evaluation.dataset.sha256 for evaluation in evaluations}) != 1:
        sets = ", ".join(f"{e.dataset.name} ({e.dataset.items} files)" for e in evaluations) or "none"
        raise ValueError(f"only evaluations of the same pictures can be compared, got {sets}")
    together = tuple(result for evaluation in evaluations for result in evaluation.codecs)
    names = [(result.family, result.codec) for result in together]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"the codec '{twice[0][1]}' was evaluated twice")
    return together


def curves(evaluations: Sequence[Evaluation], metric: Metric) -> tuple[RDCurve, ...]:
    """One curve a family over all evaluations, in order of appearance. Raises ``ValueError`` as ``results`` does."""
    results(evaluations)
    joined: dict[str, RDCurve] = {}
    for evaluation in evaluations:
        for curve in evaluation.curves(metric):
            before = joined[curve.name].points if curve.name in joined else ()
            joined[curve.name] = RDCurve(curve.name, (*before, *curve.points))
    return tuple(joined.values())
