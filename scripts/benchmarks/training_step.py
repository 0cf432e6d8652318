"""What Lightning adds to a training step, against a bare PyTorch loop that does the same.

    fit:  warm-up block │ pause: bare block │ block │ pause: bare block │ block │ ...
                        └ the bare loop starts from a copy of everything

The bare loop runs inside the fit, between two of its steps, with the same batches. Both do the same arithmetic, so
their networks agree at the end, and the record says how well.
"""

import copy
import os
import tempfile
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, cast

import pytorch_lightning as pl
import rich
import torch
from omegaconf import OmegaConf
from torch import Tensor
from torch.optim import Optimizer
from torch.utils.data import DataLoader

from benchmarks.configuration import compose_run
from benchmarks.measure import Summary, summarise
from compressible.data.bundled import write_pictures
from compressible.instantiate import instantiate
from compressible.tasks import ImageCompression

PICTURES = ("astronaut", "chelsea", "coffee", "rocket")
EXPERIMENT = ("experiment=shvq_kodak", "budget=cpu")
JOINT_STAGE_ONLY = ("task.stages.autoencoder=0", "task.stages.hard=0")
QUICK = (
    "distortion=mse",
    "data.crop=64",
    "data.batch_size=2",
    "model.channels=4",
    "model.widths=[8,12]",
    "model.blocks=[0,1]",
    "trainer.log_every_n_steps=1",
)
TARGET = 0.05


@dataclass(frozen=True)
class TrainingStep:
    """Time of a step in a real run, checkpoints and validation aside, and in a bare loop.

    Attributes:
        configuration: the run's overrides.
        batch: shape of a batch.
        steps_per_block: steps between two changes from one loop to the other.
        lightning_seconds: of a step, making the batch, logging and callbacks included.
        bare_seconds: of a step of the bare loop, making the batch included.
        overhead: (Lightning - bare) / bare, of each block and the one before it.
        target: what the median overhead should not exceed.
        weight_difference: largest difference between the two networks' weights at the end; 0 if both loops did the
            same to the last bit.
    """

    configuration: tuple[str, ...]
    batch: tuple[int, ...]
    steps_per_block: int
    lightning_seconds: Summary
    bare_seconds: Summary
    overhead: Summary
    target: float
    weight_difference: float


class BareLoop:
    """The joint stage of ``ImageCompression`` without Lightning, from where ``task`` stands.

    Args:
        task: the task in training, between two steps.
    """

    def __init__(self, task: ImageCompression) -> None:
        if task.annealing.needs_gap:
            raise ValueError("the bare loop measures no gap; choose an annealing that needs none")
        steps = int(task.trainer.max_steps)
        self.crops = cast(DataLoader[Tensor], task.trainer.train_dataloader).dataset
        self.autocast = task.trainer.precision == "bf16-mixed"
        self.beta, self.distortion, self.memory_format = task.beta, task.distortion, task.memory_format
        self.model, self.prices, self.annealing = copy.deepcopy((task.model, task.prices, task.annealing))
        self.optimizer: Optimizer = task.make_optimizer(self.model.named_parameters())
        self.optimizer.load_state_dict(copy.deepcopy(task.trainer.optimizers[0].state_dict()))
        hard_start = task.stages.hard_start(steps)
        self.scheduler = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer,
            lambda step: task.learning_rate(step, hard_start, steps - hard_start),
            last_epoch=task.global_step - 1,
        )

    def run(self, steps: Iterable[int]) -> None:
        """Train on the batches of ``steps``."""
        for step in steps:
            batch = self.crops[step]
            sigma = self.annealing.step()
            for bottleneck in self.model.bottlenecks:
                bottleneck.quantizer.hardness = sigma
            with torch.autocast("cpu", torch.bfloat16, enabled=self.autocast):
                loss = self._loss(batch)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.scheduler.step()

    def _loss(self, batch: Tensor) -> Tensor:
        x = (batch.float() / 255).to(memory_format=self.memory_format)
        output = self.model(x)
        rates = [price.rate(quantized) for price, quantized in zip(self.prices, output.quantized, strict=True)]
        pixels = batch.shape[0] * batch.shape[2] * batch.shape[3]
        bpp = torch.stack([rate.loss for rate in rates]).sum() / pixels
        return self.distortion(output.x_hat.float(), x) + self.beta * bpp


class Alternate(pl.Callback):
    """Times blocks of the fit's steps, and before each the same steps of a bare loop.

    The first block of the fit is its warm-up, the first timed pair the bare loop's; neither counts.

    Args:
        block: steps a block.
        rounds: pairs of blocks that count.
    """

    def __init__(self, block: int, rounds: int) -> None:
        self.block = block
        self.rounds = rounds
        self.steps = block * (rounds + 2) + 1
        self.batch: tuple[int, ...] = ()
        self.weight_difference = float("nan")
        self._lightning: list[float] = []
        self._bare: list[float] = []
        self._start = 0.0
        self._loop: BareLoop | None = None

    @property
    def lightning(self) -> list[float]:
        """Seconds a step of the fit, block by block."""
        return self._lightning[1:]

    @property
    def bare(self) -> list[float]:
        """Seconds a step of the bare loop, block by block."""
        return self._bare[1:]

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Tensor, batch_idx: int
    ) -> None:
        """Between two blocks of the fit: note the time of the one, run the bare loop, start the clock of the other."""
        now = perf_counter()
        step = trainer.global_step
        if step == 0 or step % self.block:
            return
        assert isinstance(pl_module, ImageCompression)
        if self._loop is None:
            self.batch = tuple(batch.shape)
            self._loop = BareLoop(pl_module)
        else:
            self._lightning.append((now - self._start) / self.block)
        if len(self._lightning) > self.rounds:
            self.weight_difference = largest_difference(pl_module.model, self._loop.model)
            return
        start = perf_counter()
        self._loop.run(range(step, step + self.block))
        self._start = perf_counter()
        self._bare.append((self._start - start) / self.block)


def benchmark(quick: bool) -> TrainingStep:
    """Run both loops in turns."""
    pair = Alternate(block=2, rounds=2) if quick else Alternate(block=10, rounds=12)
    overrides = (*EXPERIMENT, *JOINT_STAGE_ONLY, *(QUICK if quick else ()))
    with tempfile.TemporaryDirectory() as folder:
        fit(pair, configuration(overrides, Path(folder), pair.steps), Path(folder))
    overhead = [lightning / bare - 1 for lightning, bare in zip(pair.lightning, pair.bare, strict=True)]
    return TrainingStep(
        configuration=overrides,
        batch=pair.batch,
        steps_per_block=pair.block,
        lightning_seconds=summarise(pair.lightning),
        bare_seconds=summarise(pair.bare),
        overhead=summarise(overhead),
        target=TARGET,
        weight_difference=pair.weight_difference,
    )


def configuration(overrides: Iterable[str], folder: Path, steps: int) -> dict[str, Any]:
    """The run's plain configuration, on bundled photographs, without validation and checkpoints."""
    write_pictures(folder / "photographs", PICTURES)
    arguments = [
        *overrides,
        "data=image_folder",
        f"data.root={folder / 'photographs'}",
        f"paths.cache={folder / 'cache'}",
        f"logger.csv.save_dir={folder}",
        "~callbacks.checkpoint",
        "~callbacks.rd_point",
        f"callbacks.codebook_usage.folder={folder}",
        "~callbacks.reconstructions",
        f"trainer.max_steps={steps}",
        "+trainer.limit_val_batches=0",
        "+trainer.enable_checkpointing=false",
        "+trainer.enable_model_summary=false",
    ]
    return cast(dict[str, Any], OmegaConf.to_container(compose_run(arguments), resolve=True))


def fit(pair: Alternate, config: Mapping[str, Any], folder: Path) -> None:
    """Train as ``compressible.training`` does, with the progress bar drawn as for a terminal, but into nothing."""
    pl.seed_everything(config["seed"], workers=True, verbose=False)
    with Path(os.devnull).open("w") as nothing, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        progress = config["callbacks"]["progress"] | {"console_kwargs": {"file": nothing, "force_terminal": True}}
        callbacks = instantiate({**config["callbacks"], "progress": progress})
        trainer: pl.Trainer = instantiate({**config["trainer"], "_partial_": True})(
            callbacks=[*callbacks.values(), pair],
            logger=list(instantiate(config["logger"]).values()),
            default_root_dir=str(folder),
        )
        try:
            trainer.fit(instantiate(config["task"]), datamodule=instantiate(config["data"]))
        finally:
            rich.reconfigure()  # Lightning made its console everybody's


def largest_difference(one: torch.nn.Module, other: torch.nn.Module) -> float:
    """Largest absolute difference between the parameters of two networks of one kind."""
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return max(float((a.detach() - b.detach()).abs().max()) for a, b in pairs)
