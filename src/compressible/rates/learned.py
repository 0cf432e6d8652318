"""A trained pmf q with a hard and a soft cross-entropy: LTC's symbol model.

    hard symbols ─────────► h = -sum_i log2 q(c_i)                ──► gradient to q alone
    soft histogram qhat ──► s = -n sum_j qhat_j log2 sg[q(j)]     ──► gradient to encoder and codebook alone
                            loss = h + soft_weight s                  (sg stops the gradient)

Gregorová, Desaules & Kalousis 2021, "Learned transform compression with optimized entropy encoding", section 3.
Training q on the symbols brings it to their distribution and does nothing to their entropy; s lowers that.

The paper minimises d + alpha s + beta h with h and s in nats a symbol, ours are the bits of all symbols, which a task
divides by pixels and multiplies by its beta:

    soft_weight = alpha / beta of the paper          task's beta = beta of the paper * ln 2 * pixels / symbols

The paper has beta = 1. As h trains q alone, its weight scales the step of q under plain gradient descent and is next to
nothing under Adam: what trades rate for distortion is the product of both, alpha.
"""

import math
from typing import cast

import torch
from torch import Tensor, nn

from compressible.processes import sum_over_processes
from compressible.quantizers.base import Quantized
from compressible.rates.base import Rate, SymbolModel, count_symbols
from compressible.rates.static import StaticCoder


class Learned(SymbolModel):
    """Prices symbols by a pmf that the task's optimizer trains; it starts uniform.

    A quantizer without a soft histogram has no s: then the loss trains q, and nothing lowers the entropy.

    Args:
        alphabet: number of symbols of each group.
        shared: one pmf for all groups (the paper), or one each. Groups that share one need equal alphabets.
        soft_weight: weight of the soft cross-entropy; that of the hard one is 1.
        speed: logits are this times the parameters. Adam moves a parameter by no more than its learning rate a step, so
            that over a short run q stays behind the symbols, and neither h nor s is what they cost; 1 is the paper.
    """

    def __init__(
        self, alphabet: tuple[int, ...], shared: bool = False, soft_weight: float = 1.0, speed: float = 1.0
    ) -> None:
        super().__init__(alphabet)
        if shared and len(set(alphabet)) > 1:
            raise ValueError(f"groups that share a pmf need equal alphabets, got {alphabet}")
        if soft_weight < 0:
            raise ValueError(f"soft_weight must not be negative, got {soft_weight}")
        if speed <= 0:
            raise ValueError(f"speed must be positive, got {speed}")
        self.shared = shared
        self.soft_weight = soft_weight
        self.speed = speed
        size = max(alphabet)
        self.logits = nn.Parameter(torch.zeros(1 if shared else len(alphabet), size))
        absent = torch.arange(size)[None] >= torch.tensor(alphabet)[:, None]
        self.register_buffer("absent", absent, persistent=False)

    def rate(self, quantized: Quantized) -> Rate:
        """Loss h + soft_weight s; bits are the h of each group."""
        prices = self._prices()
        hard = (count_symbols(quantized.symbols, max(self.alphabet)) * prices).sum(1)
        loss = hard.sum()
        if quantized.soft_histogram is not None:
            symbols_per_group = quantized.symbols[0].numel()
            soft = (quantized.soft_histogram * prices.detach()).sum() * symbols_per_group
            loss = loss + self.soft_weight * soft
        return Rate(loss=loss, bits=hard.detach())

    @torch.no_grad()
    def fill(self, symbols: Tensor, batches: int) -> None:
        """Start with the frequencies of ``symbols`` (groups, ...); of how many batches is nothing to a pmf.

        Half an occurrence is added to each (Krichevsky and Trofimov 1981), so that an unseen one has a finite price.
        """
        counts = sum_over_processes(count_symbols(symbols, max(self.alphabet)))
        if self.shared:
            counts = counts.sum(0, keepdim=True)
        occurrences = counts + 0.5
        self.logits.copy_((occurrences / occurrences.sum(1, keepdim=True)).log() / self.speed)

    def probabilities(self) -> Tensor:
        """Detached q, (groups, max alphabet), float32: rows sum to one."""
        return self._log_q().detach().exp()

    def coder(self) -> StaticCoder:
        """Static coder with integer tables made from q."""
        return StaticCoder.from_pmf(self.probabilities().double().cpu().numpy(), self.alphabet)

    def _prices(self) -> Tensor:
        """Bits of each symbol, (groups, max alphabet), zero past a group's alphabet."""
        return self._log_q().masked_fill(cast(Tensor, self.absent), 0.0) / -math.log(2)

    def _log_q(self) -> Tensor:
        """Natural logarithm of q, float32 whatever autocast says; minus infinity past a group's alphabet."""
        logits = (self.speed * self.logits).expand(len(self.alphabet), -1)
        return torch.log_softmax(logits.masked_fill(cast(Tensor, self.absent), -math.inf), 1, dtype=torch.float32)
