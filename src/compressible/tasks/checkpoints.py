"""Reading the checkpoints that runs leave, and those of others, without running what is in them."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from compressible.instantiate import ConfigError
from compressible.weights.state import StateError, read_state

_NETWORK = "network."


def read_checkpoint(path: Path) -> dict[str, Any]:
    """What a run left at ``path``. Raises ``ConfigError`` if it is no checkpoint of a run."""
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a pickle can go wrong in any way
        raise ConfigError(f"{path} is not the checkpoint of a run") from error
    if not (isinstance(checkpoint, dict) and "state_dict" in checkpoint):
        raise ConfigError(f"{path} is not the checkpoint of a run")
    return checkpoint


def read_network(path: Path) -> dict[str, Tensor]:
    """The state of a network by its own names: a state dict in a file, or the network that a run trained.

    Raises:
        ConfigError: there is none at ``path``.
    """
    try:
        state = read_state(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except StateError as error:
        raise ConfigError(f"{path}: {error}") from error
    return {key.removeprefix(_NETWORK): value for key, value in state.items()}
