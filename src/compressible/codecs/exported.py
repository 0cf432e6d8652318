"""Trained models as files: weight files that describe themselves, nothing that could run code when it is read.

<name>.cmpw
    model.*       parameters and buffers, float16 where that is how they were evaluated
    tables.<i>    integer frequencies of bottleneck i
    description   bytes of JSON: how to build the model, its card, its hash
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from compressible.atomic import write_bytes_atomic
from compressible.bitstream import SymbolModelKind
from compressible.bitstream import tensors as stored
from compressible.bitstream.dtypes import DType
from compressible.bitstream.errors import BitstreamError
from compressible.bitstream.tables import alphabet_sizes
from compressible.bitstream.weight_file import decode_weights, encode_weights
from compressible.bitstream.weights import WeightFile
from compressible.codecs.base import ENTROPY
from compressible.codecs.description import (
    MAX_BYTES,
    TENSOR,
    Card,
    Description,
    ModelFileError,
    description_in,
    read_model,
)
from compressible.instantiate import ConfigError, instantiate
from compressible.models import Bottleneck, ImageAutoencoder
from compressible.rates import SymbolCoder, coder_of_tables
from compressible.weights.state import state_of, tensors_of

NETWORK = "model."
"""What the names of a network's tensors begin with."""
MODEL_PARTS = ("compressible.models.", "compressible.partitions.", "compressible.quantizers.")
"""All that a model file may name. Elsewhere in the package there are functions that write files or start programs."""
Store = Callable[[tuple[stored.Tensor, ...]], WeightFile]
"""Decides in which form plain tensors are stored."""


@dataclass(frozen=True)
class ExportedModel:
    """A trained network with the integer coders of its bottlenecks, which write its files."""

    description: Description
    network: ImageAutoencoder
    coders: tuple[SymbolCoder, ...] = field(repr=False)


def save_model(
    path: Path,
    name: str,
    node: Mapping[str, Any],
    network: ImageAutoencoder,
    coders: tuple[SymbolCoder, ...],
    card: Card,
    store: Store = WeightFile,
) -> Description:
    """Write a model in half precision (centers stay float32: they are few, and every pixel depends on them).

    Args:
        path: the file.
        name: the model's name.
        node: plain configuration node that builds ``network``.
        network: the trained network.
        coders: one a bottleneck, of any kind that has tables: these are what is stored.
        card: what to know of the model.
        store: how tensors are stored, by default bit for bit. Hashes are of what they decode to.

    Raises:
        ValueError: a coder has no tables.
    """
    state = {f"{NETWORK}{k}": v.half() if is_halved(k, v) else v for k, v in network.state_dict().items()}
    for i, coder in enumerate(coders):
        if coder.frequencies is None:
            raise ValueError(f"a model is stored with its tables, and a {coder.kind.name.lower()} coder has none")
        state[f"tables.{i}"] = torch.from_numpy(coder.frequencies.astype(np.int32))
    file = store(tensors_of(state))
    tensors = state_of(file)
    description = Description(
        name=name,
        hash=model_hash(node, _decoding(tensors, network)),
        checksum=model_hash(node, tensors),
        model=node,
        card=card,
    )
    text = np.frombuffer(json.dumps(asdict(description)).encode(), np.uint8)
    described = (stored.PlainTensor(TENSOR, DType.UINT8, text), *file.tensors)
    write_bytes_atomic(path, encode_weights(WeightFile(described, file.streams), MAX_BYTES))
    return description


def round_weights(network: ImageAutoencoder) -> None:
    """Give ``network`` the weights it will have when it is read back, so that what is measured is what is shipped."""
    state = network.state_dict()
    network.load_state_dict({key: v.half().float() if is_halved(key, v) else v for key, v in state.items()})


def load_model(path: Path, entropy: SymbolModelKind = ENTROPY) -> ExportedModel:
    """Read and build a model.

    Args:
        path: the file.
        entropy: which coders are made from its tables.

    Raises:
        ModelFileError: ``path`` is no model, or damaged.
    """
    data = read_model(path)
    description = description_in(path, data)
    try:
        tensors = state_of(decode_weights(data, MAX_BYTES))
    except BitstreamError as error:
        raise ModelFileError(f"{path} is not a model exported by compressible: {error}") from error
    del tensors[TENSOR]
    try:
        network = _build(description, tensors)
        coders = tuple(_coder(entropy, tensors[f"tables.{i}"], b) for i, b in enumerate(network.bottlenecks))
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


def _decoding(tensors: Mapping[str, Tensor], network: ImageAutoencoder) -> dict[str, Tensor]:
    """What a decoder needs: all but the encoder's tensors; an encoder may be trained on without breaking files."""
    encoder = f"{NETWORK}{network.encoder_parameters}"
    return {key: value for key, value in tensors.items() if not key.startswith(encoder)}


def _build(description: Description, tensors: Mapping[str, Tensor]) -> ImageAutoencoder:
    # Initial weights are overwritten below; a run that loads a model must not find its random state moved.
    with torch.random.fork_rng(devices=()):
        network = instantiate(description.model, allowed=MODEL_PARTS)
    if not isinstance(network, ImageAutoencoder):
        raise ConfigError(f"a {type(network).__name__} is no compressing model")
    state = {key.removeprefix(NETWORK): value for key, value in tensors.items() if key.startswith(NETWORK)}
    network.load_state_dict({key: v.float() if v.is_floating_point() else v for key, v in state.items()})
    return network


def _coder(entropy: SymbolModelKind, table: Tensor, bottleneck: Bottleneck) -> SymbolCoder:
    frequencies = table.numpy()
    if alphabet_sizes(frequencies) != bottleneck.quantizer.alphabet:
        raise ValueError("the tables are for other alphabets than the quantizer's")
    return coder_of_tables(entropy, frequencies)


def is_halved(key: str, value: Tensor) -> bool:
    """Whether a tensor of a network's state is stored in half precision."""
    return value.is_floating_point() and ".quantizer." not in key
