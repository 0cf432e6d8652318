"""A network that computes with other tensors than its own.

    names ─► own tensors ─► every place where one of them is, once ─► functional_call

``torch.func.functional_call`` leaves a module that occurs several times in a network with the tensors of the call, and
refuses a tied tensor that is given under all of its names, as state dictionaries do.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from torch import Tensor, nn
from torch.func import functional_call


def call_with(network: nn.Module, tensors: Mapping[str, Tensor], *inputs: Any) -> Any:
    """What ``network`` makes of ``inputs`` with ``tensors`` in the place of parameters and buffers of these names.

    A tied one is replaced wherever it is; any of its names will do. The network keeps what it has.

    Raises:
        KeyError: the network has none of that name.
    """
    own = dict(chain(network.named_parameters(remove_duplicate=False), network.named_buffers(remove_duplicate=False)))
    given = {id(own[name]): tensor for name, tensor in tensors.items()}
    once = {name: given[id(tensor)] for name, tensor in _places(network) if id(tensor) in given}
    return functional_call(network, once, inputs, tie_weights=False)


def _places(network: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """The attributes of each module that are parameters or buffers, of each module once."""
    for prefix, module in network.named_modules():
        yield from module.named_parameters(prefix, recurse=False, remove_duplicate=False)
        yield from module.named_buffers(prefix, recurse=False, remove_duplicate=False)
