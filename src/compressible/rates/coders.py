"""Coders from integer tables: what a model knows of its symbols serves every kind of file."""

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.container import SymbolModelKind
from compressible.bitstream.tables import alphabet_sizes
from compressible.rates.base import SymbolCoder
from compressible.rates.context import ContextCoder
from compressible.rates.static import StaticCoder
from compressible.rates.uniform import UniformCoder


def coder_of_tables(kind: SymbolModelKind, frequencies: NDArray[np.integer]) -> SymbolCoder:
    """The coder that ``kind`` names in a file, for a model with these tables (groups, max alphabet).

    Raises:
        ValueError: they are no frequency tables.
    """
    alphabet = alphabet_sizes(frequencies)
    match kind:
        case SymbolModelKind.UNIFORM:
            return UniformCoder(alphabet)
        case SymbolModelKind.STATIC:
            return StaticCoder(frequencies)
        case SymbolModelKind.CONTEXT:
            return ContextCoder(alphabet, frequencies)


def alike(coder: SymbolCoder) -> dict[SymbolModelKind, SymbolCoder]:
    """``coder`` and, if it has tables, the other kinds of coder that need some, by what they are named in a file."""
    if coder.frequencies is None:
        return {coder.kind: coder}
    needy = (SymbolModelKind.STATIC, SymbolModelKind.CONTEXT)
    return {kind: coder_of_tables(kind, coder.frequencies) for kind in needy} | {coder.kind: coder}
