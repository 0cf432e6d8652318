"""A step of compression training, against one of plain training of the same network and one with hard weights.

    random network ──► file ─┬─► plain training ─────────────────────────────────────┐
                             └─► compression training, each form of codebooks:       ├─► a step of each, in turns
                                 joint stage begins, joint stage ends, hard stage ───┘

A step is loss, gradients and optimizer on a batch that is there; what Lightning, data and logging add is left out of
all. The sigma of the joint stage grows, and soft assignments cost the less the harder they are; hence its two ends.
"""

import tempfile
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf
from torch import Tensor

from benchmarks.configuration import compose_run
from benchmarks.measure import Summary, in_turns, ratios, summarise, summarise_all
from benchmarks.weight_forms import Network, random_state
from compressible.data.labelled_images import LabelledImages
from compressible.instantiate import instantiate
from compressible.tasks import Classification, WeightCompression
from compressible.weights.state import write_state

SIDE, CLASSES = 32, 10
SAME_RATE = "optimizer.lr=0.01"
"""No time depends on it, and with the labels drawn at random a larger one leads to no network."""
PLAIN = ("experiment=resnet32_cifar10", "budget=cpu", SAME_RATE)
COMPRESSION = ("experiment=shvq_resnet32", "budget=cpu", SAME_RATE)
CODEBOOKS = (
    ("model.codebooks=network", "quantizer.centers=75"),
    ("model.codebooks=tensor", "quantizer.centers=15"),
)
QUICK_PLAIN = ("scale=resnet32_cifar10_smoke",)
QUICK_COMPRESSION = ("scale=shvq_resnet32_smoke",)


@dataclass(frozen=True)
class Compression:
    """Steps of one form of compression training.

    Attributes:
        configuration: the run's overrides.
        codebooks: how many there are.
        seconds: of a step in each of ``STATES``.
        times_plain: each of them over a plain step, turn by turn.
        times_hard: those of the joint stage over a step of the hard one, turn by turn.
    """

    configuration: tuple[str, ...]
    codebooks: int
    seconds: Mapping[str, Summary]
    times_plain: Mapping[str, Summary]
    times_hard: Mapping[str, Summary]


@dataclass(frozen=True)
class CompressionStep:
    """All forms of compression training, and plain training.

    Attributes:
        batch: shape of the images.
        weights: of the network, all of which are quantized.
        plain_configuration: the overrides of the run that plain steps are of.
        plain_seconds: of a plain step.
        compressions: one entry for each form.
    """

    batch: tuple[int, ...]
    weights: int
    plain_configuration: tuple[str, ...]
    plain_seconds: Summary
    compressions: tuple[Compression, ...]


def soft(task: WeightCompression) -> None:
    """Where the joint stage begins."""
    task.hardness.start(1)


def hardened(task: WeightCompression) -> None:
    """Where the joint stage ends."""
    task.hardness.start(1)
    task.hardness.step()


def fixed(task: WeightCompression) -> None:
    """The hard stage."""
    task.model.fix_symbols(task.model.symbols())


STATES: Mapping[str, Callable[[WeightCompression], None]] = {
    "joint_begins": soft,
    "joint_ends": hardened,
    "hard": fixed,
}
"""What brings a task, whose quantizers have been fitted, to a point of a run."""


def benchmark(quick: bool) -> CompressionStep:
    """Run a step of each in turns."""
    torch.manual_seed(0)
    plain = PLAIN + (QUICK_PLAIN if quick else ())
    forms = [COMPRESSION + (QUICK_COMPRESSION if quick else ()) + codebooks for codebooks in CODEBOOKS]
    config = compose_run(plain)
    batch = noise(config.data.batch_size)
    with tempfile.TemporaryDirectory() as folder:
        origin = Path(folder) / "network.safetensors"
        network = Network("to compress", config.model.depth, config.model.width)
        origin.write_bytes(write_state(random_state(network), origin))
        classification: Classification = begin(config, origin)
        tasks = [{state: compression_in(state, form, origin) for state in STATES} for form in forms]
    steps = {"plain": step_of(classification, config, batch)}
    for form, states in zip(forms, tasks, strict=True):
        steps |= {key(form, state): step_of(task, config, batch) for state, task in states.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a task without a trainer has nowhere to log to
        samples = in_turns(steps, repetitions=2 if quick else 20, warm_up=1 if quick else 3)
    compressions = [compare(form, states, samples) for form, states in zip(forms, tasks, strict=True)]
    return CompressionStep(
        batch=tuple(batch.images.shape),
        weights=sum(parameter.numel() for parameter in classification.network.parameters()),
        plain_configuration=plain,
        plain_seconds=summarise(samples["plain"]),
        compressions=tuple(compressions),
    )


def noise(count: int) -> LabelledImages:
    """Images and labels of the shape and type of CIFAR-10's, drawn at random."""
    images = torch.randint(256, (count, 3, SIDE, SIDE), dtype=torch.uint8)
    return LabelledImages(images, torch.randint(CLASSES, (count,)))


def begin(config: DictConfig, origin: Path) -> Any:
    """The task of a run that starts from ``origin``, ready for its first step."""
    task = instantiate(OmegaConf.to_container(config.task, resolve=True))
    task.start_from(origin)
    task.on_fit_start()
    return task


def compression_in(state: str, form: tuple[str, ...], origin: Path) -> WeightCompression:
    """The task of a compression, brought to ``state``."""
    task: WeightCompression = begin(compose_run(form), origin)
    STATES[state](task)
    return task


def step_of(task: Classification | WeightCompression, config: DictConfig, batch: LabelledImages) -> Callable[[], None]:
    """A training step of ``task``, to be called again and again, in the precision of ``config``."""
    optimizer = task.make_optimizer(task.named_parameters())
    mixed = config.trainer.precision == "bf16-mixed"

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
            loss: Tensor = task.training_step(batch, 0)
        if not loss.isfinite():
            raise AssertionError("the network has diverged")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def compare(
    form: tuple[str, ...], states: Mapping[str, WeightCompression], samples: Mapping[str, list[float]]
) -> Compression:
    """The steps of one form among the ``samples`` of all."""
    own = {state: samples[key(form, state)] for state in states}
    return Compression(
        configuration=form,
        codebooks=len(states["hard"].model.all_quantizers()),
        seconds=summarise_all(own),
        times_plain=ratios({"plain": samples["plain"], **own}, "plain"),
        times_hard=ratios(own, "hard"),
    )


def key(form: tuple[str, ...], state: str) -> str:
    """What the samples of a form's steps in ``state`` go by."""
    return " ".join((*form, state))
