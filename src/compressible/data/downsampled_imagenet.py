"""ImageNet at 32 x 32 or 64 x 64 pixels (Chrabaszcz et al. 2017), from the NumPy files that image-net.org has.

It may not be passed on, so nothing is downloaded: register there, and unpack ``Imagenet32_train_npz.zip`` and
``Imagenet32_val_npz.zip`` (or those of 64) into one folder. All training images are held in memory, 4 or 16 GB.
"""

from collections.abc import Sequence
from math import isqrt
from pathlib import Path

import numpy as np
import torch

from compressible.data.labelled_files import LabelledFiles
from compressible.data.labelled_images import LabelledImages, joined
from compressible.data.paths import DataError

CLASSES = 1000


class DownsampledImageNet(LabelledFiles):
    """Arguments as for ``LabelledFiles``; ``root`` is the folder of the files, which settle the size of the images."""

    def prepare_data(self) -> None:
        """See that the files are there. Raises ``DataError`` if not."""
        if not (self.training_files() and all(path.exists() for path in self.test_files())):
            raise DataError(
                f"{self.root} has no train_data_batch_*.npz and val_data.npz; get them from image-net.org (it needs a "
                "registration) and name their folder, data.root=FOLDER"
            )

    def training_files(self) -> list[Path]:
        """Ten files; copies with fewer are taken as they are."""
        return sorted(self.root.glob("train_data_batch_*.npz"))

    def test_files(self) -> list[Path]:
        """The validation set, whose labels are public, stands in for the test set."""
        return [self.root / "val_data.npz"]

    def read(self, files: Sequence[Path]) -> LabelledImages:
        """Images and labels of all files. Raises ``DataError`` if one is no such file."""
        return joined([read_part(path) for path in files])


def read_part(path: Path) -> LabelledImages:
    """Images and labels of one file.

    Raises:
        DataError: if it is no such file.
    """
    try:
        with np.load(path, allow_pickle=False) as content:
            pixels, labels = content["data"], np.asarray(content["labels"], dtype=np.int64)
        side = isqrt(pixels.shape[1] // 3)
        if pixels.dtype != np.uint8 or not ((labels >= 1) & (labels <= CLASSES)).all():
            raise ValueError("not bytes with labels in 1..1000")
        images = torch.from_numpy(pixels.reshape(len(labels), 3, side, side))
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error})") from error
    except Exception as error:  # an archive can be damaged in any way
        raise DataError(f"{path} is not one of ImageNet's files ({type(error).__name__}: {error})") from error
    return LabelledImages(images, torch.from_numpy(labels - 1))
