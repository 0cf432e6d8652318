"""Residual quantization: each stage quantizes what those before it left over.

    r_1 = z ──► stage 1 ──► q_1      r_2 = r_1 - q_1 ──► stage 2 ──► q_2      ...      z_hat = q_1 + ... + q_S

Juang & Gray 1982, "Multiple stage vector quantization for speech coding"; learned behind an encoder: Zeghidour et al.
2021, "SoundStream". No gradient passes through the q that are taken away. With the straight-through gradient of a q,
that of z, a residual would have none, and no loss of a stage after the first would reach z.
"""

from functools import reduce
from typing import cast

import torch
from torch import Tensor, nn

from compressible.quantizers.base import Quantized, Quantizer, QuantizerFactory, straight_through


class Residual(Quantizer):
    """Quantizers one after the other, whose decoded values add up.

    Symbols are stage-major: all groups of the first stage, then all of the second. The first groups are so a coarser
    description of the same vectors.

    While training z_hat has the mean of the gradients that the stages have by themselves: where each is
    straight-through, so is the whole. A residual is what decoded values left over, so all stages but the last go on
    with those, and ``forward_value`` is that of the last. Stages that know no other value than a noisy one (``Scalar``
    with noise) do not fit. All have the same hardness.

    Args:
        groups: number of groups of vectors.
        dimension: d, size of a vector.
        quantizer: makes a stage.
        stages: S, number of stages.
    """

    def __init__(self, groups: int, dimension: int, quantizer: QuantizerFactory, stages: int) -> None:
        if stages < 1:
            raise ValueError(f"stages must be positive, got {stages}")
        made = [quantizer(groups=groups, dimension=dimension) for _ in range(stages)]
        super().__init__(alphabet=tuple(size for stage in made for size in stage.alphabet))
        self.symbol_shape = made[0].symbol_shape
        self.hardness = made[0].hardness
        self.stages = nn.ModuleList(made)

    def forward(self, z: Tensor) -> Quantized:
        """Quantize ``z`` (groups, n, d); symbols are (stages * groups', n, ...)."""
        self._pass_on()
        left, outs = z.float(), list[Quantized]()
        for stage in self._stages():
            outs.append(stage(left))
            left = left - outs[-1].z_hat.detach()
        total = _total([out.z_hat for out in outs])
        histograms = [out.soft_histogram for out in outs if out.soft_histogram is not None]
        losses = [out.loss for out in outs if out.loss is not None]
        return Quantized(
            z_hat=straight_through(total / len(outs), total) if self.training else total,
            symbols=torch.cat([out.symbols for out in outs]),
            alphabet=self.alphabet,
            soft_histogram=torch.cat(histograms) if len(histograms) == len(outs) else None,
            loss=torch.stack(losses).sum() if losses else None,
        )

    @torch.no_grad()
    def symbols(self, z: Tensor) -> Tensor:
        """Symbols of all stages, (stages * groups', n, ...)."""
        left, symbols = z.float(), list[Tensor]()
        for stage in self._stages():
            symbols.append(stage.symbols(left))
            left = left - stage.dequantize(symbols[-1])
        return torch.cat(symbols)

    def dequantize(self, symbols: Tensor) -> Tensor:
        """Sums of the stages' vectors, (groups, n, d). Raises ``ValueError`` on a symbol outside the alphabet."""
        stages = self._stages()
        parts = symbols.split(len(self.alphabet) // len(stages))
        return _total([stage.dequantize(part) for stage, part in zip(stages, parts, strict=True)])

    @torch.no_grad()
    def initialise(self, z: Tensor) -> None:
        """Fit each stage to what those before it leave of sample vectors ``z`` (groups, n, d).

        Hardness is then the least of what they would have: smaller residuals ask for a larger one.
        """
        left = z.float()
        for stage in self._stages():
            stage.initialise(left)
            left = left - stage.dequantize(stage.symbols(left))
        self.hardness = min(stage.hardness for stage in self._stages())

    def _pass_on(self) -> None:
        """Give the stages what was set from outside."""
        *earlier, last = self._stages()
        for stage in (*earlier, last):
            stage.hardness = self.hardness
        for stage in earlier:
            stage.forward_value = "hard"
        last.forward_value = self.forward_value

    def _stages(self) -> tuple[Quantizer, ...]:
        return tuple(cast(Quantizer, stage) for stage in self.stages)


def _total(values: list[Tensor]) -> Tensor:
    """The sum in a fixed order, so that the last bit depends on no shape."""
    return reduce(torch.add, values)
