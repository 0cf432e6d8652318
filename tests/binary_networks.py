"""Binary networks of the configuration, with random weights."""

import torch

from compressible.instantiate import instantiate
from compressible.models import BinaryNet
from small_run import composed


def network_of(arm: str) -> BinaryNet:
    plain = composed(
        ["experiment=bnn_mnist", f"input={arm}", "~callbacks.checkpoint", "~callbacks.progress", "~logger.csv"]
    )
    assert plain["name"] == arm
    return instantiate(plain["model"])


def random_state(network: BinaryNet, seed: int = 0) -> BinaryNet:
    """Weights, and statistics as a trained network might have them."""
    torch.manual_seed(seed)
    for stage in network.all_stages():
        spread = float(stage.layer.kernel().square().mean() * stage.layer.inputs) ** 0.5
        stage.norm.offset.data.normal_(0, 0.3)
        stage.norm.mean.normal_(0, 0.3 * spread)
        stage.norm.variance.uniform_(0.2, 2.0).mul_(spread**2)
    return network.eval()
