"""SHVQ, appendix A.3: vectors against scalars, and with against without the entropy loss.

Agustsson et al. 2017, section 4: "both vector quantization and entropy loss lead to higher compression rates at a given
reconstruction MSE". The appendix has curves and no numbers.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from compressible.reports.evaluation import SCHEMA, Evaluation, load_evaluation, save_evaluation
from compressible.reports.rd_plot import rd_figure
from compressible.reports.reproduction.advantages import advantage_lines, named
from compressible.reports.reproduction.comparison import Comparison, Origin
from compressible.reports.reproduction.finished_runs import FinishedRun
from compressible.reports.reproduction.merging import merged
from compressible.reports.reproduction.target import Part, Reproduction, Target, origin_of_models

FILE = "ablations.json"
KEPT = Path("training") / "ablations"
WITHOUT = "vector-without-entropy"
ROWS = ("vector", "scalar", WITHOUT)
CLAIMS = {"vectors against scalars": "scalar", "with the entropy loss against without": WITHOUT}
"""What "vector" is above, by what it claims."""
TRAIN = "python train.py experiment=shvq_ablation"
START = "init_from=outputs/ablation/pretraining/last.ckpt annealing.gain=200 task.stages.autoencoder=0"
RUNS = {
    "vector-1": "ablation=vector beta=0.1",
    "vector-2": "ablation=vector beta=0.02",
    "scalar-1": "ablation=scalar beta=0.1",
    "scalar-2": "ablation=scalar beta=0.02",
    WITHOUT: "ablation=no_entropy",
}
PRETRAINING = (
    f"{TRAIN} name=pretraining ablation=pretraining trainer.max_steps=1200 hydra.run.dir=outputs/ablation/pretraining"
)
RULES = ("The advantage must be more than 0 dB, where it is least and where it is largest over the common rates.",)
DIFFERED = (
    "One small network and one short pre-training for all, on far fewer photographs.",
    "Measured on Kodak, by whole files.",
    "No noise of seeds is known: one run each.",
)


def read(results: Path) -> Reproduction:
    """From the evaluation of all arms, if it is there."""
    path = results / FILE
    evaluation = load_evaluation(path) if path.exists() else None
    curves = () if evaluation is None else evaluation.curves("psnr")
    quantity = "PSNR at the same rate, dB"
    lines = [
        line
        for subject, rival in CLAIMS.items()
        for line in advantage_lines(
            subject, "above", quantity, (named(curves, "vector"), named(curves, rival)), least=0.0
        )
    ]
    caption = "SHVQ (Agustsson et al. 2017), appendix A.3: vectors and the entropy loss"
    origins = () if evaluation is None else (_origin(evaluation, results),)
    comparison = Comparison("shvq-ablations", caption, tuple(lines), RULES, DIFFERED, origins)
    figure = partial(rd_figure, curves, "psnr", title="Ablations on Kodak, file bytes")
    return Reproduction((comparison,), _missing(evaluation), {"ablations_psnr": figure} if curves else {})


def collect(runs: Sequence[FinishedRun], results: Path) -> int:
    """The evaluations of all arms as one. Raises ``ValueError`` if they are of several data sets."""
    own = [run for run in runs if is_ablation(run)]
    found = list(merged(own, classical=False).values())
    if len(found) > 1:
        raise ValueError("the ablations were evaluated on different pictures")
    for evaluation in found:
        save_evaluation(results / FILE, evaluation)
    return len(own)


def is_ablation(run: FinishedRun) -> bool:
    """Whether the run is an arm of the ablations that was evaluated."""
    return run.schema == SCHEMA and run.row in ROWS


def run_command(name: str) -> str:
    """Trains an arm, when the pre-training is done."""
    return f"{TRAIN} name={name} {RUNS[name]} {START} hydra.run.dir=outputs/ablation/{name}"


def _origin(evaluation: Evaluation, results: Path) -> Origin:
    models = [codec.details.get("hash", "") for codec in evaluation.codecs]
    return origin_of_models(FILE, results / KEPT, [(model, evaluation.environment) for model in models])


def _missing(evaluation: Evaluation | None) -> tuple[Part, ...]:
    there = {codec.codec for codec in evaluation.codecs} if evaluation else set()
    arms = tuple(Part(name, run_command(name)) for name in RUNS if name not in there)
    return (Part("pretraining", PRETRAINING), *arms) if arms else ()


TARGET = Target(
    "shvq-ablations",
    "SHVQ, appendix A.3: vectors against scalars, with and without the entropy loss",
    (),
    read,
    collect,
)
