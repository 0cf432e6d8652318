"""What the symbols of a network's weights look like, and how far the weights are from hard.

    weights ─┬─► symbols ─► counts of each center ─► H(p)
             └─► soft assignments phi ─► max_j phi_j, soft values against hard ones

Agustsson et al. 2017, eq. (4) and section 3.2.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from compressible.callbacks.codebook_usage import entropies
from compressible.models.quantized_network import QuantizedNetwork
from compressible.quantizers import SoftToHard
from compressible.quantizers.banded_assignment import banded_soft_assign, mean_largest_assignment
from compressible.rates import count_symbols
from compressible.reports.index_records import VectorHistogram


@torch.no_grad()
def histograms(model: QuantizedNetwork) -> tuple[VectorHistogram, ...]:
    """The hard symbols of each vector of weights, counted."""
    found = []
    for quantizer, symbols in zip(model.all_quantizers(), model.symbols(), strict=True):
        (size,) = quantizer.alphabet
        every = torch.arange(size, device=symbols.device)
        centers, order = quantizer.dequantize(every[None]).flatten().sort()
        counts = count_symbols(symbols, size)[0, order]
        found.append(VectorHistogram(tuple(centers.tolist()), tuple(counts.tolist())))
    return tuple(found)


def bits_per_weight(vectors: Sequence[VectorHistogram]) -> float:
    """H(p) of all weights, each vector with a p of its own."""
    sizes = [sum(vector.counts) for vector in vectors]
    bits = [float(entropies(torch.tensor([vector.counts]))) for vector in vectors]
    return sum(size * own for size, own in zip(sizes, bits, strict=True)) / sum(sizes)


@torch.no_grad()
def mean_max_phi(model: QuantizedNetwork) -> float:
    """Mean over all weights of the largest soft assignment, at the hardness that the quantizers have."""
    total = 0.0
    for quantizer, vector in zip(soft_quantizers(model), model.vectors(), strict=True):
        mean = mean_largest_assignment(vector, quantizer.centers, quantizer.hardness, quantizer.distance)
        total += mean * vector.numel()
    return total / model.weights_count


@torch.no_grad()
def soft_hard_gap(model: QuantizedNetwork) -> float:
    """Mean squared difference of the weights' soft and hard values, relative to the mean square of the weights."""
    vectors = model.vectors()
    apart = []
    for quantizer, vector in zip(soft_quantizers(model), vectors, strict=True):
        soft = banded_soft_assign(vector, quantizer.centers, quantizer.hardness, quantizer.distance)
        apart.append(soft.z_soft - quantizer.dequantize(soft.symbols))
    return _energy(model, apart) / _energy(model, vectors)


def soft_quantizers(model: QuantizedNetwork) -> tuple[SoftToHard, ...]:
    """The quantizers of a network that is quantized softly. Raises ``ValueError`` if one knows no soft assignment."""
    quantizers = model.all_quantizers()
    soft = tuple(quantizer for quantizer in quantizers if isinstance(quantizer, SoftToHard))
    if len(soft) < len(quantizers):
        raise ValueError("soft assignments are those of soft-to-hard quantizers alone")
    return soft


def _energy(model: QuantizedNetwork, vectors: Sequence[Tensor]) -> float:
    """Sum of squares of vectors, multiplied by the scales of the weights they stand for."""
    values = model.partition.restore(vectors)
    squares = [(values[name] * scale).square().sum(dtype=torch.float64) for name, scale in model.scales().items()]
    return float(torch.stack(squares).sum())
