"""Configurations shrunk for tests, composed as the command line composes them."""

from pathlib import Path
from typing import Any

import numpy as np
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from PIL import Image

from compressible.composition import choose_scale, register
from compressible.resources import config_folder


def write_photographs(folder: Path, count: int = 6) -> Path:
    """Smooth random pictures of 96 x 80 pixels."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(0)
    for i in range(count):
        coarse = draw.integers(0, 256, (10, 12, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((96, 80), Image.Resampling.BICUBIC).save(folder / f"{i}.png")
    return folder


def configuration(photographs: Path, folder: Path, *overrides: str) -> dict[str, Any]:
    """A plain, resolved configuration of image compression whose files all go to ``folder``."""
    arguments = [
        *overrides,
        "name=test",
        "data.held_out=3",
        f"paths.cache={folder.parent / 'cache'}",
        "~callbacks.progress",
        f"callbacks.reconstructions.folder={folder}",
        f"callbacks.checkpoint.folder={folder}",
        f"callbacks.codebook_usage.folder={folder}",
        f"logger.csv.save_dir={folder}",
    ]
    if not any("bundled" in override for override in overrides):
        arguments.append(f"data.root={photographs}")
    return composed(arguments)


def composed(arguments: list[str]) -> dict[str, Any]:
    """The plain, resolved configuration that these command line arguments compose."""
    register()
    with initialize_config_dir(str(config_folder()), version_base="1.3"):
        plain = OmegaConf.to_container(compose("train", choose_scale(arguments)), resolve=True)
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}
