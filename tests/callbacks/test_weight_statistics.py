import math
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from compressible.callbacks.weight_statistics import bits_per_weight, histograms, mean_max_phi, soft_hard_gap
from compressible.models.quantized_network import QuantizedNetwork
from compressible.partitions.tensors import Codebooks
from compressible.quantizers import Scalar, SoftToHard
from compressible.quantizers.soft_assignment import Distance
from compressible.reports.index_records import VectorHistogram


def known() -> QuantizedNetwork:
    """Six weights that are 1, 1.1, -0.9, 0.1, 0 and 0.9 times their scales, and the centers 1, -1, 0."""
    network = nn.Linear(2, 2)
    model = QuantizedNetwork(network, partial(SoftToHard, centers=3))
    with torch.no_grad():
        network.weight.copy_(torch.tensor([[2.0, 2.2], [-1.8, 0.2]]))
        network.bias.copy_(torch.tensor([0.0, 0.45]))
        model.get_parameter("log_scale_0").fill_(math.log(2.0))  # of the weight
        model.get_parameter("log_scale_1").fill_(math.log(0.5))  # of the bias
        model.get_parameter("quantizers.0.centers").copy_(torch.tensor([[[1.0], [-1.0], [0.0]]]))
    return model


def test_weights_are_counted_in_the_order_of_their_centers() -> None:
    assert histograms(known()) == (VectorHistogram((-1.0, 0.0, 1.0), (1, 2, 3)),)


def test_fixed_symbols_stay_with_their_centers_wherever_these_go() -> None:
    model = known()
    model.fix_symbols(model.symbols())
    with torch.no_grad():
        model.get_parameter("quantizers.0.centers")[0, 0] = -5.0
    assert histograms(model) == (VectorHistogram((-5.0, -1.0, 0.0), (3, 1, 2)),)


def test_entropy_by_hand() -> None:
    """1/6, 1/3 and 1/2; and one bit for four weights, none for eight."""
    assert bits_per_weight(histograms(known())) == pytest.approx(math.log2(6) / 6 + math.log2(3) / 3 + 1 / 2)
    vectors = (VectorHistogram((0.0, 1.0, 2.0), (2, 0, 2)), VectorHistogram((0.0, 1.0), (8, 0)))
    assert bits_per_weight(vectors) == pytest.approx(4 / 12)


@pytest.mark.parametrize("codebooks", ["network", "tensor"])
@pytest.mark.parametrize("distance", ["squared", "euclidean"])
@pytest.mark.parametrize("sigma", [0.3, 5.0, 300.0])
def test_softness_is_that_of_all_assignments(codebooks: Codebooks, distance: Distance, sigma: float) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.Linear(5, 3))
    make = partial(SoftToHard, centers=6, distance=distance)
    model = QuantizedNetwork(network, make, codebooks=codebooks, scales="channel")
    model.initialise()
    phis, errors, squares = [], 0.0, 0.0
    for group, quantizer in zip(model.partition.groups, model.all_quantizers(), strict=True):
        quantizer.hardness = sigma
        centers = quantizer.get_parameter("centers").detach().double().numpy().ravel()
        for name in group:
            scale = model.scales()[name].detach().double().numpy()
            weights = network.get_parameter(name).detach().double().numpy()
            away = np.abs((weights / scale)[..., None] - centers)
            phi = np.exp(-sigma * (away**2 if distance == "squared" else away))
            phi /= phi.sum(-1, keepdims=True)
            phis.append(phi.max(-1).ravel())
            errors += float((((phi @ centers - centers[away.argmin(-1)]) * scale) ** 2).sum())
            squares += float((weights**2).sum())
    assert mean_max_phi(model) == pytest.approx(np.concatenate(phis).mean(), rel=1e-4)
    assert soft_hard_gap(model) == pytest.approx(errors / squares, rel=1e-3, abs=1e-9)


def test_at_infinite_hardness_nothing_is_soft() -> None:
    model = known()
    model.all_quantizers()[0].hardness = math.inf
    assert mean_max_phi(model) == 1.0
    assert soft_hard_gap(model) == 0.0


def test_a_quantizer_without_assignments_is_refused() -> None:
    model = QuantizedNetwork(nn.Linear(2, 2), Scalar)
    with pytest.raises(ValueError, match="soft-to-hard"):
        mean_max_phi(model)
