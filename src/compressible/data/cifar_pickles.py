"""CIFAR-10's files, which are pickles, read without running what a pickle may ask to run.

Everything a batch may name is answered by a stand-in of this file that keeps what it is given. Numpy's own functions
are never called on the file's word, since they trust it too (a pickled array of objects, say).
"""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import torch

from compressible.data.labelled_images import LabelledImages
from compressible.data.paths import DataError

SIDE, CLASSES = 32, 10


def read_batch(path: Path) -> LabelledImages:
    """Images and labels of one file, however many it holds.

    Raises:
        DataError: if the file is not there, is no such pickle, or asks for anything else than arrays of bytes.
    """
    try:
        with path.open("rb") as file:
            content = _Unpickler(file, encoding="bytes").load()
        pixels, labels = content[b"data"].values(), content[b"labels"]
        if not all(type(label) is int and 0 <= label < CLASSES for label in labels):
            raise ValueError("labels are not whole numbers in 0..9")
        images = torch.from_numpy(pixels.reshape(len(labels), 3, SIDE, SIDE))
        return LabelledImages(images, torch.tensor(labels, dtype=torch.int64))
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror})") from error
    except Exception as error:  # a pickle can go wrong in any way
        raise DataError(f"{path} is not one of CIFAR-10's files ({type(error).__name__}: {error})") from error


class _Dtype:
    """Stands in for ``numpy.dtype``."""

    def __init__(self, code: str | bytes, *_: Any) -> None:
        if code not in ("u1", b"u1"):
            raise pickle.UnpicklingError("an array of something else than bytes")

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        """Byte order and the like mean nothing for bytes."""


class _Array:
    """Stands in for ``numpy.ndarray`` and for the function that makes an empty one."""

    def __init__(self, *_: Any) -> None: ...

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        """Keep what numpy writes: version, shape, dtype, whether columns come first, bytes."""
        _, self.shape, self.dtype, self.fortran, self.content = state

    def values(self) -> np.ndarray:
        """The array, uint8."""
        if not isinstance(self.dtype, _Dtype):
            raise pickle.UnpicklingError("an array without a type")
        flat = np.frombuffer(self.content, np.uint8)
        return flat.reshape(self.shape, order="F" if self.fortran else "C").copy(order="C")


class _Bytes(bytes):
    """Stands in for ``_codecs.encode``, by which Python 3 writes bytes into a pickle that Python 2 can read."""

    def __new__(cls, text: str, encoding: str) -> "_Bytes":
        if encoding != "latin1":
            raise pickle.UnpicklingError(f"text in {encoding}")
        return super().__new__(cls, text, "latin1")


STAND_INS = {
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy._core.multiarray", "_reconstruct"): _Array,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Dtype,
    ("_codecs", "encode"): _Bytes,
}


class _Unpickler(pickle.Unpickler):
    """Finds stand-ins and nothing else."""

    def find_class(self, module_name: str, global_name: str, /) -> type:
        """The stand-in of that name. Raises ``UnpicklingError`` if there is none."""
        if (module_name, global_name) not in STAND_INS:
            raise pickle.UnpicklingError(f"it asks for {module_name}.{global_name}")
        return STAND_INS[module_name, global_name]
