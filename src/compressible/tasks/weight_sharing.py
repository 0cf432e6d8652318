"""Network compression by clustering: weights share values, which are then trained.

    weights, Hessian diagonal ──► clustering ──► symbols (fixed), centers ──► trained by the cross-entropy

Han et al. 2016, "Deep compression", on trained quantization: a center's gradient is the sum over the weights that share
it. Weights that are exactly zero, as pruning leaves them, share a center that stays zero.
"""

from typing import Literal, get_args

import numpy as np
import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn

from compressible.clustering import Clustering, cluster_kept, fisher_diagonal
from compressible.data.labelled_images import LabelledImages
from compressible.instantiate import ConfigError
from compressible.models.quantized_network import QuantizedNetwork
from compressible.quantizers import Quantizer, SoftToHard
from compressible.tasks.distillation import LABELS_ALONE, Distillation
from compressible.tasks.learning_rate import OneCycle
from compressible.tasks.optimizers import OptimizerFactory, scheduled
from compressible.tasks.quantized_classification import QuantizedClassification

Importance = Literal["equal", "fisher"]
"""How much a weight's error counts in clustering: as any other's, or as the Fisher information says."""

_BATCH = 128


class WeightSharing(QuantizedClassification):
    """Clusters the weights of a trained classifier once, and trains their shared values.

    Args:
        model: see ``QuantizedClassification``; its quantizers are ``SoftToHard``, whose centers are the shared values,
            and have at least as many centers as clusters are found.
        clustering: which weights share a value.
        optimizer: makes the optimizer of the centers.
        learning_rate: its course over the run, as a multiple of the optimizer's own.
        importance: how much a weight's error counts.
        samples: training images for the Fisher information; Choi et al. 2017 find a thousand enough.
        distillation: see ``QuantizedClassification``.
        channels_last: see ``QuantizedClassification``.
    """

    def __init__(
        self,
        model: QuantizedNetwork,
        clustering: Clustering,
        optimizer: OptimizerFactory,
        learning_rate: OneCycle,
        importance: Importance = "equal",
        samples: int = 1024,
        distillation: Distillation = LABELS_ALONE,
        channels_last: bool = False,
    ) -> None:
        super().__init__(model, optimizer, distillation, channels_last)
        if importance not in get_args(Importance):
            raise ValueError(f"importance must be one of {', '.join(get_args(Importance))}, got {importance}")
        self.clustering = clustering
        self.learning_rate = learning_rate
        self.importance: Importance = importance
        self.samples = samples

    def fit_quantizers(self) -> None:
        """Cluster each vector of weights; from now on every weight keeps its symbol."""
        self.model.fit_scales()
        symbols: list[Tensor] = []
        vectors = zip(self.model.all_quantizers(), self.model.vectors(), self._hessians(), strict=True)
        for quantizer, vector, hessian in vectors:
            weights = vector.detach().flatten().cpu().numpy()
            clusters = cluster_kept(self.clustering, weights, hessian)
            _set_centers(_centers(quantizer), clusters.centers)
            symbols.append(torch.from_numpy(clusters.symbols)[None])
        self.model.fix_symbols(symbols)

    def on_fit_start(self) -> None:
        """See ``QuantizedClassification``; in resumed runs too, a center that is zero gets no gradient."""
        super().on_fit_start()
        for quantizer in self.model.all_quantizers():
            centers = _centers(quantizer)
            moving = (centers.detach() != 0).to(centers.dtype)
            centers.register_hook(moving.mul)

    def training_step(self, batch: LabelledImages, batch_idx: int) -> Tensor:
        """Loss of one batch."""
        logits, _ = self.model(batch.images.to(memory_format=self.memory_format))
        loss = self.cross_entropy(logits.float(), batch)
        self.log("train/loss", loss.detach())
        return loss

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """The optimizer, and its learning rate moved every step."""
        optimizer = self.make_optimizer(self.named_parameters())
        steps = int(self.trainer.max_steps)
        return scheduled(optimizer, lambda step: self.learning_rate(step, steps))

    def _hessians(self) -> list[np.ndarray]:
        """The importance of each entry of each vector, in the unit of the scaled weights."""
        if self.importance == "equal":
            return [np.ones(size) for size in self.model.partition.sizes]
        images = self._training_images()
        network = self.model.network.eval()
        batches = zip(images.images.split(_BATCH), images.labels.split(_BATCH), strict=True)
        scales = self.model.scales()
        fisher = fisher_diagonal(network, batches, tuple(scales))
        network.train()
        # By the chain rule: the loss changes with w / s as with w, s times as fast.
        cut = self.model.partition.cut({name: value * scales[name] ** 2 for name, value in fisher.items()})
        return [vector.detach().flatten().cpu().numpy() for vector in cut]

    def _training_images(self) -> LabelledImages:
        data = self.trainer.datamodule  # pyright: ignore[reportAttributeAccessIssue]
        images, labels = data.training.take(torch.arange(min(self.samples, len(data.training.labels))))
        return LabelledImages(images.to(self.device), labels.to(self.device))


def _centers(quantizer: Quantizer) -> nn.Parameter:
    if not isinstance(quantizer, SoftToHard) or quantizer.centers.numel() != quantizer.alphabet[0]:
        raise ConfigError("weights share the centers of a scalar soft-to-hard quantizer: quantizer=soft_to_hard")
    return quantizer.centers


@torch.no_grad()
def _set_centers(parameter: nn.Parameter, centers: np.ndarray) -> None:
    """The first of them; what is left is never used."""
    if len(centers) > parameter.numel():
        raise ConfigError(f"there are {len(centers)} clusters and quantizer.centers={parameter.numel()}")
    parameter.zero_().view(-1)[: len(centers)] = torch.from_numpy(centers).to(parameter)
