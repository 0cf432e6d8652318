"""What is measured of an autoencoder on a set of small images: what its symbols cost, and what they are worth."""

from dataclasses import dataclass
from math import inf, log10

from compressible.reports.environment import Dataset, Environment

CODED_IMAGES = "compressible-coded-images-1"
"""Name and version of the JSON layout."""


@dataclass(frozen=True)
class CodedImagesResult:
    """An image model on images of one size, coded with its own static tables. Entropies are in bits a symbol.

    Attributes:
        schema: name and version of the JSON layout.
        environment: where and by what it was measured.
        model: its hash, as files name it.
        dataset: the images.
        images: how many.
        pixels: of an image.
        downsampling: pixels between two features, each way.
        channels: of the features.
        dimension: features that a symbol stands for, 1 for scalars.
        centers: size of the largest alphabet.
        symbols: of an image.
        used: how many symbols of the alphabet occur, in any group.
        squared_error: mean squared error of the decoded 8-bit images, pixels in 0..1.
        cross_entropy: of the symbols under the tables; LTC's h.
        soft_cross_entropy: of the soft assignments under the tables; LTC's s. None if the quantizer has none.
        entropy: of the symbols of all groups together (plug-in), which a table for all groups cannot go below.
        group_entropy: mean over the groups of each one's own.
        coded_bytes: payload of all images one after another, from which they were decoded.
        single_bytes: payloads of the images each coded by itself, together.
        file_bytes: of the file of codes, which brings tables of its own symbols.
    """

    schema: str
    environment: Environment
    model: str
    dataset: Dataset
    images: int
    pixels: int
    downsampling: int
    channels: int
    dimension: int
    centers: int
    symbols: int
    used: int
    squared_error: float
    cross_entropy: float
    soft_cross_entropy: float | None
    entropy: float
    group_entropy: float
    coded_bytes: int
    single_bytes: int
    file_bytes: int

    def __post_init__(self) -> None:
        if self.schema != CODED_IMAGES:
            raise ValueError(f"the schema is '{self.schema}', and this version reads '{CODED_IMAGES}'")

    @property
    def estimated_bpp(self) -> float:
        """The cross-entropy, bits a pixel."""
        return self.cross_entropy * self.symbols / self.pixels

    @property
    def coded_bpp(self) -> float:
        """Payload of all images one after another, bits a pixel."""
        return self._bpp(self.coded_bytes)

    @property
    def single_bpp(self) -> float:
        """Payloads of the images each by itself, bits a pixel."""
        return self._bpp(self.single_bytes)

    @property
    def file_bpp(self) -> float:
        """The file of codes, bits a pixel."""
        return self._bpp(self.file_bytes)

    @property
    def psnr(self) -> float:
        """Of the mean squared error over all images, in dB."""
        return psnr_of(self.squared_error)

    def _bpp(self, size: int) -> float:
        return 8 * size / (self.images * self.pixels)


def psnr_of(squared_error: float) -> float:
    """PSNR in dB of a mean squared error of pixels in 0..1."""
    return -10 * log10(squared_error) if squared_error > 0 else inf
