"""Checkpoints: a network's state dict out of a file, as tensors of a weight file, and back.

    .safetensors ──┐                                  ┌──► .safetensors
                   ├─► {name: torch tensor} ◄──► tensors
    torch.save ────┘                                  └──► .pt

Nothing is unpickled but tensors.
"""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch

from compressible.bitstream.dtypes import DType
from compressible.bitstream.tensors import AliasTensor, PlainTensor, Tensor
from compressible.bitstream.weights import MAX_DECODED, WeightFile, check_decoded

NESTED = ("state_dict", "model_state_dict", "model", "net", "module", "params")
"""Under what names training code keeps a state dict within a checkpoint; Lightning under the first."""

TYPES = {getattr(torch, dtype.name.lower()): dtype for dtype in DType}
"""What a weight file calls the types of torch."""
_SUFFIXES = (".safetensors", ".pt", ".pth", ".ckpt", ".bin")


class StateError(ValueError):
    """A file or an object that is no state dict, or a name for none; the message says in one sentence what is wrong."""


def read_state(data: bytes) -> dict[str, torch.Tensor]:
    """The state dict in the bytes of a checkpoint: safetensors, or what ``torch.save`` wrote.

    Raises:
        StateError: there is none.
    """
    try:
        # Both begin differently: safetensors with the length of a JSON object, torch with PK or a pickle.
        if data[8:9] == b"{":
            return safetensors.torch.load(data)
        content = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # a pickle can go wrong in any way
        raise StateError(
            "this is no checkpoint of tensors alone, neither safetensors nor what torch.save writes of a state dict"
        ) from error
    return find_state(content)


def find_state(content: Any) -> dict[str, torch.Tensor]:
    """The state dict that ``content`` is, or that is nested in it under one of the names in ``NESTED``.

    Raises:
        StateError: there is none, or an entry is no tensor.
    """
    if not isinstance(content, Mapping):
        raise StateError(f"this checkpoint holds a {type(content).__name__}, not a state dict")
    for name in NESTED:
        if isinstance(content.get(name), Mapping):
            return find_state(content[name])
    for name, value in content.items():
        if not isinstance(name, str) or not isinstance(value, torch.Tensor):
            raise StateError(f"this checkpoint holds no state dict: its entry {name!r} is a {type(value).__name__}")
    if not content:
        raise StateError("this checkpoint holds no tensors")
    return dict(content)


def tensors_of(state: Mapping[str, torch.Tensor]) -> tuple[Tensor, ...]:
    """The tensors as they are; one that shares all its memory with an earlier one is an alias of that.

    Raises:
        StateError: an entry is no tensor, or one of a type or layout that a weight file does not have.
        BitstreamError: a name is too long, a tensor has too many axes, or all take more than a file may hold.
    """
    first: dict[tuple[Any, ...], str] = {}
    tensors: list[Tensor] = []
    taken = 0
    for name, tensor in state.items():
        if not isinstance(tensor, torch.Tensor):
            raise StateError(f"{name} is a {type(tensor).__name__}, and only tensors have a place in a file")
        if tensor.dtype not in TYPES or tensor.layout is not torch.strided or tensor.is_meta:
            raise StateError(
                f"{name} is a {tensor.dtype} tensor of layout {tensor.layout}, which has no place in a file"
            )
        storage = tensor.untyped_storage().data_ptr()
        same = (storage, tensor.storage_offset(), tensor.shape, tensor.stride(), tensor.dtype)
        # Tensors without values share no memory, wherever they point.
        if tensor.numel() and (other := first.setdefault(same, name)) != name:
            tensors.append(AliasTensor(name, other))
        else:
            # Known before it is copied: a number that is expanded can claim any shape.
            taken += tensor.numel() * tensor.element_size()
            check_decoded(taken, MAX_DECODED)
            tensors.append(PlainTensor(name, TYPES[tensor.dtype], _to_numpy(tensor)))
    return tuple(tensors)


def state_of(file: WeightFile) -> dict[str, torch.Tensor]:
    """Inverse of ``tensors_of``: the decoded tensors; aliases share the tensor they name."""
    state: dict[str, torch.Tensor] = {}
    for tensor in file.tensors:
        if isinstance(tensor, AliasTensor):
            state[tensor.name] = state[tensor.of]
        else:
            state[tensor.name] = _from_numpy(file.values(tensor), tensor.dtype)
    return state


def write_state(state: Mapping[str, torch.Tensor], path: Path) -> bytes:
    """The bytes of a checkpoint in the format that the suffix of ``path`` names.

    Safetensors hold no tensor twice under two names, so there tied tensors are written as often as they are named.

    Raises:
        StateError: the suffix names no format.
    """
    check_suffix(path)
    if path.suffix == ".safetensors":
        return safetensors.torch.save({name: t.clone().contiguous() for name, t in state.items()}, {"format": "pt"})
    buffer = io.BytesIO()
    torch.save(dict(state), buffer)
    return buffer.getvalue()


def check_suffix(path: Path) -> None:
    """Raise ``StateError`` if the suffix of ``path`` names no format of checkpoints."""
    if path.suffix not in _SUFFIXES:
        raise StateError(f"{path} must end in {', '.join(_SUFFIXES[:-1])} or {_SUFFIXES[-1]}")


def _to_numpy(tensor: torch.Tensor) -> np.ndarray:
    own = tensor.detach().cpu().contiguous()
    return own.view(torch.int16).numpy().view(np.uint16) if own.dtype == torch.bfloat16 else own.numpy()


def _from_numpy(values: np.ndarray, dtype: DType) -> torch.Tensor:
    # A copy, since what was read from a file must not be written to.
    own = np.array(values)
    return (
        torch.from_numpy(own.view(np.int16)).view(torch.bfloat16) if dtype is DType.BFLOAT16 else torch.from_numpy(own)
    )
