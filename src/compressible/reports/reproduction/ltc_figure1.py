"""LTC, figure 1: vectors against scalars, and the effect of the soft cross-entropy.

Gregorová, Desaules & Kalousis 2021, section 4.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from compressible.reports.coded_images import CODED_IMAGES
from compressible.reports.ltc_claims import claims
from compressible.reports.ltc_figure import ltc_figure
from compressible.reports.ltc_points import MATCHED, SCALARS, VECTORS, Point
from compressible.reports.ltc_published import FEW_SCALARS, PUBLISHED, WIDE_VECTORS
from compressible.reports.ltc_table import Entry, checked, load_entries, points_of, read_entry
from compressible.reports.pooled_codecs import PooledCodecs
from compressible.reports.reproduction.comparison import Comparison, Line, Origin, Quantity, measured
from compressible.reports.reproduction.finished_runs import FinishedRun
from compressible.reports.reproduction.merging import replaced
from compressible.reports.reproduction.target import Part, Reproduction, Target, origin_of_models
from compressible.reports.schema import load, save
from compressible.reports.training_record import keep_record
from compressible.reports.verdict import Better, Verdict

FILE, CLASSICAL = "ltc.json", "ltc_classical.json"
KEPT = Path("training") / "ltc"
TRAIN = "python train.py experiment=ltc_cifar10 budget=cpu"
ROWS = {
    VECTORS: "ltc_vector",
    WIDE_VECTORS: "ltc_vector model.channels=16 name=ltc_vector_wide",
    SCALARS: "ltc_scalar_8x",
    FEW_SCALARS: "ltc_scalar",
    MATCHED[0]: "ltc_scalar_4x",
}
"""What trains the published forms."""
SHARE = 0.05
"""Of the published rate by which ours may be off, and of the published error by which ours may be above."""
RATE = Quantity("bits a pixel", ".4f", Better.NEITHER)
ERROR = Quantity("squared error x 1000", ".3f", Better.LOWER)
RULES = (f"A rate may be {SHARE:.0%} off the paper's, an error {SHARE:.0%} above: fewer bits alone are no success.",)
CLAIM_RULES = (
    "A claim is reproduced if it holds in our runs wherever it can be tested, and partly if in some places; what the "
    "published numbers say of it stands beside it.",
)
PUBLISHED_STEPS = 15 * 50_000 // 128
"""15 epochs of CIFAR-10 in batches of 128."""
DIFFERED = (
    "Rates are those of coded bytes; published ones are cross-entropies.",
    "Centers and q start from features of a few batches, the paper's centers from uniform noise and its q as uniform.",
    "Scalars at 2 and 4 times down-sampling are in the authors' logs, or ours, and not in the figure.",
)


def read(results: Path) -> Reproduction:
    """From the gathered runs, if they are there."""
    path = results / FILE
    entries = load_entries(path) if path.exists() else ()
    measurements = [(entry.result.model, entry.result.environment) for entry in entries]
    origins = (origin_of_models(FILE, results / KEPT, measurements),) if entries else ()
    plots = [
        _plot(name, caption, [point for point in PUBLISHED if (point.alpha > 0) == soft], entries, origins)
        for name, caption, soft in (
            ("ltc-left", "LTC (Gregorová et al. 2021), figure 1, left: vectors and scalars", False),
            ("ltc-right", "LTC (Gregorová et al. 2021), figure 1, right: the soft cross-entropy", True),
        )
    ]
    missing = [Part(_label(point), _command(point)) for point in PUBLISHED if not _of(entries, point)]
    figures = {"ltc": partial(_figure, entries, results / CLASSICAL)} if entries else {}
    return Reproduction((*plots, _claims(entries, origins)), tuple(missing), figures)


def collect(runs: Sequence[FinishedRun], results: Path) -> int:
    """All runs of the test set, in place of those of the same settings and seeds. Raises what ``checked`` does."""
    own = [run.folder for run in runs if run.schema == CODED_IMAGES and not run.held_out]
    entries = checked(tuple(map(read_entry, own)))
    if not entries:
        return 0
    path = results / FILE
    kept = load_entries(path) if path.exists() else ()
    save(path, checked(replaced(kept, entries, lambda entry: entry.label)))
    for run, entry in zip(own, entries, strict=True):
        keep_record(run, results / KEPT, entry.label)
    return len(entries)


def _plot(
    name: str, caption: str, points: Sequence[Point], entries: Sequence[Entry], origins: tuple[Origin, ...]
) -> Comparison:
    lines = [line for point in points for line in _lines(point, _of(entries, point))]
    return Comparison(name, caption, tuple(lines), RULES, _differed(entries), origins)


def _differed(entries: Sequence[Entry]) -> tuple[str, ...]:
    """What was done otherwise, how long our runs are and what they were measured on among it."""
    if not entries:
        return DIFFERED
    steps, images = entries[0].steps, entries[0].result.images
    shortened = (
        f"Ours are trained for {steps:,} steps, with budget=cpu of 32 images, the paper's for {PUBLISHED_STEPS:,} of "
        "128: orders are to be compared, not errors."
    )
    tested = f"Ours are measured on {images:,} test images, the paper's on 10,000."
    seeds = ("There is one seed of each.",) if len({entry.seed for entry in entries}) == 1 else ()
    return shortened, tested, *seeds, *DIFFERED


def _lines(point: Point, entries: Sequence[Entry]) -> tuple[Line, Line]:
    rate = measured([entry.result.coded_bpp for entry in entries])
    error = measured([1000 * entry.result.squared_error for entry in entries])
    published = 1000 * point.squared_error
    return (
        RATE.line(_label(point), point.bpp, rate, SHARE * point.bpp),
        ERROR.line(_label(point), published, error, SHARE * published),
    )


def _claims(entries: Sequence[Entry], origins: tuple[Origin, ...]) -> Comparison:
    lines = [
        Line(
            claim.text,
            "in all runs",
            f"{claim.published.verdict}: {claim.published.numbers}",
            claim.ours.numbers if claim.runs else None,
            claim.runs,
            claim.ours.verdict if claim.runs else Verdict.MISSING,
        )
        for claim in claims(entries)
    ]
    caption = "LTC (Gregorová et al. 2021): what figure 1 is to show"
    return Comparison("ltc-claims", caption, tuple(lines), CLAIM_RULES, _differed(entries), origins)


def _figure(entries: Sequence[Entry], classical: Path):
    curves = load(classical, PooledCodecs).curves() if classical.exists() else ()
    return ltc_figure(points_of(entries), curves)


def _of(entries: Sequence[Entry], point: Point) -> list[Entry]:
    return [entry for entry in entries if entry.setting == (point.form, point.centers, point.alpha)]


def _label(point: Point) -> str:
    soft = f", alpha = {point.alpha:g}" if point.alpha else ""
    return f"{point.form.label}, k = {point.centers}{soft}"


def _command(point: Point) -> str:
    return f"{TRAIN} row={ROWS[point.form]} quantizer.centers={point.centers} rate.soft_weight={point.alpha:g}"


TARGET = Target(
    "ltc",
    "LTC, figure 1: vectors against scalars, and the soft cross-entropy",
    tuple(f"compressible sweep {name} budget=cpu" for name in ("ltc_cifar10", "ltc_codebooks", "ltc_soft")),
    read,
    collect,
)
