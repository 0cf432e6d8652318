"""Runs of small VQ-VAEs, as the training would leave them."""

from collections.abc import Sequence
from pathlib import Path

import torch
from omegaconf import OmegaConf
from safetensors.torch import save_file

from compressible.instantiate import instantiate
from small_run import composed


def write_run(folder: Path, seed: int = 0, quantizer: Sequence[str] = ()) -> Path:
    """A network of that seed, untrained but for its codebook, with its configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = composed(
        ["experiment=vqvae_mnist", "~callbacks.checkpoint", "~callbacks.progress", "~logger.csv", *quantizer]
    )
    torch.manual_seed(seed)
    model = instantiate(plain["model"])
    model.initialise(torch.rand(16, 1, 28, 28))
    state = {key: value.contiguous() for key, value in model.state_dict().items()}
    save_file(state, folder / "vqvae_mnist.safetensors")
    (folder / "config.yaml").write_text(OmegaConf.to_yaml(OmegaConf.create(plain)))
    (folder / "training.json").write_text("{}")
    return folder
