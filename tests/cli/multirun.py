"""What ``train.py`` does, saying before each run how many networks of earlier ones are still in memory."""

import gc
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytorch_lightning as pl

from compressible import training
from compressible.cli.train import main

train = training.train


def count_then_train(config: Mapping[str, Any], folder: Path) -> Path:
    alive = sum(isinstance(thing, pl.LightningModule | pl.Trainer) for thing in gc.get_objects())
    print(f"live {alive}", file=sys.stderr)
    return train(config, folder)


training.train = count_then_train
main()
