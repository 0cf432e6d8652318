"""The feature maps of a trained network that is not trained any further.

images (b, 3, h, w) ──► network ──► what one of its layers leaves, (b, c, h', w')
"""

from collections.abc import Mapping, Sequence
from typing import Self

import torch
from torch import Tensor, nn

from compressible.instantiate import ConfigError


class FeatureExtractor(nn.Module):
    """A frozen network, cut off after a layer; always in eval mode.

    Args:
        network: takes images (b, 3, h, w).
        layer: name of the module whose output is wanted.
        channels: c, those of this output.
        ignored: beginnings of names that a file of weights may have and the network has not.

    Raises:
        ValueError: the network has no such layer.
    """

    def __init__(self, network: nn.Module, layer: str, channels: int, ignored: Sequence[str] = ()) -> None:
        super().__init__()
        if layer not in dict(network.named_modules()):
            layers = ", ".join(name for name, _ in network.named_children())
            raise ValueError(f"there is no layer '{layer}'; there are {layers}, and those within them")
        self.network = network.requires_grad_(False)
        self.layer = layer
        self.channels = channels
        self.ignored = tuple(ignored)
        self.eval()

    def load_weights(self, state: Mapping[str, Tensor]) -> None:
        """Take a state dict of the network. Raises ``RuntimeError`` if it is that of another one."""
        self.network.load_state_dict({k: v for k, v in state.items() if not k.startswith(self.ignored)})

    def train(self, mode: bool = True) -> Self:
        """Stay in eval mode: the normalisation statistics are those the network was trained with."""
        return super().train(False)

    @torch.no_grad()
    def forward(self, images: Tensor) -> Tensor:
        """Feature maps (b, c, h', w'). Raises ``ConfigError`` if the layer leaves something else."""
        left: list[Tensor] = []

        def keep(layer: nn.Module, given: object, output: Tensor) -> None:
            left.append(output)

        handle = self.network.get_submodule(self.layer).register_forward_hook(keep)
        try:
            self.network(images)
        finally:
            handle.remove()
        (maps,) = left
        if maps.dim() != 4 or maps.shape[1] != self.channels:
            raise ConfigError(f"layer {self.layer} leaves {tuple(maps.shape)}, not maps of {self.channels} channels")
        return maps
