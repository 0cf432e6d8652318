from functools import partial

import torch
from torch import nn

from compressible.models import ProjectedBottleneck
from compressible.partitions import Slices
from compressible.quantizers import Pyramid


def test_normalised_projections_are_centered_and_of_one_scale_whatever_their_weights() -> None:
    torch.manual_seed(0)
    level = ProjectedBottleneck(
        inputs=6,
        dimension=4,
        projections=1,
        copies=1,
        partition=Slices(1),
        quantizer=partial(Pyramid, pulses=2),
        normalisation=partial(nn.BatchNorm2d, affine=False, momentum=1.0),
    )
    with torch.no_grad():
        level.projection.weight[1:] *= 0.05  # all but one of the channels would hardly show in a direction
    z = torch.randn(16, 6, 8, 8) + 3

    projected = level.project(z)
    torch.testing.assert_close(projected.mean(dim=(0, 2, 3)), torch.zeros(4), rtol=0, atol=1e-5)
    torch.testing.assert_close(projected.std(dim=(0, 2, 3)), torch.ones(4), rtol=0.03, atol=0)

    level.eval()
    torch.testing.assert_close(level.project(z), projected, rtol=0.01, atol=0.01)  # by the same batch's statistics
    symbols = level.bottleneck.symbols(level.project(z))[0]
    assert len(symbols.unique()) == 32  # V(4, 2), every direction
