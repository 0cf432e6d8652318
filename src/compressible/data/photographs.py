"""Photographs for training: random crops of a folder, with a fixed part held out for every choice made on the way."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from compressible.data.photo_cache import PhotoCache
from compressible.data.random_crops import RandomCrops, StepSampler


class Photographs(pl.LightningDataModule):
    """Batches of uint8 crops (b, 3, h, w).

    The loaders have generators of their own, so that making one draws nothing from the global generator, on which a
    resumed run must agree with an undisturbed one.

    Args:
        root: folder of photographs.
        cache: folder for the decoded copy.
        crop: side of a training crop in pixels.
        batch_size: crops a batch.
        seed: seed of the crops.
        held_out: one photograph in this many is held out, by a hash of its name, so that adding photographs moves
            none from one part to the other.
        held_out_crop: side of the central piece of a held-out photograph that is evaluated during training.
    """

    def __init__(
        self,
        root: str,
        cache: str,
        crop: int = 128,
        batch_size: int = 15,
        seed: int = 0,
        held_out: int = 30,
        held_out_crop: int = 256,
    ) -> None:
        super().__init__()
        if held_out < 2:
            raise ValueError(f"held_out must be at least 2 (one photograph in this many), got {held_out}")
        self.root = Path(root)
        self.cache = Path(cache)
        self.crop = crop
        self.batch_size = batch_size
        self.seed = seed
        self.held_out = held_out
        self.held_out_crop = held_out_crop

    def setup(self, stage: str) -> None:
        """Decode the folder on first use and split it."""
        self.photos = PhotoCache(self.root, self.cache)
        held_out = [self.is_held_out(entry.name) for entry in self.photos.entries]
        self.held_out_indices = [i for i, held in enumerate(held_out) if held]
        self.training_indices = [i for i, held in enumerate(held_out) if not held]

    def training_files(self) -> list[Path]:
        """All files of the folder, the held-out ones too."""
        return [self.root / entry.name for entry in self.photos.entries]

    def held_out_names(self) -> tuple[str, ...]:
        """Which of them are held out."""
        return tuple(self.photos.entries[i].name for i in self.held_out_indices)

    def is_held_out(self, name: str) -> bool:
        """Whether the photograph of that file name is held out."""
        return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % self.held_out == 0

    def training_photographs(self, limit: int) -> Iterator[np.ndarray]:
        """Whole training photographs, (h, w, 3) uint8, at most ``limit`` and always the same."""
        stride = max(1, len(self.training_indices) // limit)
        for index in self.training_indices[::stride][:limit]:
            yield self.photos[index]

    def train_dataloader(self) -> DataLoader[Tensor]:
        """The rest of the run's batches, from the trainer's step on."""
        assert self.trainer is not None
        crops = RandomCrops(
            self.photos,
            self.training_indices,
            self.crop,
            self.batch_size,
            self.trainer.max_steps,
            self.seed,
            self.trainer.global_rank,
        )
        sampler = StepSampler(self.trainer.global_step, len(crops))
        return DataLoader(crops, batch_size=None, sampler=sampler, generator=torch.Generator())

    def val_dataloader(self) -> DataLoader[Tensor]:
        """Central pieces of the held-out photographs, one at a time."""
        held_out = HeldOut(self.photos, self.held_out_indices, self.held_out_crop)
        return DataLoader(held_out, batch_size=1, generator=torch.Generator())


class HeldOut(Dataset[Tensor]):
    """Central pieces of pictures, (3, h, w) uint8, sides cut down to multiples of 64 and at most ``crop``."""

    def __init__(self, photos: PhotoCache, indices: list[int], crop: int) -> None:
        self.photos = photos
        self.indices = [i for i in indices if min(photos.entries[i].height, photos.entries[i].width) >= 64]
        self.crop = crop

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> Tensor:
        """Piece ``index``."""
        picture = self.photos[self.indices[index]]
        height, width = (min(side, self.crop) // 64 * 64 for side in picture.shape[:2])
        top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
        piece = np.ascontiguousarray(picture[top : top + height, left : left + width])
        return torch.from_numpy(piece).permute(2, 0, 1)
