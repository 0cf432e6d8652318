"""What is measured of an autoencoder with discrete codes: likelihood, rate and error, and what its codes tell."""

from dataclasses import dataclass

from compressible.reports.environment import Dataset, Environment

AUTOENCODING = "compressible-autoencoding-1"
"""Name and version of the JSON layout."""

Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Scores:
    """What images cost given their codes, and how near their reconstruction comes.

    Attributes:
        decoder_bits: negative log-likelihood of the images given their codes, bits per dimension; None for squared
            error.
        squared_error: mean squared error of the reconstruction, pixels in 0..1.
        normalised_error: the same of pixels with ImageNet's means and deviations taken out, the unit of the source
            code of depthwise quantization; None for grey images.
    """

    decoder_bits: float | None
    squared_error: float
    normalised_error: float | None


@dataclass(frozen=True)
class LevelCodes:
    """The codes of one level on the evaluated images.

    Attributes:
        alphabet: number of codes of each codebook.
        places: codes of each codebook an image.
        entropy: of each codebook's frequencies (plug-in), bits a code.
        perplexity: 2^entropy.
        usage: share of the alphabet that occurs.
        cross_entropy: bits a code under the smoothed frequencies of the training images.
        mutual_information: between codebooks at the same place, plug-in, bits; the diagonal are entropies.
        corrected: the same with the Miller-Madow correction.
        shuffled: the same between codes of shuffled places, what independent codes would seem to share.
        swapped: scores of the images if this level alone has the codes of the next image, what it is good for; None of
            a single level.
    """

    alphabet: tuple[int, ...]
    places: int
    entropy: tuple[float, ...]
    perplexity: tuple[float, ...]
    usage: tuple[float, ...]
    cross_entropy: tuple[float, ...]
    mutual_information: Matrix
    corrected: Matrix
    shuffled: Matrix
    swapped: Scores | None


@dataclass(frozen=True)
class AutoencodingResult:
    """An autoencoder on a set of images. All rates are bits per dimension, of which an image has c h w.

    Attributes:
        schema: name and version of the JSON layout.
        environment: where and by what it was measured.
        model: SHA-256 of the file that was read, 16 hexadecimal digits.
        parameters: trained numbers of the network; codebooks that follow means are not among them.
        dataset: the images.
        images: how many.
        dimensions: numbers an image has.
        scores: of the images given their codes.
        uniform_bits: estimated cost of the codes under a uniform prior.
        histogram_bits: estimated cost of the codes under the frequencies of the training images.
        histogram_images: how many training images these are from.
        coded_bits: payload of the file of codes, whose tables are those of the codes themselves.
        file_bits: the whole file of codes.
        levels: coarsest first.
    """

    schema: str
    environment: Environment
    model: str
    parameters: int
    dataset: Dataset
    images: int
    dimensions: int
    scores: Scores
    uniform_bits: float
    histogram_bits: float
    histogram_images: int
    coded_bits: float
    file_bits: float
    levels: tuple[LevelCodes, ...]

    @property
    def total_bits(self) -> float | None:
        """The two-part code: what the codes cost under the training histogram, and the image given its codes."""
        decoder = self.scores.decoder_bits
        return None if decoder is None else decoder + self.histogram_bits
