"""What is measured of networks: how often they are right, and how large they are."""

from dataclasses import dataclass

from compressible.reports.environment import Dataset, Environment

ACCURACY = "compressible-accuracy-2"
COMPRESSED_ACCURACY = "compressible-network-2"
"""Names and versions of the JSON layouts."""


@dataclass(frozen=True)
class Accuracy:
    """How often a network is right on a test set.

    Attributes:
        schema: name and version of the JSON layout.
        environment: where and by what it was measured.
        network: SHA-256 of the file that was read, 16 hexadecimal digits.
        dataset: the file of the test set.
        images: how many it has.
        accuracy: share that is classified rightly.
        mistakes: numbers of the images that are not, by which two networks can be compared image by image.
        bytes: size of the file.
    """

    schema: str
    environment: Environment
    network: str
    dataset: Dataset
    images: int
    accuracy: float
    mistakes: tuple[int, ...]
    bytes: int


@dataclass(frozen=True)
class CodedSize:
    """The network's file with its symbols coded in one way.

    Attributes:
        coder: range, huffman, sparse or context.
        bytes: of the file, with everything in it.
        file_factor: float32 bytes of the trained parameters alone over ``bytes``.
        paper_factor: the same over the paper's accounting, see ``weights.accounting``.
    """

    coder: str
    bytes: int
    file_factor: float
    paper_factor: float


@dataclass(frozen=True)
class CompressedAccuracy:
    """A network's file on a test set.

    Attributes:
        schema: name and version of the JSON layout.
        measured: accuracy, and the size of the file that was written.
        parameters: number of trained parameters.
        centers: number of centers.
        coded: the size with each coder of symbols; accuracy does not depend on it.
    """

    schema: str
    measured: Accuracy
    parameters: int
    centers: int
    coded: tuple[CodedSize, ...]
