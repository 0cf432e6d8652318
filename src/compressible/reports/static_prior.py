"""What is measured of codebooks that were fitted to the features of a frozen network.

Fostiropoulos & Boehm 2022, "Depthwise Quantization", section 5.1 and table 2.
"""

from dataclasses import dataclass

from compressible.reports.environment import Dataset, Environment

SCHEMA = "compressible-static-prior-1"

Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class SharedBits:
    """Mutual information of all pairs of codebooks, in bits, see ``metrics.mutual_information``.

    Codes of two codebooks are pairs if they lie in the same place of the same picture. Between slices of the channels
    this is the position. Between runs of positions it is the place within the run and the slice of the channels: where
    runs are the rows of a map, the column.

    Attributes:
        plug_in: of the frequencies; entropies on the diagonal.
        corrected: with the correction of Miller and Madow.
        null: where pairs are shuffled apart.
        mean_plug_in: mean off the diagonal.
        mean_corrected: likewise.
        mean_null: likewise; with many codes most of the plug-in value is chance, and this says how much.
    """

    plug_in: Matrix
    corrected: Matrix
    null: Matrix
    mean_plug_in: float
    mean_corrected: float
    mean_null: float


@dataclass(frozen=True)
class StaticPriorRecord:
    """One run.

    Attributes:
        schema: name and version of the JSON layout.
        environment: where and by what it was measured.
        extractor: what the network is called, ResNet say.
        network: SHA-256 of the file of its weights, 16 hexadecimal digits.
        layer: whose output was quantized.
        dataset: what was measured on.
        images: how many it has.
        fitting: training images that codes were fitted to, at most.
        axis: channel, codebooks of slices of the channels; or space, codebooks of runs of positions.
        slices: L, number of codebooks.
        dimension: d, entries of a vector.
        codes: K, of each codebook.
        seed: of the run.
        error: mean over all entries of the feature maps of the squared difference to what their codes stand for.
        variance: mean over all entries of the squared difference to their channel's mean.
        relative_error: the one over the other; 1 is what a single code at the mean would have.
        entropy_bits: of each codebook's codes, plug-in.
        mean_entropy_bits: over the codebooks.
        mean_entropy_nats: the same.
        perplexity: of each codebook, 2^entropy.
        usage: share of each codebook's codes that occur.
        shared: mutual information of the codebooks.
        course: mean of ``error`` on the training images in each tenth of the steps, while codes moved.
    """

    schema: str
    environment: Environment
    extractor: str
    network: str
    layer: str
    dataset: Dataset
    images: int
    fitting: int
    axis: str
    slices: int
    dimension: int
    codes: int
    seed: int
    error: float
    variance: float
    relative_error: float
    entropy_bits: tuple[float, ...]
    mean_entropy_bits: float
    mean_entropy_nats: float
    perplexity: tuple[float, ...]
    usage: tuple[float, ...]
    shared: SharedBits
    course: tuple[float, ...]
