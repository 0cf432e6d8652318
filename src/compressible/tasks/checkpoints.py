"""Reading the checkpoints that runs leave, without running what is in them."""

from pathlib import Path
from typing import Any

import torch

from compressible.instantiate import ConfigError


def read_checkpoint(path: Path) -> dict[str, Any]:
    """What a run left at ``path``. Raises ``ConfigError`` if it is no checkpoint of a run."""
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a pickle can go wrong in any way
        raise ConfigError(f"{path} is not the checkpoint of a run") from error
    if not (isinstance(checkpoint, dict) and "state_dict" in checkpoint):
        raise ConfigError(f"{path} is not the checkpoint of a run")
    return checkpoint
