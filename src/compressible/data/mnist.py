"""MNIST: 60,000 training and 10,000 test images of 28 x 28 grey pixels in ten classes, downloaded on first use.

LeCun, Bottou, Bengio & Haffner 1998, "Gradient-Based Learning Applied to Document Recognition".
"""

from collections.abc import Sequence
from pathlib import Path

import torch

from compressible.data.downloads import mnist
from compressible.data.idx_files import read_idx
from compressible.data.labelled_files import LabelledFiles
from compressible.data.labelled_images import LabelledImages
from compressible.data.paths import DataError

IMAGES, LABELS = "images-idx3-ubyte", "labels-idx1-ubyte"


class Mnist(LabelledFiles):
    """Arguments as for ``LabelledFiles``; ``root`` is the folder of the IDX files, packed by gzip or not."""

    def prepare_data(self) -> None:
        """Download what is not there, and see that the view has what it needs."""
        mnist(self.root)
        self.view.prepare()

    def training_files(self) -> list[Path]:
        """Images, labels."""
        return self._files("train")

    def test_files(self) -> list[Path]:
        """Images, labels."""
        return self._files("t10k")

    def read(self, files: Sequence[Path]) -> LabelledImages:
        """Grey images (n, 1, 28, 28) and their labels.

        Raises:
            DataError: if the files are not there, or do not belong together.
        """
        images, labels = (read_idx(path, rank) for path, rank in zip(files, (3, 1), strict=True))
        if len(images) != len(labels):
            raise DataError(f"{files[0]} has {len(images)} images, and {files[1].name} {len(labels)} labels")
        return LabelledImages(torch.from_numpy(images)[:, None], torch.from_numpy(labels).long())

    def _files(self, part: str) -> list[Path]:
        return [unpacked_or_packed(self.root / f"{part}-{kind}") for kind in (IMAGES, LABELS)]


def unpacked_or_packed(path: Path) -> Path:
    """``path`` if it is there, otherwise the same with ``.gz``."""
    return path if path.exists() else path.with_name(f"{path.name}.gz")
