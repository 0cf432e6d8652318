"""Small files in the format of CIFAR-10's Python version."""

import pickle
import struct
from pathlib import Path

import numpy as np


def images(count: int, seed: int = 0) -> tuple[np.ndarray, list[int]]:
    """Noise, (count, 3072) uint8, and labels."""
    draw = np.random.default_rng(seed)
    return draw.integers(256, size=(count, 3072), dtype=np.uint8), draw.integers(10, size=count).tolist()


def python2_batch(pixels: np.ndarray, labels: list[int]) -> bytes:
    """A batch as Python 2 and the numpy of its day wrote it, opcode by opcode."""
    shape = b"(" + b"".join(b"J" + struct.pack("<i", side) for side in pixels.shape) + b"t"
    raw = pixels.tobytes()
    array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR"
    dtype = b"cnumpy\ndtype\n(U\x02u1K\x00K\x01tR(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    state = b"(K\x01" + shape + dtype + b"I00\nT" + struct.pack("<i", len(raw)) + raw + b"tb"
    numbers = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    return b"\x80\x02}(U\x04data" + array + state + b"U\x06labels" + numbers + b"u."


def python3_batch(pixels: np.ndarray, labels: list[int]) -> bytes:
    """The same content, written by Python 3 for Python 2."""
    return pickle.dumps({b"batch_label": b"batch", b"labels": labels, b"data": pixels, b"filenames": []}, protocol=2)


def write_cifar10(folder: Path, sizes: tuple[int, ...] = (10, 10, 10, 9, 9), test: int = 7) -> Path:
    """A whole data set of noise; sizes are those of the five training files."""
    folder.mkdir(parents=True)
    for number, size in enumerate(sizes, start=1):
        (folder / f"data_batch_{number}").write_bytes(python2_batch(*images(size, seed=number)))
    (folder / "test_batch").write_bytes(python2_batch(*images(test, seed=0)))
    return folder
