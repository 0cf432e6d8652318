"""Context coding: a symbol's probability is learned from its decoded neighbours while the file is read.

    training: the prices of a histogram        files: ``bitstream.context_coder``, which starts from that histogram

What adapts to one picture saves bits in its file that a price common to all pictures does not know of, so ``rate`` is
an upper bound of what files take.
"""

from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from compressible.bitstream import decision_tree
from compressible.bitstream.container import SymbolModelKind
from compressible.bitstream.decision_tree import Trees
from compressible.quantizers.base import Quantized
from compressible.rates.base import Rate, SymbolCoder, SymbolModel
from compressible.rates.histogram import Histogram


class Context(SymbolModel):
    """Prices symbols by a ``Histogram``, whose arguments these are, and codes them with their contexts.

    Args:
        alphabet: number of symbols of each group.
        window: see ``Histogram``.
        every: see ``Histogram``.
        entropy: see ``Histogram``.
    """

    def __init__(
        self,
        alphabet: tuple[int, ...],
        window: int = 333,
        every: int = 10,
        entropy: Literal["H(q,p)", "H(p,q)"] = "H(q,p)",
    ) -> None:
        super().__init__(alphabet)
        self.histogram = Histogram(alphabet, window, every, entropy)

    def rate(self, quantized: Quantized) -> Rate:
        """The histogram's rate."""
        return self.histogram.rate(quantized)

    def fill(self, symbols: Tensor, batches: int) -> None:
        """Fill the histogram."""
        self.histogram.fill(symbols, batches)

    def coder(self) -> "ContextCoder":
        """Context coder that starts from the histogram."""
        return ContextCoder(self.alphabet, self.histogram.coder().frequencies)


class ContextCoder(SymbolCoder):
    """Adaptive binary arithmetic coding of symbols (groups, rows, columns, ...).

    Further axes, where a vector has several symbols, are planes of rows and columns each. Symbols (groups, n) are rows.

    Args:
        alphabet: number of symbols of each group, at most 2^20.
        frequencies: what is known beforehand, (groups, max alphabet), as for ``StaticCoder``; nothing if omitted.
    """

    kind = SymbolModelKind.CONTEXT

    def __init__(self, alphabet: tuple[int, ...], frequencies: np.ndarray | None = None) -> None:
        if any(not 1 <= size <= 2**20 for size in alphabet):
            raise ValueError(f"alphabets must have 1 to 2^20 symbols, got {alphabet}")
        if frequencies is not None and tuple((frequencies > 0).sum(1).tolist()) != alphabet:
            raise ValueError("the frequencies are of other alphabets")
        self.alphabet = alphabet
        self._frequencies = None if frequencies is None else frequencies.astype(np.int64)

    @property
    def frequencies(self) -> NDArray[np.int64] | None:
        """What the coder starts from."""
        return self._frequencies

    def encode(self, symbols: np.ndarray) -> bytes:
        """Bytes of symbols (groups, ...)."""
        from compressible.bitstream import context_coder  # numba

        planes_first = np.moveaxis(symbols, (1, 2), (-2, -1)) if symbols.ndim > 3 else symbols
        return context_coder.encode(planes_first, self._trees)

    def decode(self, data: bytes, shape: tuple[int, ...]) -> np.ndarray:
        """Symbols of ``shape`` (groups, ...)."""
        from compressible.bitstream import context_coder  # numba

        if len(shape) <= 3:
            return context_coder.decode(data, shape, self._trees)
        planes_first = context_coder.decode(data, (shape[0], *shape[3:], shape[1], shape[2]), self._trees)
        return np.moveaxis(planes_first, (-2, -1), (1, 2))

    def bits(self, symbols: np.ndarray) -> float:
        """Length of the payload, in bits: what is learned on the way has no shorter account."""
        return 8.0 * len(self.encode(symbols))

    @cached_property
    def _trees(self) -> Trees:
        if self._frequencies is None:
            return decision_tree.trees_of_alphabet(self.alphabet)
        return decision_tree.trees_of_tables(self._frequencies)
