"""Quantizers whose hardness moves together, each on a scale of its own."""

from collections.abc import Sequence
from typing import Any

from compressible.annealing import Annealing
from compressible.quantizers import Quantizer


class AnnealedHardness:
    """sigma of several quantizers: the annealing's value times the sigma_0 that each began with.

    Args:
        annealing: sigma over the annealed stage, in units of each quantizer's own sigma_0.
        quantizers: whose hardness is set.

    Raises:
        ValueError: the annealing wants a gap, which nobody measures here.
    """

    def __init__(self, annealing: Annealing, quantizers: Sequence[Quantizer]) -> None:
        if annealing.needs_gap:
            raise ValueError("annealing must be one without gap control: no gap is measured here")
        self.annealing = annealing
        self.quantizers = tuple(quantizers)
        self.sigma_0 = tuple(quantizer.hardness for quantizer in quantizers)

    def fit(self) -> None:
        """Take sigma_0 from the quantizers as they stand, freshly initialised."""
        self.sigma_0 = tuple(quantizer.hardness for quantizer in self.quantizers)

    def start(self, steps: int) -> None:
        """Begin a stage of ``steps``."""
        self._set(self.annealing.start(1.0, steps))

    def step(self) -> None:
        """Move on by one step."""
        self._set(self.annealing.step(None))

    def state_dict(self) -> dict[str, Any]:
        """Plain containers from which ``load_state_dict`` continues exactly."""
        return {
            "sigma_0": list(self.sigma_0),
            "annealing": self.annealing.state_dict(),
            "hardness": [quantizer.hardness for quantizer in self.quantizers],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from ``state_dict``."""
        self.sigma_0 = tuple(state["sigma_0"])
        self.annealing.load_state_dict(state["annealing"])
        for quantizer, hardness in zip(self.quantizers, state["hardness"], strict=True):
            quantizer.hardness = hardness

    def _set(self, factor: float) -> None:
        for quantizer, sigma_0 in zip(self.quantizers, self.sigma_0, strict=True):
            quantizer.hardness = factor * sigma_0
