"""Small files in the format of MNIST."""

import gzip
import struct
from pathlib import Path

import numpy as np


def idx(values: np.ndarray) -> bytes:
    """The array in IDX, written out by hand."""
    return bytes((0, 0, 8, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


def digits(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Grainy grey blots (count, 28, 28) and labels."""
    draw = np.random.default_rng(seed)
    coarse = draw.integers(128, size=(count, 7, 7), dtype=np.uint8)
    grain = draw.integers(128, size=(count, 28, 28), dtype=np.uint8)
    return coarse.repeat(4, 1).repeat(4, 2) + grain, draw.integers(10, size=count, dtype=np.uint8)


def write_mnist(folder: Path, training: int = 60, test: int = 20, packed: bool = True) -> Path:
    """A whole data set of blots."""
    folder.mkdir(parents=True)
    for part, count, seed in (("train", training, 1), ("t10k", test, 0)):
        for kind, values in zip(("images-idx3", "labels-idx1"), digits(count, seed), strict=True):
            data = idx(values)
            name = f"{part}-{kind}-ubyte"
            (folder / (f"{name}.gz" if packed else name)).write_bytes(gzip.compress(data) if packed else data)
    return folder
