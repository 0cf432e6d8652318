"""CIFAR-10 without its labels, for a network that is not trained."""

from collections.abc import Iterator
from pathlib import Path

from torch import Tensor

from compressible.data.cifar10 import TEST_FILE, Cifar10
from compressible.data.pictures import Part, Pictures

_AT_A_TIME = 500


class Cifar10Pictures(Pictures):
    """Arguments as for ``Pictures``; parts as those of ``Cifar10``, of which ``held_out`` training images are one."""

    def __init__(
        self,
        root: str,
        fitting: int = 5000,
        watched: int = 500,
        batch_size: int = 64,
        seed: int = 0,
        held_out: int = 5000,
    ) -> None:
        super().__init__(root, fitting, watched, batch_size, seed)
        self._images = Cifar10(root, held_out=held_out)

    def prepare_data(self) -> None:
        """Download and unpack unless the folder is there."""
        self._images.prepare_data()

    def setup(self, stage: str) -> None:
        """Read the training files and split them; for the test part there is nothing to do."""
        if stage != "test":
            self._images.setup(stage)

    def size(self, part: Part) -> int:
        """How many images a part has, once set up."""
        return len(self._part(part))

    def batches(self, part: Part, count: int) -> Iterator[Tensor]:
        """The first ``count`` images of a part, (b, 3, 32, 32)."""
        yield from self._part(part)[:count].split(_AT_A_TIME)

    def files(self, part: Part) -> list[Path]:
        """The files that a part is read from."""
        return [self.root / TEST_FILE] if part == "test" else self._images.training_files()

    def names(self, part: Part) -> tuple[str, ...]:
        """Which of their images a part is; for the test set nothing, since it is all of them."""
        if part == "test":
            return ()
        held_out = self._images.held_out_names()
        return held_out if part == "held_out" else tuple(f"all but {name}" for name in held_out)

    def _part(self, part: Part) -> Tensor:
        if part == "test":
            return self._images.test_images().images
        return (self._images.held_out if part == "held_out" else self._images.training).images
