"""A pruned network made small without any loss: of tensors that are mostly zeros, only the other values are kept.

    plain tensors ──┬─► matrices and kernels that are mostly zeros ──► sparse tensors, one stream
                    └─► all others, as they are

With the index coding and the Huffman codes of Han et al. 2016, "Deep compression".
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.codebooks import ListedCenters
from compressible.bitstream.stream_coders import CoderKind
from compressible.bitstream.streams import Stream
from compressible.bitstream.tensors import PlainTensor, SparseTensor, Tensor
from compressible.bitstream.weights import WeightFile


def sparse_weight_file(tensors: Sequence[Tensor]) -> WeightFile:
    """The same tensors, to the bit; those sparse that ``is_mostly_zeros``.

    Args:
        tensors: as ``state.tensors_of`` gives them.

    Raises:
        BitstreamError: names repeat, or there are too many tensors.
    """
    chosen = {t.name: sparse_tensor(t, 0) for t in tensors if isinstance(t, PlainTensor) and is_mostly_zeros(t)}
    where = Stream(ListedCenters(np.array([0, 1], np.float16)), CoderKind.SPARSE)
    return WeightFile(tuple(chosen.get(t.name, t) for t in tensors), (where,) if chosen else ())


def sparse_tensor(plain: PlainTensor, stream: int) -> SparseTensor:
    """``plain`` without its values of +0, which are all bits zero.

    Args:
        plain: any tensor.
        stream: index of a stream with the centers 0 and 1.
    """
    kept = _is_kept(plain)
    values = plain.values[kept].astype(plain.dtype.storage)
    return SparseTensor(plain.name, plain.dtype, stream, kept.astype(np.uint8), values)


def is_mostly_zeros(tensor: PlainTensor) -> bool:
    """Whether a tensor is a matrix or kernel of floating-point numbers more than half of which are +0."""
    if not tensor.dtype.is_float or len(tensor.shape) < 2:
        return False
    return 2 * int(np.count_nonzero(_is_kept(tensor))) < tensor.values.size


def _is_kept(tensor: PlainTensor) -> NDArray[np.bool_]:
    """False where all bits are zero, in the shape of the tensor."""
    stored = tensor.values.astype(tensor.dtype.storage)
    return stored.view(f"<u{stored.itemsize}") != 0
