"""Muon: momentum whose update is made orthogonal, for all weight matrices; Adam for the rest.

    gradient ─► momentum m ─► Newton-Schulz: U V^T of m = U S V^T ─► weight -= lr * scale * U V^T

Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks" (the iteration and its coefficients); Liu
et al. 2025, "Muon is Scalable for LLM Training" (the scale that makes Adam's learning rates fit). A convolution kernel
counts as the matrix (out, in * height * width).
"""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from compressible.processor import multiplies_bfloat16

COEFFICIENTS = (3.4445, -4.7750, 2.0315)


class Muon(Optimizer):
    """Orthogonalised momentum for convolution kernels, Adam for the rest.

    With it a compressive autoencoder trained for minutes is far ahead of one trained with Adam for the same time.

    Args:
        params: named parameters.
        lr: learning rate of the matrices; the root mean square of an update is 0.2 lr, as it typically is with Adam.
        adam_lr: learning rate of the rest.
        momentum: of the matrices' gradients, with Nesterov's look ahead.
        betas: Adam's.
        iterations: Newton-Schulz steps.
    """

    def __init__(
        self,
        params: Iterable[tuple[str, nn.Parameter]],
        lr: float = 3e-3,
        adam_lr: float = 1e-3,
        momentum: float = 0.95,
        betas: tuple[float, float] = (0.9, 0.99),
        iterations: int = 5,
    ) -> None:
        named = list(params)
        matrices = [item for item in named if item[1].dim() == 4]
        rest = [item for item in named if item[1].dim() != 4]
        groups = [
            {"params": matrices, "lr": lr, "momentum": momentum, "iterations": iterations, "orthogonal": True},
            {"params": rest, "lr": adam_lr, "betas": betas, "orthogonal": False},
        ]
        super().__init__([group for group in groups if group["params"]], {})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """One update of all parameters that have a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            update = self._orthogonal_update if group["orthogonal"] else self._adam_update
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.add_(update(parameter, group), alpha=-group["lr"])
        return loss

    def _orthogonal_update(self, parameter: Tensor, group: dict) -> Tensor:
        state, gradient = self.state[parameter], parameter.grad
        assert gradient is not None
        if not state:
            state["momentum"] = torch.zeros_like(parameter)
        state["momentum"].lerp_(gradient, 1 - group["momentum"])
        matrix = gradient.lerp(state["momentum"], group["momentum"]).reshape(parameter.shape[0], -1)
        update = orthogonalise(matrix, group["iterations"])
        return update.view(parameter.shape) * (0.2 * max(matrix.shape) ** 0.5)

    def _adam_update(self, parameter: Tensor, group: dict) -> Tensor:
        state, gradient = self.state[parameter], parameter.grad
        assert gradient is not None
        if not state:
            state["step"] = 0
            state["mean"], state["square"] = torch.zeros_like(parameter), torch.zeros_like(parameter)
        state["step"] += 1
        beta_1, beta_2 = group["betas"]
        state["mean"].lerp_(gradient, 1 - beta_1)
        state["square"].lerp_(gradient.square(), 1 - beta_2)
        mean = state["mean"] / (1 - beta_1 ** state["step"])
        square = state["square"] / (1 - beta_2 ** state["step"])
        return mean / (square.sqrt() + 1e-8)


def orthogonalise(matrix: Tensor, iterations: int) -> Tensor:
    """Roughly U V^T of matrix = U S V^T: singular values are brought near 1 by Newton-Schulz steps.

    They need no more than bfloat16, and have it wherever that is quick.
    """
    a, b, c = COEFFICIENTS
    quick = matrix.device.type != "cpu" or multiplies_bfloat16()
    tall = matrix.shape[0] > matrix.shape[1]
    x = (matrix.mT if tall else matrix).to(torch.bfloat16 if quick else torch.float32)
    x = x / (x.norm() + 1e-7)
    for _ in range(iterations):
        gram = x @ x.mT
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return (x.mT if tall else x).to(matrix.dtype)
