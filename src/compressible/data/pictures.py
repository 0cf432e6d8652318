"""Pictures for a network that is not trained: it looks at each once, and batches are numbers of pictures.

training pictures ──► network, once ──► feature maps ◄── numbers of the pictures of a step
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from compressible.data.random_crops import StepSampler

Part = Literal["training", "held_out", "test"]
"""What is fitted to, what every choice is made on, and what is read once, for the result."""


class Pictures(pl.LightningDataModule, ABC):
    """Pictures of one size in three parts.

    Args:
        root: where they are.
        fitting: training pictures that are fitted to, or all if there are fewer.
        watched: held-out pictures on which the error is watched meanwhile, or all if there are fewer.
        batch_size: pictures a step, of each process.
        seed: of the draws.
    """

    def __init__(self, root: str, fitting: int, watched: int, batch_size: int, seed: int) -> None:
        super().__init__()
        if min(fitting, watched, batch_size) < 1:
            raise ValueError(f"fitting, watched and batch_size must be positive, got {(fitting, watched, batch_size)}")
        self.root = Path(root)
        self.fitting = fitting
        self.watched = watched
        self.batch_size = batch_size
        self.seed = seed

    @abstractmethod
    def size(self, part: Part) -> int:
        """How many pictures a part has, once set up."""

    @abstractmethod
    def batches(self, part: Part, count: int) -> Iterator[Tensor]:
        """The first ``count`` pictures of a part, always the same, some at a time: uint8 (b, 3, h, w)."""

    @abstractmethod
    def files(self, part: Part) -> list[Path]:
        """The files that a part is read from."""

    @abstractmethod
    def names(self, part: Part) -> tuple[str, ...]:
        """Which pictures of these files a part is."""

    def training_files(self) -> list[Path]:
        """What the record of a run names."""
        return self.files("training")

    def held_out_names(self) -> tuple[str, ...]:
        """What the record of a run names."""
        return self.names("held_out")

    def fitting_pictures(self) -> Iterator[Tensor]:
        """Those that the numbers of training batches stand for."""
        return self.batches("training", self.fitting)

    def watched_pictures(self) -> Iterator[Tensor]:
        """Those that the numbers of validation batches stand for."""
        return self.batches("held_out", self.watched)

    def train_dataloader(self) -> DataLoader[Tensor]:
        """The rest of the run's batches, from the trainer's step on."""
        assert self.trainer is not None
        count = min(self.fitting, self.size("training"))
        draws = RandomNumbers(count, self.batch_size, self.trainer.max_steps, self.seed, self.trainer.global_rank)
        sampler = StepSampler(self.trainer.global_step, len(draws))
        # A generator of its own: making a loader must draw nothing from the global one.
        return DataLoader(draws, batch_size=None, sampler=sampler, generator=torch.Generator())

    def val_dataloader(self) -> DataLoader[Tensor]:
        """All watched pictures in order."""
        numbers = torch.arange(min(self.watched, self.size("held_out"))).split(self.batch_size)
        return DataLoader(list(numbers), batch_size=None, generator=torch.Generator())  # pyright: ignore[reportArgumentType]


class RandomNumbers(Dataset[Tensor]):
    """Item t is the whole batch of step t: any step can be made at any time, so a resumed run sees the same data.

    Args:
        count: the numbers are 0..count-1.
        batch_size: different numbers a batch, at most ``count``.
        steps: number of batches.
        seed: seed of all draws.
        rank: number of this process, so that each draws other numbers.
    """

    def __init__(self, count: int, batch_size: int, steps: int, seed: int, rank: int = 0) -> None:
        self.count = count
        self.batch_size = min(batch_size, count)
        self.steps = steps
        self.seed = seed
        self.rank = rank

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, step: int) -> Tensor:
        """Batch of step ``step``, (batch_size,) int64."""
        draw = np.random.default_rng((self.seed, self.rank, step))
        return torch.from_numpy(draw.choice(self.count, self.batch_size, replace=False))
