"""Symbol models: how many bits a symbol costs, and which bytes it becomes."""

from compressible.rates.base import Rate, SymbolCoder, SymbolModel, SymbolModelFactory, count_symbols
from compressible.rates.coders import alike, coder_of_tables
from compressible.rates.context import Context, ContextCoder
from compressible.rates.histogram import Histogram
from compressible.rates.learned import Learned
from compressible.rates.static import StaticCoder
from compressible.rates.uniform import Uniform, UniformCoder

__all__ = [
    "Context",
    "ContextCoder",
    "Histogram",
    "Learned",
    "Rate",
    "StaticCoder",
    "SymbolCoder",
    "SymbolModel",
    "SymbolModelFactory",
    "Uniform",
    "UniformCoder",
    "alike",
    "coder_of_tables",
    "count_symbols",
]
