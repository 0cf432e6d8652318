"""Data sets of labelled images that come in a few files, held in memory as bytes."""

import hashlib
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from compressible.data.batches import Shown, Stacked
from compressible.data.labelled_images import InOrder, LabelledImages
from compressible.data.moved import moved_copies
from compressible.data.paths import DataError
from compressible.data.random_crops import StepSampler
from compressible.data.random_shifts import RandomShifts
from compressible.data.views import View, Whole


class LabelledFiles(pl.LightningDataModule):
    """Batches of ``LabelledImages``, augmented for training. Subclasses say which files there are and read them.

    Args:
        root: folder of the files.
        batch_size: images a training batch, of each process.
        seed: seed of order, shifts and flips.
        padding: largest shift in pixels, or in places of what a view keeps.
        held_out: number of training images that are held out, the same for all seeds.
        held_out_batch_size: images a batch of these.
        flip: whether images are mirrored left to right in turns.
        moved: before the view, training images are also moved by up to so many pixels each way, so that an epoch has
            (2 moved + 1)^2 of each.
        replicas: networks that are trained at once: each has an order of its own, of seeds ``seed``, ``seed + 1``, ...,
            and training batches are stacked, (replicas, b, ...). None for one network, without such an axis.
        view: what a network is shown of the images; these themselves if there is none.

    Attributes:
        training: what is kept of the images trained on, not moved, once set up.
        held_out: what is kept of the images held out, once set up.
        image_shape: (c, h, w) of the images themselves, once set up.
    """

    training: LabelledImages
    held_out: LabelledImages
    image_shape: tuple[int, ...]

    def __init__(
        self,
        root: str,
        batch_size: int = 128,
        seed: int = 0,
        padding: int = 4,
        held_out: int = 5000,
        held_out_batch_size: int = 500,
        flip: bool = True,
        moved: int = 0,
        replicas: int | None = None,
        view: View | None = None,
    ) -> None:
        super().__init__()
        if held_out < 1:
            raise ValueError(f"held_out is a number of images, at least 1, got {held_out}")
        if moved < 0 or (replicas is not None and replicas < 1):
            raise ValueError(f"moved must be 0 or more and replicas positive, got {moved} and {replicas}")
        self.root = Path(root)
        self.batch_size = batch_size
        self.seed = seed
        self.padding = padding
        self.held_out_count = held_out
        self.held_out_batch_size = held_out_batch_size
        self.flip = flip
        self.moved = moved
        self.replicas = replicas
        self.view = Whole() if view is None else view

    @abstractmethod
    def training_files(self) -> list[Path]:
        """The files that training images are read from, the held-out ones among them."""

    @abstractmethod
    def test_files(self) -> list[Path]:
        """The files of the test set."""

    @abstractmethod
    def read(self, files: Sequence[Path]) -> LabelledImages:
        """What these files hold. Raises ``DataError`` if they are no such files."""

    def setup(self, stage: str) -> None:
        """Read the training files, split them, and keep what the view needs; moved copies are made to ``fit`` alone."""
        data = self.read(self.training_files())
        if len(data.labels) <= self.held_out_count:
            raise DataError(f"{self.root} has {len(data.labels)} training images, not more than data.held_out")
        self.image_shape = tuple(data.images.shape[1:])
        order = by_content(data.images)
        self.held_out = self._kept(data.take(order[: self.held_out_count]))
        images, labels = data.take(order[self.held_out_count :])
        self.training = self._kept(LabelledImages(images, labels))
        if stage != "fit":
            return
        others = [self.view.kept(copy) for copy in moved_copies(images, self.moved)]
        self._trained_on = LabelledImages(
            torch.cat([self.training.images, *others]) if others else self.training.images,
            labels.repeat(1 + len(others)),
        )

    def held_out_names(self) -> tuple[str, ...]:
        """Which of their images are held out."""
        return (f"the {self.held_out_count} images whose pixels have the lowest SHA-256",)

    def train_dataloader(self) -> DataLoader[LabelledImages]:
        """The rest of the run's batches, from the trainer's step on."""
        assert self.trainer is not None
        if self.replicas is None:
            kept = self.training_batches(self.trainer, self.seed)
        else:
            seeds = range(self.seed, self.seed + self.replicas)
            kept = Stacked([self.training_batches(self.trainer, seed) for seed in seeds])
        batches = Shown(kept, self.view)
        sampler = StepSampler(self.trainer.global_step, len(batches))
        # A generator of its own: making a loader must draw nothing from the global one.
        return DataLoader(batches, batch_size=None, sampler=sampler, generator=torch.Generator())

    def training_batches(self, trainer: pl.Trainer, seed: int) -> RandomShifts:
        """All batches of the trainer's run, in the order of a seed, of what is kept of images."""
        return RandomShifts(
            self._trained_on,
            self.batch_size,
            trainer.max_steps,
            seed,
            self.padding,
            trainer.global_rank,
            trainer.world_size,
            self.flip,
        )

    def val_dataloader(self) -> DataLoader[LabelledImages]:
        """The held-out images."""
        batches = Shown(InOrder(self.held_out, self.held_out_batch_size), self.view)
        return DataLoader(batches, batch_size=None, generator=torch.Generator())

    def test_images(self) -> LabelledImages:
        """The test set as it is shown, read when asked for: for the final evaluation and nothing else."""
        return self.shown(self._kept(self.read(self.test_files())))

    def shown(self, data: LabelledImages) -> LabelledImages:
        """What a network takes of what is kept of images."""
        return LabelledImages(self.view.shown(data.images), data.labels)

    def _kept(self, data: LabelledImages) -> LabelledImages:
        return LabelledImages(self.view.kept(data.images), data.labels)


def by_content(images: Tensor) -> Tensor:
    """Indices in the order of the images' hashes: an order by chance that no seed and no order of the files changes."""
    digests = [hashlib.sha256(image).digest() for image in images.numpy()]
    return torch.tensor(sorted(range(len(digests)), key=digests.__getitem__))
