"""Soft-to-hard vector quantization: learned centers, an assignment that hardens as sigma grows.

    z ──► softmax(-sigma |z - c_j|^2) = phi ──► z_soft = sum_j phi_j c_j      (training; sigma is annealed)
      └─► argmin_j |z - c_j| = symbol ────────► z_hat = c_symbol              (evaluation, files)

Agustsson et al. 2017, "Soft-to-Hard Vector Quantization for End-to-End Learning Compressible Representations", eq. (7).
"""

import math
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from compressible.quantizers.banded_assignment import banded_soft_assign
from compressible.quantizers.base import ForwardValue, Quantized, Quantizer, straight_through
from compressible.quantizers.scalar_cells import nearest_scalar
from compressible.quantizers.seeding import sample_apart
from compressible.quantizers.soft_assignment import Distance, nearest, soft_assign

Seeding = Literal["sampled", "even"]
"""Where centers start: at sampled vectors, moved to the least cluster energy (section 3.2); or, scalars alone, at equal
distances from the least value to the largest, which is best under an entropy constraint (Gish and Pierce 1968) and
keeps centers for the few large values."""

_CANDIDATES = tuple(2.0 ** (exponent / 2) for exponent in range(-8, 25))
"""Of sigma, for data of variance 1."""


class SoftToHard(Quantizer):
    """Nearest of L learned centers, softly while training.

    Args:
        groups: number of groups of vectors (channels of a bottleneck, layers of a network).
        dimension: d, size of a vector.
        centers: L, number of centers.
        shared: one set of centers for all groups (the paper), or one set each.
        distance: squared (the paper) or plain Euclidean distance inside the softmax.
        forward_value: what a training step goes on with: the soft value (the paper), or the hard one with the
            gradient of the soft one (what later work settled on).
        sigma: hardness before any annealing or initialisation.
        seeding: where centers start.
    """

    def __init__(
        self,
        groups: int,
        dimension: int,
        centers: int,
        shared: bool = True,
        distance: Distance = "squared",
        forward_value: ForwardValue = "soft",
        sigma: float = 1.0,
        seeding: Seeding = "sampled",
    ) -> None:
        super().__init__(alphabet=(centers,) * groups)
        if centers < 1:
            raise ValueError(f"centers must be positive, got {centers}")
        if distance not in ("squared", "euclidean"):
            raise ValueError(f"distance must be squared or euclidean, got {distance}")
        if forward_value not in ("soft", "hard"):
            raise ValueError(f"forward_value must be soft or hard, got {forward_value}")
        if seeding not in get_args(Seeding) or (seeding == "even" and dimension != 1):
            raise ValueError(f"seeding must be sampled or, for scalars, even, got {seeding} for dimension {dimension}")
        self._soft_assign = banded_soft_assign if dimension == 1 else soft_assign
        self._nearest = nearest_scalar if dimension == 1 else nearest
        self.distance: Distance = distance
        self.forward_value = forward_value
        self.seeding: Seeding = seeding
        self.hardness = sigma
        self.centers = nn.Parameter(torch.randn(1 if shared else groups, centers, dimension))

    def forward(self, z: Tensor) -> Quantized:
        """Quantize ``z`` (groups, n, d); symbols are (groups, n)."""
        soft = self._soft_assign(z, self.centers, self.hardness, self.distance)
        hard = self.dequantize(soft.symbols)
        if not self.training:
            z_hat = hard
        elif self.forward_value == "soft":
            z_hat = soft.z_soft
        else:
            z_hat = straight_through(soft.z_soft, hard)
        return Quantized(
            z_hat=z_hat,
            symbols=soft.symbols,
            alphabet=self.alphabet,
            soft_histogram=soft.soft_histogram,
        )

    def symbols(self, z: Tensor) -> Tensor:
        """Index of the nearest center, (groups, n)."""
        return self._nearest(z, self.centers.detach())

    def dequantize(self, symbols: Tensor) -> Tensor:
        """Centers (groups, n, d). Raises ``ValueError`` on a symbol outside 0..L-1."""
        self.check_symbols(symbols)
        groups, size, dimension = len(self.alphabet), self.centers.shape[1], self.centers.shape[2]
        table = self.centers.reshape(-1, dimension)
        if self.centers.shape[0] > 1:
            symbols = symbols + torch.arange(groups, device=symbols.device)[:, None] * size
        return nn.functional.embedding(symbols, table)

    @torch.no_grad()
    def initialise(self, z: Tensor) -> None:
        """Place the centers as ``seeding`` says, and sigma_0 so that soft values are near the vectors.

        Args:
            z: sample vectors (groups, n, d).
        """
        shared = self.centers.shape[0] == 1
        pool = z.reshape(1, -1, z.shape[-1]) if shared else z
        size = self.centers.shape[1]
        if self.seeding == "even":
            self.centers.copy_(_spread(pool, size))
            self.hardness = faithful_hardness(pool, self.centers, self.distance)
        else:
            self.centers.copy_(_sample(pool, size))
            self.hardness = minimise_cluster_energy(pool, self.centers, self.distance)


def _spread(pool: Tensor, size: int) -> Tensor:
    """``size`` scalars of each group at equal distances, moved by less than half of one so that zero is among them.

    Most weights are nearly zero: two centers beside it would part what should be one frequent symbol. Where no value
    or every value is above zero, the ends stay at the least and the largest.
    """
    low, high = pool.amin(1, keepdim=True), pool.amax(1, keepdim=True)
    centers = low + (high - low) * torch.linspace(0, 1, size, device=pool.device)[:, None]
    nearest_to_zero = centers.gather(1, centers.abs().argmin(1, keepdim=True))
    return torch.where((low < 0) & (high > 0), centers - nearest_to_zero, centers)


def _sample(pool: Tensor, size: int) -> Tensor:
    """``size`` vectors of each group."""
    chosen = torch.stack([sample_apart(vectors, size) for vectors in pool])
    # Equal samples (a dead channel) would make equal centers that no gradient can part.
    return chosen + 1e-3 * pool.std() * torch.randn_like(chosen)


def minimise_cluster_energy(
    pool: Tensor, centers: Tensor, distance: Distance, steps: int = 200, batch: int = 2048
) -> float:
    """Move ``centers`` in place to lower sum |z - Q_soft(z)|^2 over ``pool``; returns sigma_0.

    sigma is not moved along with the centers: together they drift to wide centers under a flat softmax, which invert
    the soft assignment and leave the hard one useless. Centers move at a hardness where both nearly agree; sigma_0 is
    then the hardness with the least energy, from which soft and hard error have a gap for annealing to close.

    Args:
        pool: vectors (groups or 1, n, d).
        centers: (groups or 1, L, d), changed in place.
        distance: as in the quantizer.
        steps: SGD steps.
        batch: vectors of each group a step.
    """
    scale = pool.std().clamp(min=1e-6)
    c = (centers / scale).requires_grad_(True)
    optimizer = torch.optim.Adam([c], lr=0.02)
    sigma = 4 * _best_sigma(_draw(pool, batch) / scale, c.detach(), distance)
    for step in range(steps):
        z = _draw(pool, batch) / scale
        with torch.enable_grad():
            energy = _energy(z, c, sigma, distance)
            optimizer.zero_grad()
            energy.backward()
        optimizer.param_groups[0]["lr"] = 0.02 * (1 - step / steps)
        optimizer.step()
    centers.copy_(c.detach() * scale)
    sigma = _best_sigma(_draw(pool, batch) / scale, c.detach(), distance)
    return sigma / float(scale**2 if distance == "squared" else scale)


def faithful_hardness(pool: Tensor, centers: Tensor, distance: Distance, share: float = 0.01) -> float:
    """The largest sigma at which soft values are as good as the vectors themselves.

    Wide soft assignments to centers at equal distances give the vectors back, whatever the width, so the sigma of least
    energy says nothing: annealing would begin long before anything hardens.

    Args:
        pool: vectors (groups or 1, n, d).
        centers: (groups or 1, L, d).
        distance: as in the quantizer.
        share: of the energy of hard assignments, that soft ones may have.
    """
    scale = pool.std().clamp(min=1e-6)
    z, c = _draw(pool, 2048) / scale, centers / scale
    hard = _energy(z, c, math.inf, distance)
    faithful = [sigma for sigma in _CANDIDATES if _energy(z, c, sigma, distance) <= share * hard]
    sigma = max(faithful) if faithful else _best_sigma(z, c, distance)
    return sigma / float(scale**2 if distance == "squared" else scale)


def _energy(z: Tensor, centers: Tensor, sigma: float, distance: Distance) -> Tensor:
    return (z - soft_assign(z, centers, sigma, distance).z_soft).square().sum(-1).mean()


def _best_sigma(z: Tensor, centers: Tensor, distance: Distance) -> float:
    """The candidate at which ``centers`` have the least soft energy."""
    return min(_CANDIDATES, key=lambda sigma: float(_energy(z, centers, sigma, distance)))


def _draw(pool: Tensor, size: int) -> Tensor:
    return pool[:, torch.randint(pool.shape[1], (min(size, pool.shape[1]),))]
