"""Learned image compression: minimise distortion + beta * bits per pixel over the stages of SHVQ.

    uint8 batch ─► model ─► x_hat ──────────► distortion ─┐
                     └────► quantized ─► symbol model ────┴─► loss

Agustsson et al. 2017, eq. (6), sections 3.2 and 4.
"""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, cast

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.utils.data import DataLoader

from compressible.annealing import Annealing
from compressible.instantiate import ConfigError
from compressible.models import ImageAutoencoder, Output
from compressible.quantizers.base import ForwardValue
from compressible.rates import Rate, SymbolCoder, SymbolModelFactory
from compressible.tasks.checkpoints import read_checkpoint
from compressible.tasks.distortion import Distortion
from compressible.tasks.learning_rate import WarmupCosine
from compressible.tasks.optimizers import OptimizerFactory, scheduled
from compressible.tasks.stages import Stage, Stages

FORWARD_VALUES: tuple[ForwardValue, ForwardValue] = ("soft", "hard")


class ImageCompression(pl.LightningModule):
    """Trains a compressing model and its symbol models.

    Args:
        model: the network with its bottlenecks.
        symbol_model: makes one symbol model for each bottleneck.
        distortion: what reconstruction costs.
        beta: weight of the rate, in units of distortion per bit per pixel. The paper's beta multiplies the sum of
            the channels' entropies m H(p), bits or nats per image; divide by pixels to compare.
        annealing: sigma over the joint stage.
        stages: lengths of the stages.
        optimizer: makes the optimizer.
        learning_rate: its course over the run, as a multiple of the optimizer's own.
        gap_every: steps between two measurements of the soft-to-hard gap (1 = the paper).
        initialisation_batches: batches whose features initialise centers, sigma and symbol model.
        channels_last: memory format of the network; with bfloat16 it halves the step time on CPUs.
    """

    initialised: Tensor

    def __init__(
        self,
        model: ImageAutoencoder,
        symbol_model: SymbolModelFactory,
        distortion: Distortion,
        beta: float,
        annealing: Annealing,
        stages: Stages,
        optimizer: OptimizerFactory,
        learning_rate: WarmupCosine,
        gap_every: int = 1,
        initialisation_batches: int = 4,
        channels_last: bool = False,
    ) -> None:
        super().__init__()
        self.model = model
        self.prices = tuple(symbol_model(bottleneck.quantizer.alphabet) for bottleneck in model.bottlenecks)
        self.symbol_models = nn.ModuleList(self.prices)
        self.distortion = distortion
        self.beta = beta
        self.annealing = annealing
        self.stages = stages
        self.make_optimizer = optimizer
        self.learning_rate = learning_rate
        self.gap_every = gap_every
        self.initialisation_batches = initialisation_batches
        self.memory_format = torch.channels_last if channels_last else torch.contiguous_format
        self.register_buffer("initialised", torch.tensor(False))
        self._gap: float | None = None

    @property
    def stage(self) -> Stage:
        """Stage of the current step."""
        return self.stages.at(self.global_step, self.trainer.max_steps)

    @property
    def sigma(self) -> float:
        """Hardness of the first bottleneck."""
        return self.model.bottlenecks[0].quantizer.hardness

    def to_model_input(self, batch: Tensor) -> Tensor:
        """uint8 images as float32 in 0..1."""
        return (batch.float() / 255).to(memory_format=self.memory_format)

    def on_fit_start(self) -> None:
        """Lay the weights out as configured."""
        self.model.to(memory_format=self.memory_format)  # pyright: ignore[reportCallIssue]

    def on_train_batch_start(self, batch: Tensor, batch_idx: int) -> None:
        """Bring network and quantizers into the state of this step's stage."""
        step, steps, stage = self.global_step, self.trainer.max_steps, self.stage
        if stage is not Stage.AUTOENCODER and not self.initialised:
            self._initialise(batch)
        for bottleneck in self.model.bottlenecks:
            bottleneck.bypass = stage is Stage.AUTOENCODER
            bottleneck.active_channels = self.stages.active_channels(step, steps, bottleneck.channels)
        if stage is Stage.JOINT:
            self._anneal(batch)
        elif stage is Stage.HARD:
            self._fix_symbols()

    def training_step(self, batch: Tensor, batch_idx: int) -> dict[str, Any]:
        """Loss of one batch of uint8 images (b, 3, h, w), with the model's output for callbacks."""
        x = self.to_model_input(batch)
        output = self.model(x)
        distortion = self.distortion(output.x_hat.float(), x)
        metrics = {"train/distortion": distortion.detach()}
        loss = distortion
        if self.stage is not Stage.AUTOENCODER:
            pixels = batch.shape[0] * batch.shape[2] * batch.shape[3]
            rates = self.rates(output)
            soft_bpp = torch.stack([rate.loss for rate in rates]).sum() / pixels
            hard_bpp = torch.cat([rate.bits for rate in rates]).sum() / pixels
            loss = distortion + self.beta * soft_bpp
            for quantized in output.quantized:
                if quantized.loss is not None:
                    loss = loss + quantized.loss
            metrics |= {
                "train/bpp_soft": soft_bpp.detach(),
                "train/bpp_estimated": hard_bpp,
                "train/sigma": self.sigma,
            }
        self.log_dict(metrics | {"train/loss": loss.detach()})
        return {"loss": loss, "quantized": output.quantized}

    def validation_step(self, batch: Tensor, batch_idx: int) -> dict[str, Tensor]:
        """Reconstruct held-out images through the hard symbols (or without quantization in the first stage)."""
        x = self.to_model_input(batch)
        x_hat = self.model(x).x_hat.float().clamp(0, 1)
        self.log("val/psnr", -10 * F.mse_loss(x_hat, x).log10(), batch_size=len(batch))
        return {"x": x, "x_hat": x_hat}

    def integer_coders(self) -> tuple[SymbolCoder, ...]:
        """The integer coder of each bottleneck, from the symbol models as they stand."""
        return tuple(price.coder() for price in self.prices)

    def rates(self, output: Output) -> list[Rate]:
        """Cost of each bottleneck's symbols."""
        return [price.rate(quantized) for price, quantized in zip(self.prices, output.quantized, strict=True)]

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """The optimizer, and its learning rate moved every step."""
        optimizer = self.make_optimizer(self.named_parameters())
        steps = int(self.trainer.max_steps)
        hard_start = self.stages.hard_start(steps)
        return scheduled(optimizer, lambda step: self.learning_rate(step, hard_start, steps - hard_start))

    @torch.no_grad()
    def measure_gap(self, batch: Tensor) -> float:
        """Hard minus soft reconstruction error, mean squared error on pixels in 0..1; that of the first process."""
        x = self.to_model_input(batch)
        with self._training_precision():
            soft, hard = (self._squared_error(x, value) for value in FORWARD_VALUES)
        # Rows of their own: a step's metrics would repeat the last measurement until the next one.
        measured = {"gap/soft_mse": soft, "gap/hard_mse": hard, "gap/gap": hard - soft, "gap/sigma": self.sigma}
        for logger in self.loggers:
            logger.log_metrics(measured, step=self.global_step)
        return self.trainer.strategy.broadcast(hard - soft)

    def _squared_error(self, x: Tensor, value: ForwardValue) -> float:
        """Reconstruction error with the soft or with the hard value in all bottlenecks."""
        quantizers = [bottleneck.quantizer for bottleneck in self.model.bottlenecks]
        before: list[ForwardValue] = [quantizer.forward_value for quantizer in quantizers]
        for quantizer in quantizers:
            quantizer.forward_value = value
        error = float(F.mse_loss(self.model(x).x_hat.float(), x))
        for quantizer, kept in zip(quantizers, before, strict=True):
            quantizer.forward_value = kept
        return error

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add what is neither parameter nor buffer, in plain containers."""
        checkpoint["annealing"] = self.annealing.state_dict()
        checkpoint["hardness"] = [bottleneck.quantizer.hardness for bottleneck in self.model.bottlenecks]
        checkpoint["gap"] = self._gap

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Inverse of ``on_save_checkpoint``."""
        self.annealing.load_state_dict(checkpoint["annealing"])
        for bottleneck, hardness in zip(self.model.bottlenecks, checkpoint["hardness"], strict=True):
            bottleneck.quantizer.hardness = hardness
        self._gap = checkpoint["gap"]

    def start_from(self, path: Path | None) -> None:
        """Start from another run's checkpoint, at another rate or with another quantizer say; None for random weights.

        A run that never left its first stage has only a network to give: quantizer and symbol model start afresh.

        Raises:
            ConfigError: if it is none, or its network is not this one.
        """
        if path is None:
            return
        checkpoint = read_checkpoint(path)
        try:
            state, first = checkpoint["state_dict"], checkpoint["annealing"]["sigma_0"]
            quantized = bool(state["initialised"])
        except KeyError as error:
            raise ConfigError(f"{path} is not the checkpoint of a run that compresses images") from error
        if not quantized:
            kept = {key: value for key, value in self.state_dict().items() if not _is_network(key)}
            state = {key: value for key, value in state.items() if _is_network(key)} | kept
        try:
            self.load_state_dict(state)
        except RuntimeError as error:
            message = f"{path} holds another network, quantizer or symbol model than the configuration"
            raise ConfigError(message) from error
        if quantized:
            self.set_hardness(first)

    def set_hardness(self, sigma: float) -> None:
        """Give all quantizers the same sigma."""
        for bottleneck in self.model.bottlenecks:
            bottleneck.quantizer.hardness = sigma

    def _anneal(self, batch: Tensor) -> None:
        steps = self.trainer.max_steps
        start = self.stages.joint_start(steps)
        if self.global_step == start:
            sigma = self.annealing.start(self.sigma, self.stages.hard_start(steps) - start)
        else:
            if (self.global_step - start) % self.gap_every == 0 or self._gap is None:
                self._gap = self.measure_gap(batch) if self.annealing.needs_gap else None
            sigma = self.annealing.step(self._gap)
        self.set_hardness(sigma)

    def _fix_symbols(self) -> None:
        """Train the decoder alone on the hard values it will be given in use."""
        for name, parameter in self.model.named_parameters():
            parameter.requires_grad_(not name.startswith(self.model.encoder_parameters))
        for bottleneck in self.model.bottlenecks:
            bottleneck.requires_grad_(False)
            bottleneck.eval()

    @torch.no_grad()
    def _initialise(self, batch: Tensor) -> None:
        """Centers and sigma_0 from features by minimal cluster energy; the symbol model from the symbols they give."""
        crops = cast(DataLoader[Tensor], self.trainer.train_dataloader).dataset
        ahead = range(1, self.initialisation_batches)
        later = (crops[min(self.global_step + i, self.trainer.max_steps - 1)].to(batch.device) for i in ahead)
        with self._training_precision():
            features = [self.model.features(self.to_model_input(images)) for images in (batch, *later)]
        for i, (bottleneck, price) in enumerate(zip(self.model.bottlenecks, self.prices, strict=True)):
            quantizer = bottleneck.quantizer
            vectors = torch.cat([bottleneck.partition.cut(levels[i]) for levels in features], dim=1).float()
            quantizer.initialise(vectors)
            # Each process drew other crops and so other centers; all go on with those of the first.
            state = (quantizer.state_dict(), quantizer.hardness)
            fitted, quantizer.hardness = self.trainer.strategy.broadcast(state)
            quantizer.load_state_dict(fitted)
            price.fill(quantizer.symbols(vectors), batches=len(features))
        self.initialised.fill_(True)

    def _training_precision(self) -> AbstractContextManager[None]:
        """What Lightning runs ``training_step`` in, but not the hooks around it."""
        return self.trainer.precision_plugin.train_step_context()


def _is_network(key: str) -> bool:
    return key.startswith("model.") and ".quantizer." not in key
