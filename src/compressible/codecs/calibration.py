"""Integer tables for a trained model, counted over whole photographs as they will be coded."""

from collections.abc import Iterable, Sequence

import numpy as np
from rich.progress import track

from compressible.codecs.learned import LearnedCodec, unexported
from compressible.models import ImageAutoencoder
from compressible.rates import StaticCoder


def count_tables(codec: LearnedCodec, photographs: Iterable[np.ndarray], total: int) -> StaticCoder:
    """Tables from the symbols of ``photographs``, training ones only.

    Half a count is added to every symbol (Krichevsky and Trofimov 1981), so that none is impossible.

    Args:
        codec: the model, with any tables.
        photographs: (h, w, 3) uint8.
        total: how many there are, for the progress bar.
    """
    alphabet = codec.alphabet
    counts = np.full((len(alphabet), max(alphabet)), 0.5) * _valid(alphabet)
    for image in track(photographs, description="counting symbols", total=total, transient=True):
        for band in codec.symbols(image):
            flat = band.reshape(len(alphabet), -1)
            counts += np.stack([np.bincount(row, minlength=counts.shape[1]) for row in flat])
    return StaticCoder.from_pmf(counts / counts.sum(1, keepdims=True), alphabet)


def calibrated(network: ImageAutoencoder, photographs: Sequence[np.ndarray], name: str) -> LearnedCodec:
    """The codec of a network as it stands, without a file; its tables are counted over ``photographs``."""
    (bottleneck,) = network.bottlenecks
    alphabet = bottleneck.quantizer.alphabet
    any_tables = StaticCoder.from_pmf(_valid(alphabet).astype(float), alphabet)
    coder = count_tables(unexported(network, (any_tables,)), photographs, len(photographs))
    return unexported(network, (coder,), name)


def _valid(alphabet: Sequence[int]) -> np.ndarray:
    return np.arange(max(alphabet))[None] < np.array(alphabet)[:, None]
