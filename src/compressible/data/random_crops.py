"""Random crops of photographs, as a pure function of seed and step."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from compressible.data.paths import DataError
from compressible.data.photo_cache import PhotoCache


class RandomCrops(Dataset[Tensor]):
    """Item t is the whole batch of step t: any step can be made at any time, so a resumed run sees the same data.

    Pictures are drawn in proportion to their area; a crop is flipped left to right half of the time.

    Args:
        photos: decoded pictures.
        indices: which of them to use.
        crop: side of a crop in pixels. Smaller pictures are left out.
        batch_size: crops a batch.
        steps: number of batches.
        seed: seed of all draws.
        rank: number of this process, so that each draws other crops.
    """

    def __init__(
        self, photos: PhotoCache, indices: list[int], crop: int, batch_size: int, steps: int, seed: int, rank: int = 0
    ) -> None:
        entries = photos.entries
        self.indices = [i for i in indices if min(entries[i].height, entries[i].width) >= crop]
        if not self.indices:
            raise DataError(f"no photograph has both sides of at least {crop} pixels, the size of a training crop")
        areas = np.array([entries[i].height * entries[i].width for i in self.indices], dtype=np.float64)
        self.weights = areas / areas.sum()
        self.photos = photos
        self.crop = crop
        self.batch_size = batch_size
        self.steps = steps
        self.seed = seed
        self.rank = rank

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, step: int) -> Tensor:
        """Batch of step ``step``, (batch_size, 3, crop, crop) uint8."""
        draw = np.random.default_rng((self.seed, self.rank, step))
        crops = [self._crop(int(i), draw) for i in draw.choice(self.indices, self.batch_size, p=self.weights)]
        return torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2)

    def _crop(self, index: int, draw: np.random.Generator) -> np.ndarray:
        picture = self.photos[index]
        top = int(draw.integers(picture.shape[0] - self.crop + 1))
        left = int(draw.integers(picture.shape[1] - self.crop + 1))
        crop = picture[top : top + self.crop, left : left + self.crop]
        return crop[:, ::-1] if draw.random() < 0.5 else crop


class StepSampler(Sampler[int]):
    """Steps ``start`` to the end, in order; its length is that of the whole run, which is what progress counts in."""

    def __init__(self, start: int, steps: int) -> None:
        self.start = start
        self.steps = steps

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.start, self.steps))
