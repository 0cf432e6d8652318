"""CIFAR-10: 50,000 training and 10,000 test images of 32 x 32 pixels in ten classes, downloaded on first use.

Copies with fewer images are taken as they are; say how many with every number (``len(data.test_images().labels)``).
"""

import hashlib
from pathlib import Path

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from compressible.data.cifar_pickles import read_batch
from compressible.data.downloads import cifar10
from compressible.data.labelled_images import InOrder, LabelledImages
from compressible.data.paths import DataError
from compressible.data.random_crops import StepSampler
from compressible.data.random_shifts import RandomShifts

TRAINING_FILES = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST_FILE = "test_batch"


class Cifar10(pl.LightningDataModule):
    """Batches of ``LabelledImages``, augmented for training.

    Args:
        root: folder of the pickles, ``cifar-10-batches-py``.
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

    def prepare_data(self) -> None:
        """Download and unpack unless the folder is there."""
        cifar10(self.root)

    def setup(self, stage: str) -> None:
        """Read the training files and split them."""
        parts = [read_batch(self.root / name) for name in TRAINING_FILES]
        data = LabelledImages(torch.cat([part.images for part in parts]), torch.cat([part.labels for part in parts]))
        if len(data.labels) <= self.held_out_count:
            raise DataError(f"{self.root} has {len(data.labels)} training images, not more than data.held_out")
        order = by_content(data.images)
        self.held_out = data.take(order[: self.held_out_count])
        self.training = data.take(order[self.held_out_count :])

    def training_files(self) -> list[Path]:
        """The files that were read, the held-out images among theirs."""
        return [self.root / name for name in TRAINING_FILES]

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
        return read_batch(self.root / TEST_FILE)


def by_content(images: Tensor) -> Tensor:
    """Indices in the order of the images' hashes: an order by chance that no seed and no order of the files changes."""
    digests = [hashlib.sha256(image).digest() for image in images.numpy()]
    return torch.tensor(sorted(range(len(digests)), key=digests.__getitem__))
