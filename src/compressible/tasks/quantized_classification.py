"""What all tasks share that train a trained classifier on through its quantized weights."""

from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import Tensor

from compressible.data.labelled_images import LabelledImages
from compressible.functional import call_with
from compressible.instantiate import ConfigError
from compressible.models.quantized_network import QuantizedNetwork
from compressible.tasks.checkpoints import read_network
from compressible.tasks.classification import held_out_metrics
from compressible.tasks.distillation import Distillation
from compressible.tasks.optimizers import OptimizerFactory


class QuantizedClassification(pl.LightningModule):
    """A quantized classifier that learns from labels, from the network it was made of, or from both.

    Subclasses say in ``fit_quantizers`` how the quantizers begin, and own the loss and the optimizer's course.

    Args:
        model: the quantized network: logits (b, classes) of uint8 images (b, 3, h, w).
        optimizer: makes the optimizer of weights and centers.
        distillation: how much of the loss compares with the original network instead of with labels.
        channels_last: memory format of the network; with bfloat16 it halves the step time on CPUs.
    """

    initialised: Tensor

    def __init__(
        self, model: QuantizedNetwork, optimizer: OptimizerFactory, distillation: Distillation, channels_last: bool
    ) -> None:
        super().__init__()
        self.model = model
        self.make_optimizer = optimizer
        self.distillation = distillation
        self.memory_format = torch.channels_last if channels_last else torch.contiguous_format
        self.register_buffer("initialised", torch.tensor(False))
        self._original: dict[str, Tensor] = {}

    def fit_quantizers(self) -> None:
        """Fit the quantizers to the weights as they stand, at the beginning of a new run."""
        raise NotImplementedError

    def start_from(self, path: Path | None) -> None:
        """Compress the network at ``path``: what a classification run left, or any state dict of it.

        Raises:
            ConfigError: if it holds none, or another one, or there is no path.
        """
        if path is None:
            raise ConfigError("what is compressed is a trained network: name its checkpoint, init_from=FILE")
        try:
            self.model.network.load_state_dict(read_network(path))
        except RuntimeError as error:
            raise ConfigError(f"{path} holds another network than the configuration") from error

    def on_fit_start(self) -> None:
        """Lay the weights out as configured; a new run keeps the original and fits quantizers to it."""
        self.model.network.to(memory_format=self.memory_format)  # pyright: ignore[reportCallIssue]
        if not self.initialised:
            self._original = {key: value.detach().clone() for key, value in self.model.network.state_dict().items()}
            self.fit_quantizers()
            self.initialised.fill_(True)

    def validation_step(self, batch: LabelledImages, batch_idx: int) -> None:
        """Log accuracy and cross-entropy in nats with hard weights, in float32 as the finished network is used."""
        with torch.autocast(self.device.type, enabled=False):
            logits, _ = self.model(batch.images.to(memory_format=self.memory_format))
        self.log_dict(held_out_metrics(logits, batch.labels), batch_size=len(batch.labels))

    def cross_entropy(self, logits: Tensor, batch: LabelledImages) -> Tensor:
        """Nats an image, with labels and the original network's probabilities in their shares."""
        labels = F.cross_entropy(logits, batch.labels)
        return self.distillation.mix(labels, logits, self._teach(batch)) if self.distillation.share else labels

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add the original network."""
        checkpoint["original"] = self._original

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Inverse of ``on_save_checkpoint``."""
        self._original = checkpoint["original"]

    @torch.no_grad()
    def _teach(self, batch: LabelledImages) -> Tensor:
        """The original network's logits, (b, classes)."""
        network = self.model.network
        network.eval()
        logits = call_with(network, self._original, batch.images.to(memory_format=self.memory_format))
        network.train()
        return logits.float()
