"""Any folder of pictures, for a network that is not trained: the centre of each, at the size the network knows."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from compressible.data.paths import DataError, image_files
from compressible.data.pictures import Part, Pictures
from compressible.images import read_image, to_pillow

_AT_A_TIME = 16
_PARTS = 10
"""By a hash of its name a picture is one of so many parts, one of which is held out and one is the test set."""


class PictureFolder(Pictures):
    """Arguments as for ``Pictures``, and those of ``centre``. A picture is always in the same part."""

    def __init__(
        self,
        root: str,
        fitting: int = 2000,
        watched: int = 100,
        batch_size: int = 64,
        seed: int = 0,
        resized: int = 256,
        side: int = 224,
    ) -> None:
        super().__init__(root, fitting, watched, batch_size, seed)
        if not 1 <= side <= resized:
            raise ValueError(f"side must be positive and at most resized, got {side} and {resized}")
        self.resized = resized
        self.picture_side = side

    def prepare_data(self) -> None:
        """See that there is a folder, and that no part of it is empty. Raises ``DataError`` if not."""
        image_files(self.root)
        self.setup("fit")
        if not all(self._files.values()):
            raise DataError(f"{self.root} has too few pictures to make three parts of them")

    def setup(self, stage: str) -> None:
        """Share the files out."""
        self._files: dict[Part, list[Path]] = {"training": [], "held_out": [], "test": []}
        for path in image_files(self.root):
            self._files[part_of(path.name)].append(path)

    def size(self, part: Part) -> int:
        """How many pictures a part has, once set up."""
        return len(self._files[part])

    def batches(self, part: Part, count: int) -> Iterator[Tensor]:
        """The first ``count`` pictures of a part, (b, 3, side, side). Raises ``ImageError`` if one cannot be read."""
        paths = self._files[part][:count]
        for start in range(0, len(paths), _AT_A_TIME):
            pictures = (read_image(path).pixels for path in paths[start : start + _AT_A_TIME])
            yield torch.stack([centre(pixels, self.resized, self.picture_side) for pixels in pictures])

    def files(self, part: Part) -> list[Path]:
        """The files of a part."""
        return self._files[part]

    def names(self, part: Part) -> tuple[str, ...]:
        """Their names."""
        return tuple(path.name for path in self._files[part])


def part_of(name: str) -> Part:
    """The part of the picture of that file name."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % _PARTS
    return "test" if number == 0 else "held_out" if number == 1 else "training"


def centre(pixels: np.ndarray, resized: int, side: int) -> Tensor:
    """The central square of a picture, (3, side, side), after its shorter side was made ``resized`` pixels long.

    As torchvision prepares pictures for its networks: 256 and 224, by linear interpolation.
    """
    height, width = (resized * length // min(pixels.shape[:2]) for length in pixels.shape[:2])
    image = to_pillow(pixels).resize((width, height), Image.Resampling.BILINEAR)
    top, left = round((height - side) / 2), round((width - side) / 2)
    piece = np.array(image.crop((left, top, left + side, top + side)))
    return torch.from_numpy(piece).permute(2, 0, 1)
