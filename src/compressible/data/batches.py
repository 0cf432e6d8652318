"""Batches as a network takes them: seen through a view, and for several networks at once one beside the other."""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch.utils.data import Dataset

from compressible.data.labelled_images import LabelledImages
from compressible.data.views import View


class Batches(Protocol):
    """Item t is a batch."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def __getitem__(self, step: int, /) -> LabelledImages:
        """Batch ``step``."""
        ...


class Shown(Dataset[LabelledImages]):
    """Batches of what is kept of images, (..., c, h, w), through the view."""

    def __init__(self, batches: Batches, view: View) -> None:
        self.batches = batches
        self.view = view

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, step: int) -> LabelledImages:
        """Batch ``step``."""
        kept, labels = self.batches[step]
        shown = self.view.shown(kept.flatten(0, -4))
        return LabelledImages(shown.unflatten(0, kept.shape[:-3]), labels)


class Stacked(Dataset[LabelledImages]):
    """Item t are batches t of all parts: images (parts, b, ...), labels (parts, b)."""

    def __init__(self, parts: Sequence[Batches]) -> None:
        self.parts = parts

    def __len__(self) -> int:
        return len(self.parts[0])

    def __getitem__(self, step: int) -> LabelledImages:
        """Batches ``step``."""
        images, labels = zip(*(part[step] for part in self.parts), strict=True)
        return LabelledImages(torch.stack(images), torch.stack(labels))
