"""The codes of images, computed once and kept in a file of codes beside the model that gave them.

images ──► SHA-256 ──► <run>/codes/<images>-<pixels>.codes: is it there, and of this very model? ──► symbols
└─ no ──► model ──► symbols ──► file
"""

import hashlib
from typing import Literal

import numpy as np
import torch
from rich.progress import track
from torch import Tensor

from compressible.atomic import write_bytes_atomic
from compressible.bitstream.code_file import CodeFile, Codes
from compressible.bitstream.errors import BitstreamError
from compressible.codes.symbol_maps import SymbolLayout, maps_of
from compressible.codes.trained import TrainedAutoencoder

Pixels = Literal["unit", "bytes"]
"""What the encoder is given: pixels in 0..1 less 1/2, as it was trained; or, by mistake, bytes 0..255."""

_AT_A_TIME = 500


def cached_codes(trained: TrainedAutoencoder, images: Tensor, pixels: Pixels) -> Tensor:
    """Symbols of uint8 images as maps (n, channels, h, w), int64."""
    name = hashlib.sha256(str(tuple(images.shape)).encode() + images.contiguous().numpy().tobytes()).hexdigest()[:16]
    path = trained.folder / "codes" / f"{name}-{pixels}.codes"
    try:
        file = CodeFile.from_bytes(path.read_bytes())
        if file.model == trained.hash and file.items == len(images):
            return torch.from_numpy(file.levels[0].symbols).transpose(0, 1)
    except (OSError, BitstreamError):
        # Not there, or damaged: what it should hold is made anew.
        pass
    maps = codes_of(trained, images, pixels)
    (bottleneck,) = trained.model.bottlenecks
    level = Codes(SymbolLayout.of(bottleneck).alphabet, np.ascontiguousarray(maps.transpose(0, 1).numpy()))
    path.parent.mkdir(exist_ok=True)
    write_bytes_atomic(path, CodeFile(trained.hash, (level,)).to_bytes())
    return maps


def codes_of(trained: TrainedAutoencoder, images: Tensor, pixels: Pixels) -> Tensor:
    """The same, computed."""
    batches = track(images.split(_AT_A_TIME), "codes of images", transient=True)
    maps = [maps_of(trained.model, encoder_input(batch, pixels)) for batch in batches]
    return torch.cat([own for (own,) in maps])


def encoder_input(images: Tensor, pixels: Pixels) -> Tensor:
    """What the model is given of uint8 images. Bytes are lifted by the half that the model takes off."""
    return images.float() / 255 if pixels == "unit" else images.float() + 0.5
