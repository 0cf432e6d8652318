"""What the symbols of a training epoch look like: entropies, perplexity and the share of symbols in use.

    hard symbols ─────► counts ──────────► entropy of p ─┬─► total, mean, min, max ──► loggers
    soft histograms ──► expected counts ─► entropy of q ─┘─► every channel ──► codebooks/step_<n>.json

p and q as in Agustsson et al. 2017, eq. (4) and section 3.2, each group of vectors (channel) by itself.
"""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor

from compressible.atomic import write_bytes_atomic
from compressible.quantizers import Quantized
from compressible.rates import count_symbols
from compressible.reports.codebook_records import CODEBOOKS, ChannelEntropies

LARGEST_ALPHABET = 1 << 16
"""Larger ones are not counted: the 32-bit patterns of unquantized values, the whole first stage among them."""


@dataclass(frozen=True)
class Tally:
    """Occurrences of symbols.

    Attributes:
        alphabet: number of symbols of each group.
        hard: how often each symbol occurred in each group, (groups, symbols).
        soft: the same with each vector shared among the symbols by its soft assignment; None where there is none.
    """

    alphabet: tuple[int, ...]
    hard: Tensor
    soft: Tensor | None

    @classmethod
    def of(cls, quantized: Quantized) -> "Tally":
        """Occurrences in one batch."""
        q = quantized.soft_histogram
        soft = None if q is None else q.detach() * quantized.symbols[0].numel()
        return cls(quantized.alphabet, count_symbols(quantized.symbols, max(quantized.alphabet)), soft)

    def __add__(self, other: "Tally") -> "Tally":
        """Both, where the other is: what comes from a checkpoint is on the CPU."""
        soft = None if self.soft is None or other.soft is None else self.soft.to(other.soft.device) + other.soft
        return Tally(self.alphabet, self.hard.to(other.hard.device) + other.hard, soft)


class CodebookUsage(pl.Callback):
    """Tallies symbols between two validations, and then logs a few figures and writes those of all channels.

    Tallied over many batches and then reset: the perplexity of one small batch is bounded by its size. The soft
    entropy is that of the mean assignment over all these batches, at whatever sigma each had. Checkpoints keep what is
    tallied so far.

    Args:
        folder: the run's folder.
    """

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder) / CODEBOOKS
        self._tallies: dict[int, Tally] = {}

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Clear what another run left in the folder, which would mix with a new one's."""
        every = trainer.val_check_batch
        if every and trainer.global_step % every == 0:
            # The checkpoint of such a step is written before its validation, which is not made up for.
            self._tallies = {}
        if trainer.is_global_zero and trainer.global_step == 0:
            for leftover in self.folder.glob("step_*.json"):
                leftover.unlink()

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Add the batch's symbols."""
        for i, quantized in enumerate(outputs["quantized"]):
            if max(quantized.alphabet) <= LARGEST_ALPHABET:
                tally = Tally.of(quantized)
                self._tallies[i] = self._tallies[i] + tally if i in self._tallies else tally

    def on_validation_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Log, write and start anew."""
        for i, tally in self._tallies.items():
            pl_module.log_dict({f"codebook_{i}/{key}": value for key, value in figures(tally).items()})
        if self._tallies and trainer.is_global_zero:
            self._write(trainer.global_step)
        self._tallies = {}

    def state_dict(self) -> dict[str, Any]:
        """What the checkpoint keeps."""
        return {"tallies": {i: asdict(tally) for i, tally in self._tallies.items()}}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Inverse of ``state_dict``."""
        self._tallies = {
            i: Tally(tally["alphabet"], tally["hard"], tally["soft"]) for i, tally in state_dict["tallies"].items()
        }

    def _write(self, step: int) -> None:
        channels = [asdict(channel_entropies(i, tally)) for i, tally in self._tallies.items()]
        self.folder.mkdir(parents=True, exist_ok=True)
        write_bytes_atomic(self.folder / f"step_{step:07d}.json", json.dumps(channels).encode())


def figures(tally: Tally) -> dict[str, float]:
    """What is logged of a bottleneck, by name; entropies in bits, the total over the groups and figures of theirs."""
    hard = entropies(tally.hard)
    used = (tally.hard > 0).sum(1).cpu() / torch.tensor(tally.alphabet)
    return {
        "perplexity": float(torch.exp2(hard).mean()),
        "usage": float(used.mean()),
        **_summary("hard_entropy_bits", hard),
        **({} if tally.soft is None else _summary("soft_entropy_bits", entropies(tally.soft))),
    }


def channel_entropies(bottleneck: int, tally: Tally) -> ChannelEntropies:
    """Every group's entropies, to six decimals."""
    soft = None if tally.soft is None else _rounded(entropies(tally.soft))
    return ChannelEntropies(bottleneck, _rounded(entropies(tally.hard)), soft)


def entropies(counts: Tensor) -> Tensor:
    """Entropy of each row of counts (groups, symbols), in bits, float64 on the CPU."""
    counts = counts.cpu().double()
    return torch.special.entr(counts / counts.sum(1, keepdim=True).clamp(min=1)).sum(1) / math.log(2)


def _rounded(values: Tensor) -> tuple[float, ...]:
    return tuple(round(value, 6) for value in values.tolist())


def _summary(name: str, entropy: Tensor) -> dict[str, float]:
    values = {"total": entropy.sum(), "mean": entropy.mean(), "min": entropy.min(), "max": entropy.max()}
    return {f"{name}/{key}": float(value) for key, value in values.items()}
