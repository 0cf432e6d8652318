"""Codebooks for the features of a trained network, which stays as it is.

    pictures ──► frozen network, once ──► feature maps in memory ──► batches ──► bottleneck, whose codes follow

Fostiropoulos & Boehm 2022, "Depthwise Quantization", section 5.1: quantization of a static prior.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import Tensor

from compressible.instantiate import ConfigError
from compressible.models.bottleneck import Bottleneck
from compressible.models.feature_extractor import FeatureExtractor
from compressible.partitions import Partition, Slices
from compressible.quantizers import QuantizerFactory
from compressible.tasks.checkpoints import read_network

_SEEDING = 512
"""Pictures whose vectors codes start at, at most."""


class FeatureQuantization(pl.LightningModule):
    """Fits a quantizer to feature maps; a pass through it in training mode is what teaches it.

    The maps of all fitted and watched pictures are held in memory: 4 c h w bytes each, 16 KiB for the last map of
    ResNet-32 (80 MiB for 5,000) and 98 KiB for that of VGG-16 (190 MiB for 2,000), for a moment twice.

    Args:
        extractor: the network.
        partition: how its maps are cut into vectors.
        quantizer: what is fitted to them; it learns without gradients.
        channels_last: memory format of the network.

    Attributes:
        errors: mean squared error of an entry in each step so far, before the codes moved.
    """

    initialised: Tensor

    def __init__(
        self,
        extractor: FeatureExtractor,
        partition: Partition,
        quantizer: QuantizerFactory,
        channels_last: bool = False,
    ) -> None:
        super().__init__()
        self.extractor = extractor
        self.bottleneck = Bottleneck(extractor.channels, partition, quantizer)
        if any(True for _ in self.bottleneck.parameters()):
            raise ValueError("codes must follow the vectors without an optimizer: quantizer.update=ema")
        self.memory_format = torch.channels_last if channels_last else torch.contiguous_format
        self.register_buffer("initialised", torch.tensor(False))
        self.errors: list[float] = []

    def start_from(self, path: Path | None) -> None:
        """Quantize features of the network at ``path``. Raises ``ConfigError`` as ``load_network`` does."""
        load_network(self.extractor, path)

    def on_fit_start(self) -> None:
        """Let the network look at the pictures; in a new run codes start at some of the vectors."""
        data = self.trainer.datamodule  # pyright: ignore[reportAttributeAccessIssue]
        self.extractor.to(memory_format=self.memory_format)  # pyright: ignore[reportCallIssue]
        self._fitted = self._feature_maps(data.fitting_pictures())
        self._watched = self._feature_maps(data.watched_pictures())
        check_runs(self.bottleneck.partition, self._fitted)
        if not self.initialised:
            sample = torch.randperm(len(self._fitted))[:_SEEDING]
            self.bottleneck.initialise(self._fitted[sample])
            self.initialised.fill_(True)

    def training_step(self, batch: Tensor, batch_idx: int) -> Tensor:
        """Error of the pictures of these numbers."""
        error = self._error(self._fitted[batch])
        self.errors.append(float(error))
        self.log("train/error", error)
        return error

    def backward(self, loss: Tensor, *args: Any, **kwargs: Any) -> None:
        """Nothing: there are no gradients."""

    def validation_step(self, batch: Tensor, batch_idx: int) -> None:
        """Log the error of the held-out pictures of these numbers."""
        self.log("val/error", self._error(self._watched[batch]), batch_size=len(batch))

    def configure_optimizers(self) -> None:
        """None."""

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add the errors."""
        checkpoint["errors"] = list(self.errors)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Inverse of ``on_save_checkpoint``."""
        self.errors = list(checkpoint["errors"])

    def _feature_maps(self, batches: Iterable[Tensor]) -> Tensor:
        images = (batch.to(self.device, memory_format=self.memory_format) for batch in batches)
        return torch.cat([self.extractor(batch).contiguous() for batch in images])

    def _error(self, maps: Tensor) -> Tensor:
        return F.mse_loss(self.bottleneck(maps)[0], maps)


def load_network(extractor: FeatureExtractor, path: Path | None) -> None:
    """Read the weights at ``path``, of a classification run or any state dict of the network.

    Raises:
        ConfigError: it holds none, or those of another network, or there is no path.
    """
    if path is None:
        raise ConfigError("what is quantized are features of a trained network: name its weights, init_from=FILE")
    try:
        extractor.load_weights(read_network(path))
    except RuntimeError as error:
        raise ConfigError(f"{path} holds another network than the configuration") from error


def check_runs(partition: Partition, maps: Tensor) -> None:
    """See that runs of positions are equally long: zeros that fill one up would count as features.

    Raises:
        ConfigError: they are not.
    """
    h, w = maps.shape[2:]
    if isinstance(partition, Slices) and partition.axis == "space" and h * w % partition.slices:
        raise ConfigError(f"{h} x {w} positions are not {partition.slices} runs of equal length: set partition.slices")
