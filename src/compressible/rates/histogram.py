"""A histogram over recent symbols: SHVQ's symbol model.

    hard symbols ──► counts of the last batches ──► p (floored, renormalised)
    soft histogram q ──► H(q, p) = -sum_j q_j log2 p_j   (eq. 8)   or   H(p, q) = -sum_j p_j log2 q_j

Agustsson et al. 2017, sections 3.2 ("Entropy estimation") and 4: "we maintain a histogram over 5,000 images, which we
update every 10 iterations with the images from the current batch".
"""

from typing import Literal, cast

import torch
from torch import Tensor, nn

from compressible.processes import sum_over_processes
from compressible.quantizers.base import Quantized
from compressible.rates.base import Rate, SymbolModel, count_symbols
from compressible.rates.static import StaticCoder


class Histogram(SymbolModel):
    """Prices symbols by their frequency in a window of batches.

    Where several processes train, a batch is what all of them see at one step, and their windows are the same. A state
    with a window of another length is taken over, so that prices stay as they are.

    Args:
        alphabet: number of symbols of each group.
        window: batches in the window (the paper's 5,000 images are 333 batches of 15). 1 for network weights, where
            the current values are all there is.
        every: the window takes in one training batch of this many.
        entropy: which soft entropy is minimised. H(q, p) is additive over a batch; H(p, q) bounds H(p) from above.
        floor: least probability, so that an unseen symbol has a finite price.
    """

    counts: Tensor
    total: Tensor
    seen: Tensor

    def __init__(
        self,
        alphabet: tuple[int, ...],
        window: int = 333,
        every: int = 10,
        entropy: Literal["H(q,p)", "H(p,q)"] = "H(q,p)",
        floor: float = 1e-5,
    ) -> None:
        super().__init__(alphabet)
        if window < 1 or every < 1:
            raise ValueError(f"window and every must be positive, got {window} and {every}")
        if entropy not in ("H(q,p)", "H(p,q)"):
            raise ValueError(f"entropy must be H(q,p) or H(p,q), got {entropy}")
        self.window = window
        self.every = every
        self.entropy = entropy
        self.floor = floor
        size = max(alphabet)
        self.register_buffer("counts", torch.zeros(window, len(alphabet), size, dtype=torch.int32))
        self.register_buffer("total", torch.zeros(len(alphabet), size, dtype=torch.int64))
        self.register_buffer("seen", torch.zeros((), dtype=torch.int64))
        valid = torch.arange(size)[None] < torch.tensor(alphabet)[:, None]
        self.register_buffer("valid", valid, persistent=False)
        self._steps_to_wait = 0
        self.register_load_state_dict_pre_hook(_take_over_window)

    def rate(self, quantized: Quantized) -> Rate:
        """Soft entropy of the batch as loss, cost of its hard symbols as bits."""
        counts = count_symbols(quantized.symbols, max(self.alphabet))
        if self.training:
            if self._steps_to_wait == 0:
                self._take_in(sum_over_processes(counts))
            self._steps_to_wait = (self._steps_to_wait + 1) % self.every
        p = self.probabilities()
        log_p = p.clamp(min=1e-30).log2()
        bits = -(counts * log_p).sum(1)
        q = quantized.soft_histogram
        if q is None:
            return Rate(loss=bits.sum(), bits=bits)
        symbols_per_group = quantized.symbols[0].numel()
        cross_entropy = q * log_p if self.entropy == "H(q,p)" else p * q.clamp(min=1e-30).log2()
        loss = -cross_entropy.sum()
        return Rate(loss=loss * symbols_per_group, bits=bits)

    def fill(self, symbols: Tensor, batches: int) -> None:
        """Start with a full window in which every slot is the mean of ``batches`` batches, symbols (groups, ...).

        In runs much shorter than the paper's an empty window would be noise for most of the time.
        """
        counts = sum_over_processes(count_symbols(symbols, max(self.alphabet))) // batches
        self.counts.copy_(counts.int().expand_as(self.counts))
        self.total.copy_(counts * self.window)
        self.seen.fill_(self.window)
        self._steps_to_wait = 0

    def probabilities(self) -> Tensor:
        """p, (groups, max alphabet), float32: rows sum to one; uniform before anything was seen."""
        valid = cast(Tensor, self.valid)
        counts = self.total.double()
        sums = counts.sum(1, keepdim=True)
        uniform = valid.double() / valid.sum(1, keepdim=True)
        p = torch.where(sums > 0, counts / sums.clamp(min=1), uniform)
        p = p.clamp(min=self.floor) * valid
        return (p / p.sum(1, keepdim=True)).float()

    def coder(self) -> StaticCoder:
        """Static coder with integer tables made from p."""
        return StaticCoder.from_pmf(self.probabilities().double().cpu().numpy(), self.alphabet)

    def get_extra_state(self) -> Tensor:
        """Batches until the window next takes one in."""
        return torch.tensor(self._steps_to_wait)

    def set_extra_state(self, state: Tensor) -> None:
        """Inverse of ``get_extra_state``."""
        self._steps_to_wait = int(state)

    def _take_in(self, counts: Tensor) -> None:
        slot = int(self.seen) % self.window
        self.total += counts - self.counts[slot]
        self.counts[slot] = counts.int()
        self.seen += 1


def resize_window(counts: Tensor, seen: int, window: int) -> Tensor:
    """Counts of the latest ``window`` batches, oldest first, repeated where fewer are known.

    Args:
        counts: ring buffer of another window, (slots, groups, symbols).
        seen: batches that it has taken in.
        window: number of slots wanted.
    """
    known = min(seen, len(counts))
    if known == 0:
        return counts.new_zeros(window, *counts.shape[1:])
    age = torch.arange(window - 1, -1, -1) % known
    return counts[(seen - 1 - age) % len(counts)]


def _take_over_window(module: nn.Module, state: dict[str, Tensor], prefix: str, *_: object) -> None:
    """Fit the counts in ``state``, which is about to be loaded, to the window of ``module``."""
    assert isinstance(module, Histogram)
    counts = state.get(f"{prefix}counts")
    if counts is None or len(counts) == module.window:
        return
    seen = int(state[f"{prefix}seen"])
    resized = resize_window(counts, seen, module.window)
    state[f"{prefix}counts"] = resized
    state[f"{prefix}total"] = resized.sum(0)
    state[f"{prefix}seen"] = torch.tensor(module.window if seen else 0)
