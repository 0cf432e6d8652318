"""CIFAR-10 without its labels, for networks that learn to reconstruct its images."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from compressible.data.cifar10 import Cifar10
from compressible.data.random_crops import StepSampler
from compressible.data.random_shifts import RandomShifts


class Cifar10Images(pl.LightningDataModule):
    """Batches of uint8 images (b, 3, 32, 32), in the order, and with the shifts and flips, of ``Cifar10``.

    Args:
        root: folder of the pickles, ``cifar-10-batches-py``.
        batch_size: images a training batch, of each process.
        seed: seed of order, shifts and flips.
        padding: largest shift in pixels.
        held_out: number of training images that are held out, the same for all seeds.
        watched: how many of these are looked at during training, or all if there are fewer.
    """

    def __init__(
        self,
        root: str,
        batch_size: int = 128,
        seed: int = 0,
        padding: int = 0,
        held_out: int = 5000,
        watched: int = 500,
    ) -> None:
        super().__init__()
        if watched < 1:
            raise ValueError(f"watched is a number of images, at least 1, got {watched}")
        self.root = Path(root)
        self.watched = watched
        self._labelled = Cifar10(root, batch_size, seed, padding, held_out)

    def prepare_data(self) -> None:
        """Download and unpack unless the folder is there."""
        self._labelled.prepare_data()

    def setup(self, stage: str) -> None:
        """Read the training files and split them."""
        self._labelled.setup(stage)

    def training_files(self) -> list[Path]:
        """The files that training images are read from, the held-out ones among them."""
        return self._labelled.training_files()

    def held_out_names(self) -> tuple[str, ...]:
        """Which of their images are held out."""
        return self._labelled.held_out_names()

    def training_photographs(self, limit: int) -> Iterator[np.ndarray]:
        """Training images as they are, (32, 32, 3) uint8, at most ``limit`` and always the same."""
        for image in self._labelled.training.images[:limit]:
            yield image.permute(1, 2, 0).contiguous().numpy()

    def train_dataloader(self) -> DataLoader[Tensor]:
        """The rest of the run's batches, from the trainer's step on."""
        assert self.trainer is not None
        batches = self._labelled.training_batches(self.trainer, self._labelled.seed)
        sampler = StepSampler(self.trainer.global_step, len(batches))
        # A generator of its own: making a loader must draw nothing from the global one.
        return DataLoader(Unlabelled(batches), batch_size=None, sampler=sampler, generator=torch.Generator())

    def val_dataloader(self) -> DataLoader[Tensor]:
        """The watched images, one at a time: each is coded by itself."""
        images = self._labelled.held_out.images[: self.watched].split(1)
        return DataLoader(list(images), batch_size=None, generator=torch.Generator())  # pyright: ignore[reportArgumentType]


class Unlabelled(Dataset[Tensor]):
    """The images of each batch alone."""

    def __init__(self, batches: RandomShifts) -> None:
        self.batches = batches

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, step: int) -> Tensor:
        """Images of step ``step``, (b, 3, h, w) uint8."""
        return self.batches[step].images
