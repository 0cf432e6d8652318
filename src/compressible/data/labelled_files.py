"""Data sets of labelled images that come in a few files, held in memory as bytes."""

import hashlib
from abc import abstractmethod
from pathlib import Path

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from compressible.data.labelled_images import InOrder, LabelledImages
from compressible.data.paths import DataError
from compressible.data.random_crops import StepSampler
from compressible.data.random_shifts import RandomShifts


class LabelledFiles(pl.LightningDataModule):
    """Batches of ``LabelledImages``, augmented for training. Subclasses say which files there are and read them.

    Args:
        root: folder of the files.
        batch_size: images a training batch, of each process.
        seed: seed of order, shifts and flips.
        padding: largest shift in pixels.
        held_out: number of training images that are held out, the same for all seeds.
        held_out_batch_size: images a batch of these.

    Attributes:
        training: the images trained on, once set up.
        held_out: the images held out, once set up.
    """

    training: LabelledImages
    held_out: LabelledImages

    def __init__(
        self,
        root: str,
        batch_size: int = 128,
        seed: int = 0,
        padding: int = 4,
        held_out: int = 5000,
        held_out_batch_size: int = 500,
    ) -> None:
        super().__init__()
        if held_out < 1:
            raise ValueError(f"held_out is a number of images, at least 1, got {held_out}")
        self.root = Path(root)
        self.batch_size = batch_size
        self.seed = seed
        self.padding = padding
        self.held_out_count = held_out
        self.held_out_batch_size = held_out_batch_size

    @abstractmethod
    def training_files(self) -> list[Path]:
        """The files that training images are read from, the held-out ones among them."""

    @abstractmethod
    def test_file(self) -> Path:
        """The file of the test set."""

    @abstractmethod
    def read(self, path: Path) -> LabelledImages:
        """What one file holds. Raises ``DataError`` if it is no such file."""

    def setup(self, stage: str) -> None:
        """Read the training files and split them."""
        parts = [self.read(path) for path in self.training_files()]
        data = LabelledImages(torch.cat([part.images for part in parts]), torch.cat([part.labels for part in parts]))
        if len(data.labels) <= self.held_out_count:
            raise DataError(f"{self.root} has {len(data.labels)} training images, not more than data.held_out")
        order = by_content(data.images)
        self.held_out = data.take(order[: self.held_out_count])
        self.training = data.take(order[self.held_out_count :])

    def held_out_names(self) -> tuple[str, ...]:
        """Which of their images are held out."""
        return (f"the {self.held_out_count} images whose pixels have the lowest SHA-256",)

    def train_dataloader(self) -> DataLoader[LabelledImages]:
        """The rest of the run's batches, from the trainer's step on."""
        assert self.trainer is not None
        batches = RandomShifts(
            self.training,
            self.batch_size,
            self.trainer.max_steps,
            self.seed,
            self.padding,
            self.trainer.global_rank,
            self.trainer.world_size,
        )
        sampler = StepSampler(self.trainer.global_step, len(batches))
        # A generator of its own: making a loader must draw nothing from the global one.
        return DataLoader(batches, batch_size=None, sampler=sampler, generator=torch.Generator())

    def val_dataloader(self) -> DataLoader[LabelledImages]:
        """The held-out images."""
        batches = InOrder(self.held_out, self.held_out_batch_size)
        return DataLoader(batches, batch_size=None, generator=torch.Generator())

    def test_images(self) -> LabelledImages:
        """The test set, read when asked for: for the final evaluation and nothing else."""
        return self.read(self.test_file())


def by_content(images: Tensor) -> Tensor:
    """Indices in the order of the images' hashes: an order by chance that no seed and no order of the files changes."""
    digests = [hashlib.sha256(image).digest() for image in images.numpy()]
    return torch.tensor(sorted(range(len(digests)), key=digests.__getitem__))
