"""Images with the classes they belong to."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.data import Dataset


class LabelledImages(NamedTuple):
    """A data set held in memory, or a batch of one.

    Attributes:
        images: (n, c, h, w) uint8, or what a view makes of them.
        labels: (n,) int64.
    """

    images: Tensor
    labels: Tensor

    def take(self, indices: Tensor) -> "LabelledImages":
        """Those images, in that order."""
        return LabelledImages(self.images[indices], self.labels[indices])


def joined(parts: Sequence[LabelledImages]) -> LabelledImages:
    """All images of several data sets, one set after the other."""
    images, labels = zip(*parts, strict=True)
    return LabelledImages(torch.cat(images), torch.cat(labels))


class InOrder(Dataset[LabelledImages]):
    """Item t is the t-th batch of all images as they are; the last one may be smaller."""

    def __init__(self, data: LabelledImages, batch_size: int) -> None:
        self.images = data.images.split(batch_size)
        self.labels = data.labels.split(batch_size)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> LabelledImages:
        """Batch ``index``."""
        return LabelledImages(self.images[index], self.labels[index])
