"""A trained network as we code it and as NNCodec does, the reference software of ISO/IEC 15938-17.

    ours, at its own step ──► error ──► NNCodec, at the first qp with as large a one ──► error ──► ours, at the step
                                                                                                   with that error

Error is the squared error of all matrices and kernels over their squares. NNCodec minimises just that; our grid weighs
errors by what they do to a layer's output, so equal errors are not equal harm. All else is rounded by both: in NNCodec
as it does unless told otherwise, by us to half precision's mantissa. Integers are left out of both.
"""

import importlib
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Summary, in_turns, summarise
from compressible.bitstream.dtypes import DType
from compressible.bitstream.tensors import PlainTensor
from compressible.bitstream.weight_file import decode_weights, encode_weights
from compressible.weights.one_shot import OneShot, compress_tensors
from compressible.weights.state import StateError, read_state

MANTISSA = 10
STEPS = tuple(np.geomspace(0.05, 5, 1000).tolist())
QPS = tuple(range(-80, 21))

Arrays = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class NamedState:
    """A trained network.

    Attributes:
        name: of its file.
        arrays: floating-point tensors in float32.
    """

    name: str
    arrays: Arrays


@dataclass(frozen=True)
class Coded:
    """A network as one codec codes it.

    Attributes:
        setting: our step, or NNCodec's qp.
        bytes: of the file.
        factor: how many times smaller it is than the values in float32.
        error: see above.
        encode_seconds: from arrays to bytes.
        decode_seconds: from bytes to arrays.
    """

    setting: float
    bytes: int
    factor: float
    error: float
    encode_seconds: Summary
    decode_seconds: Summary


@dataclass(frozen=True)
class NNCodecFiles:
    """Both codecs on one network.

    Attributes:
        network: its file's name.
        values: that are coded.
        ours: by us.
        nncodec: by NNCodec, with dependent quantization, its default.
    """

    network: str
    values: int
    ours: Coded
    nncodec: Coded


@dataclass(frozen=True)
class Found:
    """NNCodec's functions, or why there are none.

    Attributes:
        version: of the package, or the reason.
        module: ``nncodec.nnc``.
    """

    version: str
    module: Any | None


class Codec(Protocol):
    """Arrays to bytes and back."""

    def encode(self, arrays: Arrays, setting: float) -> bytes:
        """A file, the smaller and the worse the larger ``setting``."""
        ...

    def decode(self, data: bytes) -> Arrays:
        """The arrays of a file, by name."""
        ...


class Ours:
    """The framework; the setting is the step."""

    def encode(self, arrays: Arrays, setting: float) -> bytes:
        """A weight file."""
        tensors = [PlainTensor(name, DType.FLOAT32, values) for name, values in arrays.items()]
        return encode_weights(compress_tensors(tensors, OneShot(setting, mantissa=MANTISSA)))

    def decode(self, data: bytes) -> Arrays:
        """The arrays of a weight file."""
        return decode_weights(data).arrays()


class NNCodec:
    """NNCodec; the setting is its qp.

    Args:
        module: ``nncodec.nnc``.
    """

    def __init__(self, module: Any) -> None:
        self.module = module

    def encode(self, arrays: Arrays, setting: float) -> bytes:
        """A bitstream, with what ``nncodec.nn.encode`` turns on unless told otherwise."""
        return bytes(
            self.module.compress(
                dict(arrays), bitstream_path=None, qp=int(setting), row_skipping=True, return_bitstream=True
            )
        )

    def decode(self, data: bytes) -> Arrays:
        """The arrays of a bitstream, which NNCodec tells from a path by its type."""
        return self.module.decompress(bytearray(data))


def read_network(path: Path) -> NamedState:
    """The network in a checkpoint.

    Raises:
        OSError: the file cannot be read.
        StateError: it is no checkpoint, or holds nothing that could be quantized.
    """
    state = read_state(path.read_bytes())
    floats = {name: value.float().numpy() for name, value in state.items() if value.is_floating_point()}
    arrays = {name: np.atleast_1d(values) for name, values in floats.items()}  # NNCodec takes no scalars
    if not any(values.ndim > 1 and values.any() for values in arrays.values()):
        raise StateError("this checkpoint holds no matrices or kernels to quantize")
    return NamedState(path.name, arrays)


def find_nncodec() -> Found:
    """NNCodec, where it and what it needs are installed."""
    try:
        return Found(metadata.version("nncodec"), importlib.import_module("nncodec.nnc"))
    except Exception as error:  # it imports much that coding does not need, which can go wrong in any way
        return Found(f"not measured: it cannot be imported ({error})", None)


def compare(network: NamedState, module: Any, quick: bool) -> NNCodecFiles:
    """Settings of one error, and then all measured in turns."""
    arrays = network.arrays
    ours, nncodec = Ours(), NNCodec(module)
    qp = setting_of(nncodec, arrays, QPS, error_at(ours, arrays, OneShot().step))
    step = setting_of(ours, arrays, STEPS, error_at(nncodec, arrays, qp))
    repetitions = 2 if quick else 7
    codecs: Mapping[str, tuple[Codec, float]] = {"ours": (ours, step), "nncodec": (nncodec, qp)}
    files = {name: codec.encode(arrays, setting) for name, (codec, setting) in codecs.items()}
    calls: dict[str, Callable[[], object]] = {}
    for name, (codec, setting) in codecs.items():
        calls[f"{name} encode"] = partial(codec.encode, arrays, setting)
        calls[f"{name} decode"] = partial(codec.decode, files[name])
    seconds = in_turns(calls, repetitions, warm_up=1)
    values = sum(array.size for array in arrays.values())
    measured = {
        name: Coded(
            setting=setting,
            bytes=len(files[name]),
            factor=4 * values / len(files[name]),
            error=relative_error(arrays, codec.decode(files[name])),
            encode_seconds=summarise(seconds[f"{name} encode"]),
            decode_seconds=summarise(seconds[f"{name} decode"]),
        )
        for name, (codec, setting) in codecs.items()
    }
    return NNCodecFiles(network.name, values, measured["ours"], measured["nncodec"])


def setting_of(codec: Codec, arrays: Arrays, settings: Sequence[float], error: float) -> float:
    """The first of ascending ``settings`` with at least that error, or the last."""
    found = bisect_left(settings, error, key=partial(error_at, codec, arrays))
    return settings[min(found, len(settings) - 1)]


def error_at(codec: Codec, arrays: Arrays, setting: float) -> float:
    """Error of what is decoded."""
    return relative_error(arrays, codec.decode(codec.encode(arrays, setting)))


def relative_error(arrays: Arrays, decoded: Arrays) -> float:
    """Squared error of all matrices and kernels over their squares."""
    kernels = [name for name, values in arrays.items() if values.ndim > 1]
    error = sum(float(np.square(decoded[name] - arrays[name], dtype=np.float64).sum()) for name in kernels)
    return error / sum(float(np.square(arrays[name], dtype=np.float64).sum()) for name in kernels)
