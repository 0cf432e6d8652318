"""Photographs that come with scikit-image: enough to try everything without a download."""

from pathlib import Path

import numpy as np
import skimage.data

from compressible.data.photographs import Photographs
from compressible.images import write_image

TRAINING = ("astronaut", "coffee", "motorcycle_left", "immunohistochemistry")
HELD_OUT = "hubble_deep_field"
EVALUATION = ("chelsea", "rocket")
"""Never trained on: a cat and a rocket on its launch pad."""


class BundledPhotographs(Photographs):
    """The training part, as crops; arguments as for ``Photographs``, whose ``root`` is made here."""

    def prepare_data(self) -> None:
        """Write the pictures where ``Photographs`` looks for them."""
        write_pictures(self.root, (*TRAINING, HELD_OUT))

    def is_held_out(self, name: str) -> bool:
        """One picture is, named: so few are not left to chance."""
        return name == f"{HELD_OUT}.png"


def evaluation_pictures(folder: Path) -> Path:
    """Write the evaluation part to ``folder`` and return it."""
    write_pictures(folder, EVALUATION)
    return folder


def write_pictures(folder: Path, names: tuple[str, ...]) -> None:
    """Save scikit-image's pictures as PNG files, once."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        target = folder / f"{name}.png"
        if not target.exists():
            write_image(target, load_picture(name))


def load_picture(name: str) -> np.ndarray:
    """One of scikit-image's pictures, (h, w, 3) uint8."""
    if name == "motorcycle_left":
        return skimage.data.stereo_motorcycle()[0]
    return getattr(skimage.data, name)()
