"""Images through the codes that an autoencoder gives them.

images ──► codes, cached ─┬─► signs: the bits of a label, -1 or 1
                          ├─► one_hot: 1 in the channel of the symbol, 0 in all others
                          └─► vectors: what the codes decode to in front of the decoder
"""

from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

import torch
from torch import Tensor

from compressible.codes.bit_labels import Labels, bits_of, labels_of, signs_of_bits
from compressible.codes.cache import Pixels, cached_codes
from compressible.codes.symbol_maps import SymbolLayout
from compressible.codes.trained import TrainedAutoencoder, read_trained
from compressible.data.views import View

Form = Literal["signs", "one_hot", "vectors"]


class CodeView(View):
    """What another network is shown of codes.

    Args:
        autoencoder: folder of the finished run that trained it.
        form: of a symbol.
        labels: which bits stand for a symbol, where its form is signs.
        pixels: what the encoder is given of images.
    """

    def __init__(
        self, autoencoder: str, form: Form = "signs", labels: Labels = "natural", pixels: Pixels = "unit"
    ) -> None:
        for name, value, known in (("form", form, Form), ("labels", labels, Labels), ("pixels", pixels, Pixels)):
            if value not in get_args(known):
                raise ValueError(f"{name} must be one of {', '.join(get_args(known))}, got {value}")
        self.autoencoder = Path(autoencoder)
        self.form: Form = form
        self.labels: Labels = labels
        self.pixels: Pixels = pixels

    @cached_property
    def trained(self) -> TrainedAutoencoder:
        """The autoencoder, read when it is first needed. Raises ``DataError`` if it is not there."""
        return read_trained(self.autoencoder)

    @cached_property
    def layout(self) -> SymbolLayout:
        """How its symbols lie."""
        return SymbolLayout.of(self.trained.model.bottlenecks[0])

    def prepare(self) -> None:
        """See that the autoencoder is there. Raises ``DataError`` if not."""
        _ = self.trained

    def kept(self, images: Tensor) -> Tensor:
        """Symbols (n, channels, h, w), one channel for each symbol of a place."""
        maps = cached_codes(self.trained, images, self.pixels)
        return maps.to(torch.uint8 if max(self.layout.alphabet) <= 256 else torch.int32).contiguous()

    def shown(self, kept: Tensor) -> Tensor:
        """Signs (int8), zeros and ones (uint8) or numbers (float32), (n, channels', h, w)."""
        if self.form == "vectors":
            return self._vectors(kept)
        shown = [table[symbols.long()] for table, symbols in zip(self._tables, kept.unbind(1), strict=True)]
        return torch.cat(shown, dim=-1).permute(0, 3, 1, 2).contiguous()

    def bits(self, kept: Tensor) -> int:
        """Of all symbols of an image."""
        return sum(map(bits_of, self.layout.alphabet)) * kept[0, 0].numel()

    def origin(self) -> str:
        """Hash of the autoencoder."""
        return f"codes of {self.trained.hash.hex()}"

    @cached_property
    def _tables(self) -> list[Tensor]:
        """What each symbol is shown as, (L, channels) for each channel of symbols."""
        if self.form == "one_hot":
            return [torch.eye(size, dtype=torch.uint8) for size in self.layout.alphabet]
        return [
            signs_of_bits(labels_of(self.labels, self._decoded(channel, size)), bits_of(size))
            for channel, size in enumerate(self.layout.alphabet)
        ]

    def _decoded(self, channel: int, size: int) -> Tensor:
        """What each symbol of one channel decodes to, (L, d), with those of all others 0."""
        maps = torch.zeros(size, len(self.layout.alphabet), 1, 1, dtype=torch.int64)
        maps[:, channel, 0, 0] = torch.arange(size)
        vectors = self.layout.bottleneck.quantizer.dequantize(self.layout.from_maps(maps))
        return vectors.detach().transpose(0, 1).flatten(1)

    @torch.no_grad()
    def _vectors(self, kept: Tensor) -> Tensor:
        bottleneck = self.layout.bottleneck
        n, _, h, w = kept.shape
        rows, columns = bottleneck.partition.patch
        shape = (n, bottleneck.channels, rows * h, columns * w)
        return bottleneck.restore(self.layout.from_maps(kept.long()), shape)
