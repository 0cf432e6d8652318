"""Image classification, for networks that are then compressed: cross-entropy with smoothed labels."""

from pathlib import Path

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn

from compressible.data.labelled_images import LabelledImages
from compressible.instantiate import ConfigError
from compressible.tasks.checkpoints import read_network
from compressible.tasks.learning_rate import OneCycle, Steady
from compressible.tasks.optimizers import OptimizerFactory, scheduled


class Classification(pl.LightningModule):
    """Trains a classifier.

    Args:
        network: logits (b, classes) of images as the data module shows them, (b, c, h, w).
        optimizer: makes the optimizer.
        learning_rate: its course over the run, as a multiple of the optimizer's own.
        label_smoothing: share of each label that is spread evenly over all classes.
        channels_last: memory format of the network; with bfloat16 it halves the step time on CPUs.
    """

    def __init__(
        self,
        network: nn.Module,
        optimizer: OptimizerFactory,
        learning_rate: OneCycle | Steady,
        label_smoothing: float = 0.0,
        channels_last: bool = False,
    ) -> None:
        super().__init__()
        self.network = network
        self.make_optimizer = optimizer
        self.learning_rate = learning_rate
        self.label_smoothing = label_smoothing
        self.memory_format = torch.channels_last if channels_last else torch.contiguous_format

    def start_from(self, path: Path | None) -> None:
        """Start from the weights at ``path``, of another run or any state dict of the network; None for random ones.

        Raises:
            ConfigError: if ``path`` holds none, or those of another network.
        """
        if path is None:
            return
        try:
            self.network.load_state_dict(read_network(path))
        except RuntimeError as error:
            raise ConfigError(f"{path} holds another network than the configuration") from error

    def on_fit_start(self) -> None:
        """Lay the weights out as configured."""
        self.network.to(memory_format=self.memory_format)  # pyright: ignore[reportCallIssue]

    def forward(self, images: Tensor) -> Tensor:
        """Float32 logits of uint8 images."""
        return self.network(images.to(memory_format=self.memory_format)).float()

    def training_step(self, batch: LabelledImages, batch_idx: int) -> Tensor:
        """Loss of one batch."""
        loss = F.cross_entropy(self(batch.images), batch.labels, label_smoothing=self.label_smoothing)
        self.log("train/loss", loss.detach())
        return loss

    def validation_step(self, batch: LabelledImages, batch_idx: int) -> None:
        """Log accuracy and cross-entropy in nats (labels as they are), in float32 as the finished network is used."""
        with torch.autocast(self.device.type, enabled=False):
            logits = self(batch.images)
        self.log_dict(held_out_metrics(logits, batch.labels), batch_size=len(batch.labels))

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """The optimizer, and its learning rate moved every step."""
        optimizer = self.make_optimizer(self.named_parameters())
        steps = int(self.trainer.max_steps)
        return scheduled(optimizer, lambda step: self.learning_rate(step, steps))


def held_out_metrics(logits: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """Accuracy, and cross-entropy in nats, by the names under which they are logged."""
    return {
        "val/accuracy": (logits.argmax(1) == labels).float().mean(),
        "val/loss": F.cross_entropy(logits, labels),
    }
