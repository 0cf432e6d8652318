"""Image classification by several networks of one kind, trained at once from different seeds."""

import torch
import torch.nn.functional as F
from torch import Tensor

from compressible.data.labelled_images import LabelledImages
from compressible.models import Replicas
from compressible.tasks.classification import Classification, held_out_metrics
from compressible.tasks.learning_rate import OneCycle, Steady
from compressible.tasks.optimizers import OptimizerFactory


class ReplicatedClassification(Classification):
    """Trains replicas of a classifier, each on batches of its own (``LabelledFiles`` with as many ``replicas``).

    Args:
        network: the replicas; logits (replicas, b, classes) of images (replicas, b, ...).
        optimizer: makes the optimizer, which must treat every weight by itself.
        learning_rate: its course over the run, as a multiple of the optimizer's own.
        label_smoothing: share of each label that is spread evenly over all classes.
        channels_last: not possible, as the kernels of replicas have an axis more.
        sharpness: logits are multiplied by it in the loss. Those that a normalisation without scale leaves are too
            small to be sure of anything; which one is the largest does not depend on it.
    """

    def __init__(
        self,
        network: Replicas,
        optimizer: OptimizerFactory,
        learning_rate: OneCycle | Steady,
        label_smoothing: float = 0.0,
        channels_last: bool = False,
        sharpness: float = 1.0,
    ) -> None:
        if channels_last:
            raise ValueError("replicas are never laid out channels last; set task.channels_last=false")
        super().__init__(network, optimizer, learning_rate, label_smoothing)
        self.count = network.count
        self.sharpness = sharpness

    def forward(self, images: Tensor) -> Tensor:
        """Float32 logits (replicas, b, classes), as sharp as the loss has them."""
        return self.sharpness * super().forward(images)

    def training_step(self, batch: LabelledImages, batch_idx: int) -> Tensor:
        """Sum of the replicas' losses, so that each is trained as it would be alone."""
        logits, labels = self(batch.images).flatten(0, 1), batch.labels.flatten()
        loss = F.cross_entropy(logits, labels, label_smoothing=self.label_smoothing)
        self.log("train/loss", loss.detach())
        return loss * self.count

    def validation_step(self, batch: LabelledImages, batch_idx: int) -> None:
        """Log means over replicas, of the same images for each."""
        images = batch.images.expand(self.count, *batch.images.shape)
        with torch.autocast(self.device.type, enabled=False):
            logits = self(images)
        labels = batch.labels.repeat(self.count)
        self.log_dict(held_out_metrics(logits.flatten(0, 1), labels), batch_size=len(batch.labels))
