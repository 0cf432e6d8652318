"""A trained model as a codec: pictures to files and back.

    picture ─► pad ─► bands ─► encoder ─► symbols ─► coder ─► one chunk a band ─► container
            ◄─ crop ◄─────── decoder ◄─ symbols of all bands, checked ◄──────────

Memory is bounded but for the picture itself and its symbols: the network only ever sees a band.
"""

from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np
import torch

from compressible.bitstream import BitstreamError, Container, ImageHeader, PayloadKind
from compressible.bitstream.digest import symbol_digest
from compressible.codecs.bands import Band, bands
from compressible.codecs.base import Codec, Sizes
from compressible.codecs.description import Card, Description
from compressible.codecs.exported import ExportedModel
from compressible.models import ImageAutoencoder
from compressible.rates import SymbolCoder, alike


class LearnedCodec(Codec):
    """Encodes and decodes with one exported model.

    Args:
        exported: the model; it has one bottleneck, and its coder writes the files. Read are those of the other coders
            with the same tables too.
    """

    def __init__(self, exported: ExportedModel) -> None:
        self.description = exported.description
        self.name = exported.description.name
        self._network = exported.network.eval()
        (self._bottleneck,) = exported.network.bottlenecks
        (self._coder,) = exported.coders
        self._coders = alike(self._coder)
        self._hash = bytes.fromhex(self.description.hash)

    @property
    def details(self) -> Mapping[str, str]:
        """The hash that files of this model carry, and how their symbols are coded."""
        return {"hash": self.description.hash, "entropy": self._coder.kind.name.lower()}

    def encode(self, image: np.ndarray) -> bytes:
        """The file of ``image``, (h, w, 3) uint8. Raises ``ValueError`` on any other array or on too large a one."""
        symbols = self.symbols(image)
        return self.write(ImageHeader(width=image.shape[1], height=image.shape[0]), symbols)

    def decode(self, data: bytes) -> np.ndarray:
        """The picture, (h, w, 3) uint8, of a file. Raises ``BitstreamError`` on all but intact files of this model."""
        header, symbols = self.read(data)
        whole = np.concatenate(symbols, axis=1)
        stride, (patch, _) = self._network.stride, self._bottleneck.partition.patch
        image = np.empty((header.height, header.width, 3), np.uint8)
        for band in self._bands(header):
            part = whole[:, band.outer_start // patch : band.outer_stop // patch]
            shape = (1, 3, (band.outer_stop - band.outer_start) * stride, self._padded(header)[1])
            with torch.inference_mode():
                flat = torch.from_numpy(np.ascontiguousarray(part)).flatten(1, 2).to(self._device)
                x_hat = self._network.reconstruct((flat,), shape)[0]
                pixels = (x_hat.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy()
            top = (band.start - band.outer_start) * stride
            rows = min(band.stop * stride, header.height) - band.start * stride
            target = slice(band.start * stride, band.start * stride + rows)
            image[target] = pixels[top : top + rows, : header.width]
        return image

    def write(self, header: ImageHeader, symbols: Sequence[np.ndarray]) -> bytes:
        """The file of a picture from the symbols of each of its bands, as ``symbols`` gives them."""
        return Container(
            kind=PayloadKind.IMAGE,
            symbol_model=self._coder.kind,
            model=self._hash,
            header=header.to_bytes(),
            chunks=tuple(self._coder.encode(band) for band in symbols),
            digest=symbol_digest(symbols),
        ).to_bytes()

    @property
    def _device(self) -> torch.device:
        # A network of fixed transforms has no parameters.
        return next(chain(self._network.parameters(), self._network.buffers())).device

    @property
    def alphabet(self) -> tuple[int, ...]:
        """Number of symbols of each group."""
        return self._bottleneck.quantizer.alphabet

    def symbols(self, image: np.ndarray) -> list[np.ndarray]:
        """Symbols of each band of ``image``, (groups, rows, columns, ...). Raises ``ValueError`` as ``encode`` does."""
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise ValueError(f"an image must be (h, w, 3) uint8, got {image.shape} {image.dtype}")
        header = ImageHeader(width=image.shape[1], height=image.shape[0])
        padded = self._pad(image)
        return [self._band_symbols(padded, band) for band in self._bands(header)]

    def sizes(self, data: bytes) -> Sizes:
        """Cross-entropy of the symbols, bytes of the chunks, bytes of the file."""
        _, symbols = self.read(data)
        container = Container.from_bytes(data)
        estimated = sum(self._coders[container.symbol_model].bits(band) for band in symbols)
        return Sizes(estimated=estimated, coded=sum(map(len, container.chunks)), file=len(data))

    def read(self, data: bytes) -> tuple[ImageHeader, list[np.ndarray]]:
        """Header and the symbols of each band, (groups, rows, columns, ...), of a file. Raises as ``decode`` does."""
        container = Container.from_bytes(data)
        if container.kind is not PayloadKind.IMAGE:
            raise BitstreamError(f"this file holds {container.kind.name.lower()}, not an image")
        if container.model != self._hash:
            raise BitstreamError(
                f"this file was written by model {container.model.hex()}, not by {self.name} ({self.description.hash})"
            )
        coder = self._coders.get(container.symbol_model)
        if coder is None:
            kind = container.symbol_model.name.lower()
            raise BitstreamError(f"this file's symbol model is {kind}, which files of {self.name} never have")
        header = ImageHeader.from_bytes(container.header)
        expected = list(self._bands(header))
        if len(container.chunks) != len(expected):
            raise BitstreamError(f"an image of this size has {len(expected)} chunks, the file {len(container.chunks)}")
        columns = self._padded(header)[1] // self._network.stride
        symbols = [
            coder.decode(chunk, self._layout(band.stop - band.start, columns))
            for chunk, band in zip(container.chunks, expected, strict=True)
        ]
        if symbol_digest(symbols) != container.digest:
            raise BitstreamError("the decoded symbols are not those that were written")
        return header, symbols

    def _band_symbols(self, padded: np.ndarray, band: Band) -> np.ndarray:
        """Symbols of a band of the padded image, (groups, rows, columns, ...)."""
        stride, (patch, _) = self._network.stride, self._bottleneck.partition.patch
        with torch.inference_mode():
            # A copy: the image may be read-only, of which torch would warn.
            pixels = torch.tensor(padded[band.outer_start * stride : band.outer_stop * stride], device=self._device)
            (symbols,) = self._network.symbols((pixels.permute(2, 0, 1)[None].float() / 255).contiguous())
        grid = (
            symbols.cpu().numpy().reshape(self._layout(band.outer_stop - band.outer_start, padded.shape[1] // stride))
        )
        top = (band.start - band.outer_start) // patch
        return grid[:, top : top + (band.stop - band.start) // patch]

    def _layout(self, rows: int, columns: int) -> tuple[int, ...]:
        """Shape of the symbols of so many rows and columns of features."""
        partition, quantizer = self._bottleneck.partition, self._bottleneck.quantizer
        _, *grid = partition.grid((1, self._bottleneck.channels, rows, columns))
        return len(quantizer.alphabet), *grid, *quantizer.symbol_shape

    def _bands(self, header: ImageHeader) -> list[Band]:
        stride, (patch, _) = self._network.stride, self._bottleneck.partition.patch
        height, width = self._padded(header)
        return list(bands(height // stride, width // stride, stride, patch, self._network.halo))

    def _padded(self, header: ImageHeader) -> tuple[int, int]:
        """Sides of the image padded to whole symbols."""
        unit_height, unit_width = (self._network.stride * side for side in self._bottleneck.partition.patch)
        return -(-header.height // unit_height) * unit_height, -(-header.width // unit_width) * unit_width

    def _pad(self, image: np.ndarray) -> np.ndarray:
        """Reflect the image beyond its lower and right edge, again and again where it is small."""
        header = ImageHeader(width=image.shape[1], height=image.shape[0])
        height, width = self._padded(header)
        padding = ((0, height - image.shape[0]), (0, width - image.shape[1]), (0, 0))
        return np.pad(image, padding, mode="reflect") if any(after for _, after in padding) else image


def unexported(network: ImageAutoencoder, coders: tuple[SymbolCoder, ...], name: str = "unexported") -> LearnedCodec:
    """The codec of a network that has no file yet, say in the middle of its training; its files name no model."""
    description = Description(name=name, hash="0" * 16, checksum="0" * 16, model={}, card=Card(title=""))
    return LearnedCodec(ExportedModel(description, network, coders))
