import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from compressible.tasks.distortion import Distortion, MeanSquaredError, MultiScaleSSIM


def smooth_and_blurred() -> tuple[Tensor, Tensor]:
    """A picture with detail at several scales, and what is left of it after a mild blur."""
    generator = torch.Generator().manual_seed(0)
    x = sum(
        F.interpolate(torch.rand(1, 3, side, side, generator=generator), size=192, mode="bilinear") / 4
        for side in (6, 24, 96, 192)
    )
    assert isinstance(x, Tensor)
    return F.avg_pool2d(x, 3, 1, 1), x


def gradient(distortion: Distortion, autocast: bool) -> tuple[float, Tensor]:
    x_hat, x = smooth_and_blurred()
    x_hat.requires_grad_()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
        loss = distortion(x_hat, x)
    loss.backward()
    assert x_hat.grad is not None
    return float(loss), x_hat.grad


@pytest.mark.parametrize(
    "distortion",
    [
        MeanSquaredError(50.0),
        MultiScaleSSIM(2.0),
    ],
)
def test_autocast_changes_no_distortion(distortion: Distortion) -> None:
    """Losses are computed in float32 even where the network around them computes in bfloat16."""
    value, expected = gradient(distortion, autocast=False)
    under_autocast, actual = gradient(distortion, autocast=True)
    assert under_autocast == pytest.approx(value, rel=1e-4)
    torch.testing.assert_close(actual, expected, rtol=1e-3, atol=float(expected.abs().max()) * 1e-3)


def test_values_by_hand() -> None:
    x = torch.full((2, 3, 192, 192), 0.5)
    assert float(MeanSquaredError(50.0)(x + 0.1, x)) == pytest.approx(0.5, rel=1e-5)
    assert float(MultiScaleSSIM(2.0)(x, x)) == pytest.approx(0.0, abs=1e-6)
    plain, weighted = MultiScaleSSIM(0.0)(x + 0.1, x), MultiScaleSSIM(2.0)(x + 0.1, x)
    assert float(weighted - plain) == pytest.approx(2 * 0.01, rel=1e-3)
