"""Magnitude pruning of a trained classifier, more and more while it is trained on.

    share of weights that are zero:   s(t) = s_final (1 - (1 - t / T)^3)      over T steps, then fixed

Han et al. 2015, "Learning both weights and connections for efficient neural networks", prune and retrain in turns; the
course of the share is that of Zhu and Gupta 2017, "To prune, or not to prune". Kernels and matrices are pruned, all by
one threshold; biases and normalisations are not.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.core.optimizer import LightningOptimizer
from torch import Tensor, nn
from torch.optim import Optimizer

from compressible.clustering.pruning import magnitude_mask
from compressible.data.labelled_images import LabelledImages
from compressible.instantiate import ConfigError
from compressible.tasks.classification import Classification
from compressible.tasks.learning_rate import OneCycle
from compressible.tasks.optimizers import OptimizerFactory


class Pruning(Classification):
    """Trains a classifier on while its smallest weights become zero.

    Args:
        network: see ``Classification``.
        optimizer: see ``Classification``.
        learning_rate: see ``Classification``.
        ratio: share of the weights of kernels and matrices that are zero in the end.
        ramp: part of the run over which the share grows.
        every: steps between two prunings.
        label_smoothing: see ``Classification``.
        channels_last: see ``Classification``.

    Raises:
        ValueError: a share is outside 0..1, or ``every`` not positive.
    """

    def __init__(
        self,
        network: nn.Module,
        optimizer: OptimizerFactory,
        learning_rate: OneCycle,
        ratio: float = 0.8,
        ramp: float = 0.5,
        every: int = 50,
        label_smoothing: float = 0.0,
        channels_last: bool = False,
    ) -> None:
        super().__init__(network, optimizer, learning_rate, label_smoothing, channels_last)
        if not (0 <= ratio <= 1 and 0 <= ramp <= 1) or every < 1:
            raise ValueError(f"pruning needs shares in 0..1 and steps between, got {ratio}, {ramp} and {every}")
        self.ratio = ratio
        self.ramp = ramp
        self.every = every
        self._pruned: dict[str, Tensor] = {}

    def start_from(self, path: Path | None) -> None:
        """Prune the network at ``path``. Raises ``ConfigError`` if it holds none, or there is no path."""
        if path is None:
            raise ConfigError("what is pruned is a trained network: name its checkpoint, init_from=FILE")
        super().start_from(path)

    def on_fit_start(self) -> None:
        """Lay the weights out as configured; of a resumed run the zeros say what has been pruned."""
        super().on_fit_start()
        self._pruned = {name: weight.detach() == 0 for name, weight in self._prunable().items()}

    def on_train_batch_start(self, batch: LabelledImages, batch_idx: int) -> None:
        """Prune, if it is time to."""
        steps, step = int(self.trainer.max_steps), self.global_step
        # The last pruning comes before the last step at the latest.
        ramp = min(round(self.ramp * steps), steps - 1)
        if step == ramp or (step < ramp and step % self.every == 0):
            self._prune(pruned_share(self.ratio, step, ramp))

    def optimizer_step(
        self,
        epoch: int,
        batch_idx: int,
        optimizer: Optimizer | LightningOptimizer,
        optimizer_closure: Callable[[], Any] | None = None,
    ) -> None:
        """Step, and put the pruned weights back to zero before callbacks see them, as that of the checkpoint does."""
        super().optimizer_step(epoch, batch_idx, optimizer, optimizer_closure)
        self._set_to_zero()

    @torch.no_grad()
    def _prune(self, share: float) -> None:
        weights = self._prunable()
        everything = torch.cat([weight.detach().flatten() for weight in weights.values()])
        kept = torch.from_numpy(magnitude_mask(everything.cpu().numpy(), share)).to(everything.device)
        pieces = kept.logical_not().split([weight.numel() for weight in weights.values()])
        self._pruned = {
            name: piece.view(weight.shape) for (name, weight), piece in zip(weights.items(), pieces, strict=True)
        }
        self._set_to_zero()
        self.log("train/pruned", share)

    @torch.no_grad()
    def _set_to_zero(self) -> None:
        for name, weight in self._prunable().items():
            # Not a product, which would leave -0, whose bits are not all zero.
            weight.masked_fill_(self._pruned[name], 0.0)

    def _prunable(self) -> dict[str, nn.Parameter]:
        return {name: weight for name, weight in self.network.named_parameters() if weight.dim() > 1}


def pruned_share(final: float, step: int, steps: int) -> float:
    """s(t), see above: ``final`` from step ``steps`` on."""
    return final * (1 - (1 - min(step / steps, 1.0)) ** 3) if steps else final
