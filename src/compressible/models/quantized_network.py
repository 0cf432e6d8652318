"""Any network with its weights quantized on their way in: no layer is rewritten.

    parameters w ─► w / scale ─► vectors ─► quantizers ─► weights in use ─► call_with(network, weights, inputs)

Agustsson et al. 2017, section 5.
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any, Literal, cast, get_args

import torch
from torch import Tensor, nn

from compressible.functional import call_with
from compressible.models.bottleneck import QuantizerFactory
from compressible.partitions.tensors import Codebooks, Tensors
from compressible.quantizers import Quantized, Quantizer

Scales = Literal["network", "tensor", "channel"]
"""What has a scale of its own, its root mean square: the network as a whole, each tensor, or each slice of a tensor's
first axis (tensors of one axis have one scale)."""


class QuantizedNetwork(nn.Module):
    """A network that computes with quantized weights, softly while training and hard in evaluation.

    Args:
        network: any network; its parameters are the latent weights that are trained.
        quantizer: makes the quantizer of each vector of weights.
        quantized: patterns, as of file names, for the parameters that are quantized; any name of a tied one counts.
            Frozen ones never are, nor those without values.
        codebooks: who shares a codebook.
        scales: what is divided by its root mean square first, as it is when ``initialise`` is called; from there on
            the logarithms of several scales are trained, and with them the step of each tensor. The paper leaves open
            on which scale its sigma applies.

    Raises:
        ValueError: a pattern is like no name, there are no patterns, or ``scales`` or ``codebooks`` is none of those.
    """

    fixed: Tensor

    def __init__(
        self,
        network: nn.Module,
        quantizer: QuantizerFactory,
        quantized: Sequence[str] = ("*",),
        codebooks: Codebooks = "network",
        scales: Scales = "tensor",
    ) -> None:
        super().__init__()
        if scales not in get_args(Scales):
            raise ValueError(f"scales must be one of {', '.join(get_args(Scales))}, got {scales}")
        chosen = _choose(network, quantized)
        self.network = network
        self.scaled_by = scales
        self.partition = Tensors({name: tuple(value.shape) for name, value in chosen.items()}, codebooks)
        self.quantizers = nn.ModuleList(quantizer(groups=1, dimension=1) for _ in self.partition.groups)
        for i, shape in enumerate(self.partition.shapes.values()):
            start = torch.zeros(_scale_shape(shape, scales))
            # One scale for all is a matter of the centers.
            self.register_parameter(f"log_scale_{i}", nn.Parameter(start, requires_grad=scales != "network"))
        for i, size in enumerate(self.partition.sizes):
            self.register_buffer(f"symbols_{i}", torch.zeros(1, size, dtype=torch.int64))
        self.register_buffer("fixed", torch.tensor(False))

    @property
    def weights_count(self) -> int:
        """Number of quantized weights."""
        return sum(self.partition.sizes)

    def all_quantizers(self) -> tuple[Quantizer, ...]:
        """The quantizers, one a vector."""
        return tuple(cast(Quantizer, quantizer) for quantizer in self.quantizers)

    def forward(self, *inputs: Any) -> tuple[Any, tuple[Quantized, ...]]:
        """The network's result with quantized weights, and what the quantizers made of them."""
        weights, quantized = self.weights()
        return call_with(self.network, weights, *inputs), quantized

    def weights(self) -> tuple[dict[str, Tensor], tuple[Quantized, ...]]:
        """The weights in use, by name and of their parameters' types, and what the quantizers made of them."""
        if self.fixed:
            quantized = tuple(self._decoded(i) for i in range(len(self.quantizers)))
        else:
            pairs = zip(self.all_quantizers(), self.vectors(), strict=True)
            quantized = tuple(quantizer(vector) for quantizer, vector in pairs)
        values = self.partition.restore([entry.z_hat for entry in quantized])
        parameters = self._chosen()
        scaled = {name: values[name] * scale for name, scale in self.scales().items()}
        return {name: weight.to(parameters[name].dtype) for name, weight in scaled.items()}, quantized

    def vectors(self) -> tuple[Tensor, ...]:
        """The latent weights as the quantizers see them, (1, n, 1) each."""
        parameters = self._chosen()
        # What is in half precision is divided and quantized in that of the scales.
        return self.partition.cut(
            {name: parameters[name].to(scale.dtype) / scale for name, scale in self.scales().items()}
        )

    def symbols(self) -> tuple[Tensor, ...]:
        """The hard symbols of the weights, (1, n) each."""
        if self.fixed:
            return tuple(self._symbols(i) for i in range(len(self.quantizers)))
        return tuple(q.symbols(vector) for q, vector in zip(self.all_quantizers(), self.vectors(), strict=True))

    def scales(self) -> dict[str, Tensor]:
        """The scale of each quantized parameter, in a shape that multiplies it."""
        return {name: self._log_scale(i).exp() for i, name in enumerate(self.partition.shapes)}

    @torch.no_grad()
    def initialise(self) -> None:
        """Scales, centers and hardness from the weights as they stand. Raises ``ValueError`` as ``fit_scales``."""
        self.fit_scales()
        for quantizer, vector in zip(self.all_quantizers(), self.vectors(), strict=True):
            quantizer.initialise(vector)

    @torch.no_grad()
    def fit_scales(self) -> None:
        """Scales from the weights as they stand. Raises ``ValueError`` if one of these is not finite."""
        parameters = {name: parameter.float() for name, parameter in self._chosen().items()}
        for name, parameter in parameters.items():
            if not parameter.isfinite().all():
                raise ValueError(f"{name} has values that are not finite")
        everything = torch.cat([parameters[name].reshape(-1) for name in self.partition.shapes])
        for i, name in enumerate(self.partition.shapes):
            log_scale = self._log_scale(i)
            if self.scaled_by == "network":
                log_scale.copy_(_root_mean_square(everything, axes=(0,)).squeeze().log())
            else:
                axes = tuple(axis for axis in range(parameters[name].dim()) if log_scale.shape[axis] == 1)
                log_scale.copy_(_root_mean_square(parameters[name], axes).log())

    @torch.no_grad()
    def fix_symbols(self, symbols: Sequence[Tensor]) -> None:
        """From now on each weight keeps its symbol, and only what the symbols stand for is trained.

        Args:
            symbols: of each vector, (1, n).
        """
        for i, own in enumerate(symbols):
            self._symbols(i).copy_(own)
        self.fixed.fill_(True)
        for parameter in self._chosen().values():
            parameter.requires_grad_(False)

    def _chosen(self) -> dict[str, nn.Parameter]:
        """Those that are quantized."""
        parameters = dict(self.network.named_parameters())
        return {name: parameters[name] for name in self.partition.shapes}

    def _decoded(self, index: int) -> Quantized:
        quantizer, symbols = self.all_quantizers()[index], self._symbols(index)
        return Quantized(quantizer.dequantize(symbols), symbols, quantizer.alphabet)

    def _log_scale(self, index: int) -> Tensor:
        return cast(Tensor, getattr(self, f"log_scale_{index}"))

    def _symbols(self, index: int) -> Tensor:
        return cast(Tensor, getattr(self, f"symbols_{index}"))


def _choose(network: nn.Module, patterns: Sequence[str]) -> dict[str, nn.Parameter]:
    """Trainable parameters with values, by their first names, that have a name like one of ``patterns``."""
    if isinstance(patterns, str) or not patterns:
        raise ValueError(f"quantized is a list of patterns, got {patterns!r}")
    names: dict[nn.Parameter, list[str]] = {}
    for name, parameter in network.named_parameters(remove_duplicate=False):
        if parameter.requires_grad and parameter.numel():
            names.setdefault(parameter, []).append(name)
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for own in names.values() for name in own):
            raise ValueError(f"no trainable parameter has a name like {pattern}")
    return {
        own[0]: parameter
        for parameter, own in names.items()
        if any(fnmatchcase(name, pattern) for name in own for pattern in patterns)
    }


def _scale_shape(shape: tuple[int, ...], scales: Scales) -> tuple[int, ...]:
    channels = shape[0] if scales == "channel" and len(shape) >= 2 else 1
    return (channels, *[1] * (len(shape) - 1)) if shape else ()


def _root_mean_square(values: Tensor, axes: tuple[int, ...]) -> Tensor:
    """Kept axes have size 1; nothing to divide by (all zeros) gives 1."""
    mean = values.square().mean(axes, keepdim=True).sqrt() if axes else values.abs()
    return torch.where(mean > 0, mean, torch.ones_like(mean))
