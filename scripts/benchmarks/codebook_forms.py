"""Vector quantization with a codebook of moving means: ours, and that of vector-quantize-pytorch where it is installed.

    train     what a training step asks of it: nearest codes, their values, commitment loss, one step of the means
    infer     nearest codes and their values
    decode    the values of symbols

Both start from the same codes and follow the same rule, and neither replaces codes that nobody chooses. The vectors of
a training step ask for a gradient, as an encoder's do, which both pass straight through.

As a program it measures the memory of one form in a process of its own; ``codebook.py`` starts it.
"""

import importlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib import metadata
from typing import Any, Protocol

import torch
from torch import Tensor

from benchmarks.memory_case import MemoryCase, print_peaks
from compressible.quantizers import Vector

DECAY, EPSILON, COMMITMENT = 0.99, 1e-5, 0.25
PACKAGE = "vector_quantize_pytorch"
PACKAGE_PAIRS = 1 << 28
"""Most pairs of a vector and a code that are given to the package, which holds several numbers for each."""


@dataclass(frozen=True)
class Size:
    """Standard normal vectors and codes.

    Attributes:
        vectors: N.
        codes: K.
        dimension: d.
        repetitions: of what is timed.
    """

    vectors: int
    codes: int
    dimension: int
    repetitions: int


class Form(Protocol):
    """A codebook in use."""

    def codes(self) -> Tensor:
        """As they are now, (K, d)."""
        ...

    def train(self, z: Tensor) -> Tensor:
        """Symbols (n,) of vectors (n, d) from the forward pass of a training step."""
        ...

    def infer(self, z: Tensor) -> Tensor:
        """Symbols (n,) of vectors (n, d)."""
        ...

    def decode(self, symbols: Tensor) -> Tensor:
        """Values (n, d) of symbols (n,)."""
        ...


MakeForm = Callable[[Tensor], Form]


class Ours:
    """The framework.

    Args:
        codes: to start from, (K, d).
    """

    def __init__(self, codes: Tensor) -> None:
        size, dimension = codes.shape
        self.quantizer = Vector(
            1, dimension, size, decay=DECAY, epsilon=EPSILON, commitment=COMMITMENT, revival_threshold=0.0
        )
        self.quantizer.codebook.place(codes[None])

    def codes(self) -> Tensor:
        """As they are now."""
        return self.quantizer.codebook.codes[0].detach()

    def train(self, z: Tensor) -> Tensor:
        """A pass in training mode."""
        return self.quantizer.train()(z.detach().requires_grad_()[None]).symbols[0]

    @torch.no_grad()
    def infer(self, z: Tensor) -> Tensor:
        """A pass in evaluation mode."""
        return self.quantizer.eval()(z[None]).symbols[0]

    @torch.no_grad()
    def decode(self, symbols: Tensor) -> Tensor:
        """The quantizer's own decoding, with its check of symbols."""
        return self.quantizer.dequantize(symbols[None])[0]


class Packages:
    """The package.

    Args:
        make: its ``VectorQuantize``.
        codes: to start from, (K, d).
    """

    def __init__(self, make: Callable[..., Any], codes: Tensor) -> None:
        self.quantizer = make(
            dim=codes.shape[1],
            codebook_size=len(codes),
            decay=DECAY,
            eps=EPSILON,
            commitment_weight=COMMITMENT,
            kmeans_init=False,
            threshold_ema_dead_code=0,
            use_cosine_sim=False,
            rotation_trick=False,
        )
        start = {"_codebook.embed": codes[None], "_codebook.embed_avg": codes[None]}
        self.quantizer.load_state_dict(self.quantizer.state_dict() | start)

    def codes(self) -> Tensor:
        """As they are now."""
        return self.quantizer.state_dict()["_codebook.embed"][0]

    def train(self, z: Tensor) -> Tensor:
        """A pass in training mode."""
        _, symbols, _ = self.quantizer.train()(z.detach().requires_grad_()[None])
        return symbols[0]

    @torch.no_grad()
    def infer(self, z: Tensor) -> Tensor:
        """A pass in evaluation mode."""
        _, symbols, _ = self.quantizer.eval()(z[None])
        return symbols[0]

    @torch.no_grad()
    def decode(self, symbols: Tensor) -> Tensor:
        """The package's own decoding."""
        return self.quantizer.get_codes_from_indices(symbols)


@dataclass(frozen=True)
class Found:
    """The package, or why there is none.

    Attributes:
        version: of the package, or the reason.
        make: its ``VectorQuantize``.
    """

    version: str
    make: Callable[..., Any] | None


def find_package() -> Found:
    """The package, where it and what it needs are installed."""
    try:
        return Found(metadata.version("vector-quantize-pytorch"), importlib.import_module(PACKAGE).VectorQuantize)
    except ImportError as error:
        return Found(f"not measured: it cannot be imported ({error})", None)


def forms(size: Size) -> Mapping[str, MakeForm]:
    """What can be measured at a size."""
    make = find_package().make
    if make is None or size.vectors * size.codes > PACKAGE_PAIRS:
        return {"ours": Ours}
    return {"ours": Ours, PACKAGE: partial(Packages, make)}


def first_codes(size: Size) -> Tensor:
    """Codes to start from, always the same."""
    return torch.randn(size.codes, size.dimension, generator=torch.Generator().manual_seed(0))


def vectors(size: Size) -> Tensor:
    """Vectors, always the same."""
    return torch.randn(size.vectors, size.dimension, generator=torch.Generator().manual_seed(1))


def symbols(size: Size) -> Tensor:
    """Symbols, always the same."""
    return torch.randint(size.codes, (size.vectors,), generator=torch.Generator().manual_seed(2))


OPERATIONS: Mapping[str, Callable[[Form, Size], Callable[[], object]]] = {
    "train": lambda form, size: partial(form.train, vectors(size)),
    "infer": lambda form, size: partial(form.infer, vectors(size)),
    "decode": lambda form, size: partial(form.decode, symbols(size)),
}
"""Calls of each, their input at hand."""


def warm_call(operation: str, make: MakeForm, size: Size) -> Callable[[], object]:
    """The call of an operation, after one with two vectors: threads and libraries allocate once."""
    form = make(first_codes(size))
    OPERATIONS[operation](form, replace(size, vectors=2))()
    return OPERATIONS[operation](form, size)


def call_of(case: MemoryCase[Size]) -> Callable[[], object]:
    """The call of a case whose memory is measured."""
    return warm_call(case.operation, forms(case.size)[case.form], case.size)


if __name__ == "__main__":
    print_peaks(sys.argv[1], Size, call_of)
