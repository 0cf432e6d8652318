"""Autoencoding through discrete codes: VQ-VAE, DQ-AE and all that differ from them in the quantizer.

    uint8 images ─► model ─► parameters of a head ─► nats or squared error a dimension ───────────┐
                      └────► quantized ─┬─► the quantizers' own losses (commitment and the like) ─┼─► loss
                                        └─► symbol models ─► bits a dimension * beta ─────────────┘

van den Oord et al. 2017, "Neural Discrete Representation Learning", eq. (3); Fostiropoulos & Boehm 2022, "Depthwise
Quantization", section 4.2. A dimension is one of the c h w numbers of an image.
"""

from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn

from compressible.annealing import Annealing
from compressible.data.labelled_images import LabelledImages
from compressible.instantiate import ConfigError
from compressible.models import GenerativeAutoencoder, Output
from compressible.rates import SymbolModelFactory
from compressible.tasks.annealed_hardness import AnnealedHardness
from compressible.tasks.checkpoints import read_checkpoint
from compressible.tasks.learning_rate import OneCycle
from compressible.tasks.optimizers import OptimizerFactory, scheduled


class Autoencoding(pl.LightningModule):
    """Trains an autoencoder with bottlenecks.

    Args:
        model: parameters of its head, of images (b, c, h, w) in 0..1.
        symbol_model: makes one symbol model for each bottleneck.
        beta: weight of the rate, in units of the head's loss per bit per dimension; 0 for codes of a fixed rate.
        annealing: sigma over the run, in units of each quantizer's own sigma_0.
        optimizer: makes the optimizer.
        learning_rate: its course over the run, as a multiple of the optimizer's own.
        channels_last: memory format of the network; with bfloat16 it halves the step time on CPUs.
    """

    initialised: Tensor

    def __init__(
        self,
        model: GenerativeAutoencoder,
        symbol_model: SymbolModelFactory,
        beta: float,
        annealing: Annealing,
        optimizer: OptimizerFactory,
        learning_rate: OneCycle,
        channels_last: bool = False,
    ) -> None:
        super().__init__()
        self.model = model
        quantizers = [bottleneck.quantizer for bottleneck in model.bottlenecks]
        self.prices = tuple(symbol_model(quantizer.alphabet) for quantizer in quantizers)
        self.symbol_models = nn.ModuleList(self.prices)
        self.beta = beta
        self.hardness = AnnealedHardness(annealing, quantizers)
        self.make_optimizer = optimizer
        self.learning_rate = learning_rate
        self.memory_format = torch.channels_last if channels_last else torch.contiguous_format
        self.register_buffer("initialised", torch.tensor(False))

    def to_model_input(self, images: Tensor) -> Tensor:
        """uint8 images as float32 in 0..1."""
        return (images.float() / 255).to(memory_format=self.memory_format)

    def start_from(self, path: Path | None) -> None:
        """Start from another run's checkpoint, on images of another size say; None for random weights.

        Raises:
            ConfigError: if it is none, or its network is not this one.
        """
        if path is None:
            return
        checkpoint = read_checkpoint(path)
        try:
            self.load_state_dict(checkpoint["state_dict"])
            self.hardness.load_state_dict(checkpoint["hardness"])
        except (RuntimeError, KeyError) as error:
            raise ConfigError(f"{path} holds another network or quantizer than the configuration") from error

    def on_fit_start(self) -> None:
        """Lay the weights out as configured."""
        self.model.to(memory_format=self.memory_format)  # pyright: ignore[reportCallIssue]

    def on_train_batch_start(self, batch: LabelledImages, batch_idx: int) -> None:
        """Fit the quantizers to the first batch, and set their hardness."""
        if not self.initialised:
            self._initialise(batch.images)
        if self.global_step == 0:
            self.hardness.start(int(self.trainer.max_steps))
        else:
            self.hardness.step()

    def training_step(self, batch: LabelledImages, batch_idx: int) -> dict[str, Any]:
        """Loss of one batch, with what the quantizers made of it for callbacks."""
        output = self.model(self.to_model_input(batch.images))
        reconstruction = self._outside_autocast(output, batch.images)
        rates = [price.rate(quantized) for price, quantized in zip(self.prices, output.quantized, strict=True)]
        bits = torch.stack([rate.loss for rate in rates]).sum() / batch.images.numel()
        own = [quantized.loss for quantized in output.quantized if quantized.loss is not None]
        loss = reconstruction + self.beta * bits + (torch.stack(own).sum() if own else 0.0)
        self.log_dict(
            {
                "train/reconstruction": reconstruction.detach(),
                "train/bits_estimated": torch.cat([rate.bits for rate in rates]).sum() / batch.images.numel(),
                "train/loss": loss.detach(),
            }
        )
        return {"loss": loss, "quantized": output.quantized}

    def validation_step(self, batch: LabelledImages, batch_idx: int) -> None:
        """Log the head's loss on held-out images, and their rate in bits per dimension."""
        output = self.model(self.to_model_input(batch.images))
        rates = [price.rate(quantized) for price, quantized in zip(self.prices, output.quantized, strict=True)]
        bits = torch.cat([rate.bits for rate in rates]).sum() / batch.images.numel()
        metrics = {"val/reconstruction": self._outside_autocast(output, batch.images), "val/bits_estimated": bits}
        self.log_dict(metrics, batch_size=len(batch.images))

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """The optimizer, and its learning rate moved every step."""
        optimizer = self.make_optimizer(self.named_parameters())
        steps = int(self.trainer.max_steps)
        return scheduled(optimizer, lambda step: self.learning_rate(step, steps))

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add what is neither parameter nor buffer, in plain containers."""
        checkpoint["hardness"] = self.hardness.state_dict()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Inverse of ``on_save_checkpoint``."""
        self.hardness.load_state_dict(checkpoint["hardness"])

    def _outside_autocast(self, output: Output, images: Tensor) -> Tensor:
        with torch.autocast(self.device.type, enabled=False):
            return self.model.head.loss(output.x_hat.float(), images)

    @torch.no_grad()
    def _initialise(self, images: Tensor) -> None:
        """Codes and sigma_0 from what the untrained encoder makes of a batch, the symbol models from its symbols."""
        x = self.to_model_input(images)
        self.model.initialise(x)
        for bottleneck in self.model.bottlenecks:
            # Each process drew other images and so other codes; all go on with those of the first.
            state = (bottleneck.quantizer.state_dict(), bottleneck.quantizer.hardness)
            fitted, bottleneck.quantizer.hardness = self.trainer.strategy.broadcast(state)
            bottleneck.quantizer.load_state_dict(fitted)
        self.hardness.fit()
        for price, symbols in zip(self.prices, self.model.symbols(x), strict=True):
            price.fill(symbols, batches=1)
        self.initialised.fill_(True)
