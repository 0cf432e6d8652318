"""Write every table and figure of README and docs from the JSON files under results/.

    python scripts/write_results.py            tables and figures, those of scripts/reproduce.py among them
    python scripts/write_results.py --kodak data/kodak      also the crop beside JPEG at equal bytes

A table stands between `<!-- table NAME -->` and `<!-- end -->`; what is between is replaced. Nobody types numbers.
"""

import argparse
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmark import Report
from benchmarks.binary_net import times_table
from benchmarks.codebook import cost_table, growth_table
from benchmarks.cold_start import start_table
from benchmarks.context_coder import speeds_table
from compressible.codecs.jpeg import Jpeg
from compressible.codecs.jpeg2000 import Jpeg2000
from compressible.codecs.zoo import find, shipped
from compressible.codecs.zoo import load as load_model
from compressible.images import read_image
from compressible.reports.autoencoding_levels import levels_table
from compressible.reports.autoencoding_rivals import rivals_sentence, rivals_table
from compressible.reports.autoencoding_table import Entry as Autoencoder
from compressible.reports.autoencoding_table import autoencoding_table
from compressible.reports.binary_net_codes import CodeMaker, code_maker_table, encoder_sentence, minutes_sentence
from compressible.reports.binary_net_entries import Entry as BinaryNets
from compressible.reports.binary_net_table import accuracy_table, controls_sentence, goal_sentence
from compressible.reports.binary_net_table import sizes_table as binary_net_sizes
from compressible.reports.context_savings import ContextSavings, savings_sentence, savings_table
from compressible.reports.equal_bytes import closest, code, crop_figure
from compressible.reports.evaluation import Evaluation, load_evaluation
from compressible.reports.ltc_table import Entry as LearnedSymbolModel
from compressible.reports.ltc_table import runs_table
from compressible.reports.markers import fill, marked
from compressible.reports.model_sizes import ModelSizes, sizes_sentence, sizes_table
from compressible.reports.network_choices import Choice, choices_table
from compressible.reports.network_table import load_entries
from compressible.reports.network_table import table as table1
from compressible.reports.one_shot_table import OneShotAccuracy, one_shot_table
from compressible.reports.rd_plot import write_figure
from compressible.reports.reproduction.catalogue import TARGETS
from compressible.reports.reproduction.writing import Places, pages_of, write_targets
from compressible.reports.schema import load
from compressible.reports.static_prior_table import Entry as StaticPrior
from compressible.reports.static_prior_table import features_sentence
from compressible.reports.static_prior_table import table as static_prior_table
from compressible.reports.sweep_trial import SweepTrial, trial_sentence, trial_table
from compressible.reports.tables import bd_rate_table, markdown, same_rate_table, settings_table
from compressible.reports.training_record import TrainingRecord

TOP = Path(__file__).resolve().parents[1]
RESULTS = TOP / "results"
IMAGES = TOP / "docs" / "images"
PAGES = (
    TOP / "README.md",
    *(
        TOP / "docs" / name
        for name in (
            "results.md",
            "models.md",
            "lossy_standards.md",
            "ltc.md",
            "compressed_learning.md",
            "autoencoders.md",
            "sweeps.md",
            "architecture.md",
        )
    ),
)
FAMILY = "msssim"
Result = TypeVar("Result")


@dataclass(frozen=True)
class Crop:
    """What the crop figure shows: picture, model, and top, left, height and width of the piece."""

    picture: str = "kodim23"
    model: str = "msssim-2"
    box: tuple[int, int, int, int] = (60, 330, 220, 300)


CROP = Crop()


def kodak() -> list[Evaluation]:
    """Classical codecs and shipped models on Kodak."""
    return [load_evaluation(RESULTS / name) for name in ("kodak_classical.json", "kodak_models.json")]


def beside_classical(family: str) -> list[Evaluation]:
    """Classical codecs, and of the shipped models one family."""
    classical, ours = kodak()
    return [classical, dataclasses.replace(ours, codecs=tuple(c for c in ours.codecs if c.family == family))]


def kodak_entropy() -> str:
    """How the files of the shipped models were coded; those measured before there was a choice with static tables."""
    ways = sorted({codec.details.get("entropy", "static") for codec in kodak()[1].codecs})
    return f"Files of our models are those of `--entropy {' and '.join(ways)}`."


def context_savings() -> ContextSavings:
    """What contexts save against static tables."""
    return load(RESULTS / "context_savings.json", ContextSavings)


def ablations() -> Evaluation:
    """The small models of the ablations on Kodak."""
    return load_evaluation(RESULTS / "ablations.json")


def models() -> str:
    """One row a shipped model."""
    records = {d.name: load(RESULTS / "training" / f"{d.name}.json", TrainingRecord) for d in shipped()}
    shipped_as = {record.name: f"`{name}`" for name, record in records.items()}
    rows: list[tuple[str, ...]] = []
    for description in shipped():
        record, card = records[description.name], description.card
        minutes = "n/a" if record.wall_seconds is None else f"{record.wall_seconds / 60:.0f}"
        start = "scratch" if record.started_from is None else shipped_as[run_of(Path(record.started_from))]
        rows.append(
            (
                f"`{description.name}`",
                f"{card.distortion}, beta {card.beta:g}",
                f"{record.steps} from {start}",
                minutes,
                f"{find(description.name).stat().st_size / 1e6:.1f} MB",
                f"{card.training_data} ({card.licence})",
            )
        )
    columns = ("model", "minimises", "steps", "minutes on 2 cores, pauses included", "size", "training data")
    return markdown(columns, rows)


def model_sizes() -> ModelSizes:
    """What storing the shipped models as weight files saves."""
    return load(RESULTS / "model_sizes.json", ModelSizes)


def run_of(checkpoint: Path) -> str:
    """Name of the run that left a checkpoint: ``last.ckpt`` in its folder, or a copy under its name."""
    return checkpoint.parent.name if checkpoint.stem == "last" else checkpoint.stem


def measured(name: str, kind: type[Result], render: Callable[[Result], str]) -> str:
    """A table of results of one kind that were gathered in one file; nothing before they were."""
    path = RESULTS / f"{name}.json"
    return render(load(path, kind)) if path.exists() else ""


def benchmarked(name: str, part: Callable[[Report], Result | None], render: Callable[[Result], str]) -> str:
    """A table of one benchmark; nothing before it was measured."""

    def rendered(report: Report) -> str:
        found = part(report)
        return "" if found is None else render(found)

    return measured(f"benchmark_{name}", Report, rendered)


def minutes_of_binary_nets(maker: CodeMaker) -> str:
    """Of all runs; those of the networks are gathered with the VQ-VAE's."""
    return minutes_sentence(maker, load(RESULTS / "bnn_mnist.json", tuple[BinaryNets, ...]))


TABLES: dict[str, Callable[[], str]] = {
    "models": models,
    "model_sizes": lambda: sizes_table(model_sizes()),
    "model_sizes_sentence": lambda: sizes_sentence(model_sizes()),
    "kodak_ms_ssim": lambda: same_rate_table(beside_classical(FAMILY), FAMILY, "ms_ssim"),
    "kodak_psnr": lambda: same_rate_table(beside_classical("mse"), "mse", "psnr"),
    "kodak_bd_rate": lambda: bd_rate_table(beside_classical(FAMILY), FAMILY),
    "kodak_settings": lambda: settings_table(kodak()),
    "kodak_entropy": kodak_entropy,
    "context_savings": lambda: savings_table(context_savings().savings),
    "context_savings_sentence": lambda: savings_sentence(context_savings(), {d.name for d in shipped()}),
    "ablations": lambda: settings_table([ablations()]),
    "lossy_standards": lambda: settings_table([load_evaluation(RESULTS / "lossy_standards.json")]),
    "one_shot": lambda: measured("one_shot", OneShotAccuracy, one_shot_table),
    "network_choices": lambda: choices_table(load(RESULTS / "network_choices.json", tuple[Choice, ...])),
    "dqae": lambda: measured("dqae", tuple[Autoencoder, ...], autoencoding_table),
    "dqae_rivals": lambda: measured("dqae", tuple[Autoencoder, ...], rivals_table),
    "dqae_rivals_sentence": lambda: measured("dqae", tuple[Autoencoder, ...], rivals_sentence),
    "dqae_ablation": lambda: measured("dqae_ablation", tuple[Autoencoder, ...], autoencoding_table),
    "dqae_levels": lambda: measured("dqae_levels", tuple[Autoencoder, ...], levels_table),
    "context_speed": lambda: benchmarked("context", lambda report: report.context_coder, speeds_table),
    "codebook_cost": lambda: benchmarked("codebook", lambda report: report.codebook, cost_table),
    "codebook_growth": lambda: benchmarked("codebook", lambda report: report.codebook, growth_table),
    "cold_start": lambda: benchmarked("cold_start", lambda report: report.cold_start, start_table),
    "bnn_mnist": lambda: measured("bnn_mnist", tuple[BinaryNets, ...], accuracy_table),
    "bnn_mnist_goal": lambda: measured("bnn_mnist", tuple[BinaryNets, ...], goal_sentence),
    "bnn_mnist_controls": lambda: measured("bnn_mnist", tuple[BinaryNets, ...], controls_sentence),
    "bnn_mnist_minutes": lambda: measured("bnn_mnist_vqvae", CodeMaker, minutes_of_binary_nets),
    "bnn_mnist_vqvae": lambda: measured("bnn_mnist_vqvae", CodeMaker, code_maker_table),
    "bnn_mnist_encoder": lambda: measured("bnn_mnist_vqvae", CodeMaker, encoder_sentence),
    "bnn_mnist_times": lambda: benchmarked("binary_net", lambda report: report.binary_net, times_table),
    "bnn_mnist_sizes": lambda: measured("bnn_mnist", tuple[BinaryNets, ...], binary_net_sizes),
    "ltc": lambda: measured("ltc", tuple[LearnedSymbolModel, ...], runs_table),
    "table1": lambda: table1(load_entries(RESULTS / "table1.json")),
    "static_prior": lambda: measured("static_prior", tuple[StaticPrior, ...], static_prior_table),
    "static_prior_features": lambda: measured("static_prior", tuple[StaticPrior, ...], features_sentence),
    "sweep_trial": lambda: measured("sweep_trial", SweepTrial, trial_table),
    "sweep_trial_sentence": lambda: measured("sweep_trial", SweepTrial, trial_sentence),
}


def write_tables() -> None:
    """Replace each marked table in each page."""
    for page in PAGES:
        if not page.exists():
            continue
        text = page.read_text()
        page.write_text(fill(text, {name: TABLES[name]() for name in marked(text)}))


def write_crop(kodak_folder: Path) -> None:
    """A piece of one Kodak picture: ours, and JPEG and JPEG 2000 at no more bytes than ours."""
    image = read_image(kodak_folder / f"{CROP.picture}.png").pixels
    codec = load_model(CROP.model)
    ours = code(codec, image)
    rivals = [
        closest([Jpeg(quality, "4:2:0") for quality in range(1, 40)], image, ours.size),
        closest(
            [Jpeg2000(24 * image[..., 0].size / (8 * ours.size) * factor) for factor in (1.0, 1.02)], image, ours.size
        ),
    ]
    title = f"{CROP.picture}, files of equal size; of ours with --entropy {codec.details['entropy']}"
    write_figure(IMAGES / "crop", crop_figure(image, [ours, *rivals], CROP.box, title))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kodak", type=Path, help="folder of the Kodak pictures, for the crop")
    arguments = parser.parse_args()
    write_targets(TARGETS, Places(RESULTS, "results", IMAGES, pages_of(TOP / "docs")))
    if arguments.kodak is not None:
        write_crop(arguments.kodak)
    write_tables()


if __name__ == "__main__":
    main()
