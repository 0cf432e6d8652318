"""Several networks of one kind as one, which trains them all at once: runs of several seeds in the time of few.

    x (replicas, b, ...) ──► network i, with weights of its own, on x[i] ──► outputs (replicas, b, ...)

Small networks spend their time between operations. Here each operation is done for all of them (``torch.func.vmap``).
What a network learns does not depend on the others, as long as the loss is the sum of their losses and the optimizer
treats every weight by itself.
"""

import copy
from collections.abc import Mapping
from typing import Self

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap


class Replicas(nn.Module):
    """Networks that differ in their weights.

    Args:
        network: what they are like. Weights are drawn anew by its layers' ``reset_parameters``.
        count: number of networks.
        seed: that of the first; the others have the ones that follow.
    """

    def __init__(self, network: nn.Module, count: int, seed: int) -> None:
        super().__init__()
        if count < 1:
            raise ValueError(f"count must be positive, got {count}")
        self.count = count
        # In a tuple, so that it is no module of this one: its own weights have no values.
        self._network = (copy.deepcopy(network).to("meta"),)
        self._persistent = tuple(network.state_dict())
        parameters, buffers = stack_module_state([drawn_anew(network, seed + i) for i in range(count)])
        for name, values in parameters.items():
            self.register_parameter(_flat(name), nn.Parameter(values.detach()))
        for name, values in buffers.items():
            self.register_buffer(_flat(name), values, persistent=name in self._persistent)

    def forward(self, x: Tensor) -> Tensor:
        """Outputs of all networks, each of its own part of ``x``."""
        state = {_nested(name): value for name, value in (*self.named_parameters(), *self.named_buffers())}
        return vmap(self._call, randomness="different")(state, x)

    def train(self, mode: bool = True) -> Self:
        """Also of the network inside."""
        self._network[0].train(mode)
        return super().train(mode)

    def _call(self, state: dict[str, Tensor], x: Tensor) -> Tensor:
        return functional_call(self._network[0], state, (x,))


def states_of(state: Mapping[str, Tensor]) -> list[dict[str, Tensor]]:
    """The state dict of each network from that of ``Replicas``."""
    count = len(next(iter(state.values())))
    return [{_nested(name): values[i] for name, values in state.items()} for i in range(count)]


def drawn_anew(network: nn.Module, seed: int) -> nn.Module:
    """A copy of ``network`` with other weights."""
    own = copy.deepcopy(network)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for module in own.modules():
            reset = getattr(module, "reset_parameters", None)
            if callable(reset):
                reset()
    return own


def _flat(name: str) -> str:
    """A name that a parameter may have."""
    return name.replace(".", "/")


def _nested(name: str) -> str:
    return name.replace("/", ".")
