"""Trained models as files: safetensors with a description, nothing that could run code when it is read.

<name>.safetensors
    model.*       parameters and buffers, float16 where that is how they were evaluated
    tables.<i>    integer frequencies of bottleneck i
    metadata      description (JSON): how to build the model, its card, its hash
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from compressible.atomic import write_bytes_atomic
from compressible.bitstream.tables import alphabet_sizes
from compressible.codecs.description import Card, Description, ModelFileError, parse_description
from compressible.instantiate import ConfigError, instantiate
from compressible.models import Bottleneck, CompressingModel
from compressible.rates import StaticCoder, SymbolCoder

MODEL_PARTS = ("compressible.models.", "compressible.partitions.", "compressible.quantizers.")
"""All that a model file may name. Elsewhere in the package there are functions that write files or start programs."""


@dataclass(frozen=True)
class ExportedModel:
    """A trained network with the integer coders of its bottlenecks."""

    description: Description
    network: CompressingModel
    coders: tuple[SymbolCoder, ...] = field(repr=False)


def save_model(
    path: Path,
    name: str,
    node: Mapping[str, Any],
    network: CompressingModel,
    coders: tuple[StaticCoder, ...],
    card: Card,
) -> Description:
    """Write a model in half precision (centers stay float32: they are few, and every pixel depends on them).

    Args:
        path: the file.
        name: the model's name.
        node: plain configuration node that builds ``network``.
        network: the trained network.
        coders: one coder a bottleneck.
        card: what to know of the model.
    """
    tensors: dict[str, Tensor] = {}
    for key, value in network.state_dict().items():
        tensors[f"model.{key}"] = (value.half() if _is_halved(key, value) else value).cpu().contiguous()
    for i, coder in enumerate(coders):
        tensors[f"tables.{i}"] = torch.from_numpy(coder.frequencies.astype(np.int32))
    description = Description(
        name=name,
        hash=model_hash(node, _decoding(tensors, network)),
        checksum=model_hash(node, tensors),
        model=node,
        card=card,
    )
    write_bytes_atomic(path, save(tensors, {"description": json.dumps(asdict(description))}))
    return description


def round_weights(network: CompressingModel) -> None:
    """Give ``network`` the weights it will have when it is read back, so that what is measured is what is shipped."""
    state = network.state_dict()
    network.load_state_dict({key: v.half().float() if _is_halved(key, v) else v for key, v in state.items()})


def load_model(path: Path) -> ExportedModel:
    """Read and build a model. Raises ``ModelFileError`` if ``path`` is none, or damaged."""
    try:
        with safe_open(path, framework="pt") as file:
            description = parse_description(path, file.metadata())
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a mapping)
    except (SafetensorError, OSError) as error:
        raise ModelFileError(f"{path} is not a model exported by compressible") from error
    try:
        network = _build(description, tensors)
        coders = tuple(_coder(tensors[f"tables.{i}"], b) for i, b in enumerate(network.bottlenecks))
        digests = (model_hash(description.model, _decoding(tensors, network)), model_hash(description.model, tensors))
    except ConfigError as error:
        raise ModelFileError(f"{path} describes a model that cannot be built: {error}") from error
    # Constructors given absurd values raise whatever they stumble over.
    except Exception as error:
        raise ModelFileError(f"{path} does not fit the model that it describes") from error
    if digests != (description.hash, description.checksum):
        raise ModelFileError(f"{path} is damaged: its contents do not have the hash that it names")
    return ExportedModel(description, network.eval(), coders)


def model_hash(node: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> str:
    """Hash of a configuration and tensors as they are stored, 16 hexadecimal digits."""
    digest = hashlib.blake2b(json.dumps(node, sort_keys=True).encode(), digest_size=8)
    for key in sorted(tensors):
        value = tensors[key]
        digest.update(f"{key} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.numpy().tobytes())
    return digest.hexdigest()


def _decoding(tensors: Mapping[str, Tensor], network: CompressingModel) -> dict[str, Tensor]:
    """What a decoder needs: all but the encoder's tensors; an encoder may be trained on without breaking files."""
    encoder = f"model.{network.encoder_parameters}"
    return {key: value for key, value in tensors.items() if not key.startswith(encoder)}


def _build(description: Description, tensors: Mapping[str, Tensor]) -> CompressingModel:
    # Initial weights are overwritten below; a run that loads a model must not find its random state moved.
    with torch.random.fork_rng(devices=()):
        network = instantiate(description.model, allowed=MODEL_PARTS)
    if not isinstance(network, CompressingModel):
        raise ConfigError(f"a {type(network).__name__} is no compressing model")
    state = {key.removeprefix("model."): value for key, value in tensors.items() if key.startswith("model.")}
    network.load_state_dict({key: v.float() if v.is_floating_point() else v for key, v in state.items()})
    return network


def _coder(table: Tensor, bottleneck: Bottleneck) -> StaticCoder:
    frequencies = table.numpy()
    if alphabet_sizes(frequencies) != bottleneck.quantizer.alphabet:
        raise ValueError("the tables are for other alphabets than the quantizer's")
    return StaticCoder(frequencies)


def _is_halved(key: str, value: Tensor) -> bool:
    return value.is_floating_point() and ".quantizer." not in key
