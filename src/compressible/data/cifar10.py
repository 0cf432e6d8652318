"""CIFAR-10: 50,000 training and 10,000 test images of 32 x 32 pixels in ten classes, downloaded on first use.

Copies with fewer images are taken as they are; say how many with every number (``len(data.test_images().labels)``).
"""

from collections.abc import Sequence
from pathlib import Path

from compressible.data.cifar_pickles import read_batch
from compressible.data.downloads import cifar10
from compressible.data.labelled_files import LabelledFiles
from compressible.data.labelled_images import LabelledImages, joined

TRAINING_FILES = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST_FILE = "test_batch"


class Cifar10(LabelledFiles):
    """Arguments as for ``LabelledFiles``; ``root`` is the folder of the pickles, ``cifar-10-batches-py``."""

    def prepare_data(self) -> None:
        """Download and unpack unless the folder is there."""
        cifar10(self.root)

    def training_files(self) -> list[Path]:
        """Five pickles."""
        return [self.root / name for name in TRAINING_FILES]

    def test_files(self) -> list[Path]:
        """One pickle."""
        return [self.root / TEST_FILE]

    def read(self, files: Sequence[Path]) -> LabelledImages:
        """See ``cifar_pickles.read_batch``."""
        return joined([read_batch(path) for path in files])
