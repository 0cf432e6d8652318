"""What the symbols of a training epoch look like: entropy, perplexity and the share of symbols in use."""

from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor

from compressible.rates import count_symbols
from compressible.tasks import ImageCompression


class CodebookUsage(pl.Callback):
    """Counts symbols between two validations and logs, for each bottleneck, per-group and mean figures.

    Counted over many batches and then reset: the perplexity of one small batch is bounded by its size.
    """

    def __init__(self) -> None:
        self._counts: dict[int, Tensor] = {}

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Add the batch's symbols."""
        assert isinstance(pl_module, ImageCompression)
        for i, quantized in enumerate(outputs["quantized"]):
            if pl_module.model.bottlenecks[i].bypass:
                continue
            counts = count_symbols(quantized.symbols, max(quantized.alphabet))
            self._counts[i] = self._counts[i] + counts if i in self._counts else counts

    def on_validation_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Log and start anew."""
        assert isinstance(pl_module, ImageCompression)
        for i, counts in self._counts.items():
            entropy = entropies(counts)
            alphabet = torch.tensor(pl_module.model.bottlenecks[i].quantizer.alphabet, device=counts.device)
            figures = {
                "entropy_bits": float(entropy.mean()),
                "perplexity": float(torch.exp2(entropy).mean()),
                "usage": float(((counts > 0).sum(1) / alphabet).mean()),
            }
            per_group = {f"entropy_bits/{group:03d}": float(value) for group, value in enumerate(entropy)}
            pl_module.log_dict({f"codebook_{i}/{key}": value for key, value in (figures | per_group).items()})
        self._counts = {}


def entropies(counts: Tensor) -> Tensor:
    """Entropy of each row of counts (groups, symbols), in bits."""
    p = counts.double() / counts.sum(1, keepdim=True).clamp(min=1)
    return -(p * p.clamp(min=1e-300).log2()).sum(1)
