"""The folder in which the commands of the documentation find what they name."""

import shutil
from pathlib import Path

import torch
from documented_blocks import TOP
from PIL import Image
from safetensors.torch import save
from torch import nn

from tiny_model import noise

PICTURES = ("photo.png", "photos/a.png", "photos/b.png", "data/kodak/kodim01.png", "data/kodak/kodim02.png")
DATA_SETS = ("b100", "urban100", "imagenet100")
CHECKPOINTS = ("model.pt", "pruned.pt")


def furnish(folder: Path) -> None:
    """Small pictures, checkpoints of a small network, a run, and the results of the repository."""
    for seed, name in enumerate((*PICTURES, *(f"data/{data_set}/a.png" for data_set in DATA_SETS))):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise(64, 80, seed)).save(path)
    state = nn.Sequential(nn.Conv2d(3, 16, 3), nn.BatchNorm2d(16), nn.Conv2d(16, 16, 3)).state_dict()
    for name in CHECKPOINTS:
        torch.save(state, folder / name)
    (folder / "model.safetensors").write_bytes(save(state))
    shutil.copytree(TOP / "results", folder / "results")
    (folder / "outputs" / "run").mkdir(parents=True)
    (folder / "outputs" / "run" / "config.yaml").write_text("beta: 0.1\n")
