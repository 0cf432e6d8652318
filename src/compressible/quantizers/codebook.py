"""A codebook that follows the vectors it stands for, and puts codes that nobody chooses where vectors are.

    n_j, s_j: vectors of a batch that chose code j, their number and sum, over all processes

    N_j ◄── decay N_j + (1 - decay) n_j                   S(N_j) = N (N_j + epsilon) / (N + K epsilon),  N = sum of N_j
    c_j ◄── (decay m_j + (1 - decay) s_j) / S(N_j)        m_j = c_j S(N_j) of before
    N_j < threshold: c_j ◄── a vector of the batch

van den Oord et al. 2017, "Neural Discrete Representation Learning", appendix A.1, with the Laplace smoothing S of its
authors' code. The moving sums m_j are not kept, for they follow from codes and counts. Kept, they would draw back what
an optimizer or a replacement has moved.
"""

from typing import Literal, get_args

import torch
from torch import Tensor, nn

from compressible.processes import of_first_process, sum_over_processes

Update = Literal["ema", "gradient", "both"]
"""What moves the codes: means of the vectors that chose them; an optimizer; or both, each going on from where the other
left the codes."""


class Codebook(nn.Module):
    """K codes of each group, (groups, K, d), standard normal to begin with.

    Where several processes train they learn from the vectors of all, and stay the same in each.

    Args:
        groups: number of groups.
        dimension: d, size of a code.
        size: K, number of codes.
        update: what moves the codes. They are parameters unless means alone do.
        decay: share of a moving count that a step keeps; at 0 a step is one of k-means.
        epsilon: of the Laplace smoothing. A code that nobody has chosen for so long that its count is below drifts to
            zero.
        revival_threshold: moving count, in vectors a batch, below which a code is replaced. 0 for never. Where a batch
            has not several times as many vectors for each code, good codes are replaced again and again.

    Attributes:
        codes: (groups, K, d).
        counts: N_j, moving counts of the vectors of a batch that choose each code, (groups, K).
        first_count: that of a new code, which so lives for log 2 / -log decay steps even if nobody chooses it.
    """

    codes: Tensor
    counts: Tensor

    def __init__(
        self,
        groups: int,
        dimension: int,
        size: int,
        update: Update,
        decay: float,
        epsilon: float,
        revival_threshold: float,
    ) -> None:
        super().__init__()
        if size < 1:
            raise ValueError(f"codes must be positive, got {size}")
        if update not in get_args(Update):
            raise ValueError(f"update must be one of {', '.join(get_args(Update))}, got {update}")
        if not 0 <= decay < 1:
            raise ValueError(f"decay must be at least 0 and below 1, got {decay}")
        if epsilon < 0 or revival_threshold < 0:
            raise ValueError(
                f"epsilon and revival_threshold must not be negative, got {epsilon} and {revival_threshold}"
            )
        self.update = update
        self.decay = decay
        self.epsilon = epsilon
        self.revival_threshold = revival_threshold
        self.first_count = 2 * revival_threshold or 1.0
        start = torch.randn(groups, size, dimension)
        if update == "ema":
            self.register_buffer("codes", start)
        else:
            self.codes = nn.Parameter(start)
        self.register_buffer("counts", torch.full((groups, size), self.first_count))

    @torch.no_grad()
    def place(self, codes: Tensor) -> None:
        """Start from ``codes``, of the shape of those there are."""
        self.codes.copy_(codes)
        self.counts.fill_(self.first_count)

    @torch.no_grad()
    def learn(self, z: Tensor, symbols: Tensor) -> None:
        """Take in one batch, wherever codes are.

        Args:
            z: vectors (groups, n, d). Those with entries that are not finite are left out, as the optimizer leaves out
                a step with such gradients: they would spoil a code for good.
            symbols: the code that each vector chose, (groups, n).
        """
        number, total = self._tally(z, symbols)
        counts = self.decay * self.counts + (1 - self.decay) * number
        if self.update != "gradient":
            sums = self.decay * self.codes * self._smoothed(self.counts) + (1 - self.decay) * total
            self.codes.copy_(torch.where(counts[..., None] > 0, sums / self._smoothed(counts), self.codes))
        self.counts.copy_(counts)
        if self.revival_threshold > 0:
            self._revive(z)

    def _tally(self, z: Tensor, symbols: Tensor) -> tuple[Tensor, Tensor]:
        """Number and sum of the vectors that chose each code, (groups, K) and (groups, K, d)."""
        groups, size, dimension = self.codes.shape
        places = symbols + torch.arange(groups, device=symbols.device)[:, None] * size
        # Vectors that are left out go to one code more, which is then dropped. NaN is below nothing.
        finite = z.abs().amax(-1) < torch.inf
        places = places.where(finite, groups * size).flatten()
        number = places.bincount(minlength=groups * size + 1)
        vectors = z.float().flatten(0, 1)
        total = vectors.new_zeros(len(number), dimension).index_add_(0, places, vectors)
        sums = torch.cat([number[:, None], total], 1)[:-1]
        sums = sum_over_processes(sums).view(groups, size, dimension + 1)
        return sums[..., 0], sums[..., 1:]

    def _smoothed(self, counts: Tensor) -> Tensor:
        """S of counts (groups, K), (groups, K, 1)."""
        total = counts.sum(1, keepdim=True)
        return ((counts + self.epsilon) / (total + counts.shape[1] * self.epsilon) * total)[..., None]

    def _revive(self, z: Tensor) -> None:
        # Drawn and sent even if no code needs it: processes that wait for one another must not have to agree on it.
        drawn = of_first_process(self._draw(z))
        unused = self.counts < self.revival_threshold
        self.codes.copy_(torch.where(unused[..., None], drawn, self.codes))
        self.counts.masked_fill_(unused, self.first_count)

    def _draw(self, z: Tensor) -> Tensor:
        """K vectors of each group of the batch, each one once where there are enough; codes where there are none."""
        n, size = z.shape[1], self.codes.shape[1]
        if n == 0:
            return self.codes
        order = torch.randperm(n, device=z.device)[torch.arange(size, device=z.device) % n]
        drawn = z[:, order].float()
        return drawn.where(drawn.isfinite().all(-1, keepdim=True), self.codes)
