"""What is measured of binary networks: how often they are right, what they cost, and what their input takes."""

from dataclasses import dataclass

from compressible.models import Cost
from compressible.reports.environment import Dataset, Environment

BINARY_NETS = "compressible-binary-nets-1"
"""Name and version of the JSON layout."""


@dataclass(frozen=True)
class BinaryNetResult:
    """Networks of one kind that differ in their seeds.

    Attributes:
        schema: name and version of the JSON layout.
        environment: where and by what it was measured.
        network: SHA-256 of the file that was read, 16 hexadecimal digits.
        dataset: the test set; the training set if no test set was read.
        view: what the networks were shown, an autoencoder by its hash.
        seeds: of the networks.
        training_images: that they were trained on; moved copies do not count.
        held_out_images: of the training set.
        test_images: 0 if the test set was not read.
        training: share of the training images that each network has right, in eval mode, when trained.
        held_out: the same of the images held out, on which every choice is made.
        test: the same of the test set; none if it was not read.
        same_packed: how many of the test images, or else of those held out, each network gives the same class when it
            is packed; none if networks of this kind are not packed.
        cost: of one network, for one image.
        file_bytes: of each network's weight file.
        input_bits: of one image as it is stored for the networks, packed.
        pixels: numbers an image has.
    """

    schema: str
    environment: Environment
    network: str
    dataset: Dataset
    view: str
    seeds: tuple[int, ...]
    training_images: int
    held_out_images: int
    test_images: int
    training: tuple[float, ...]
    held_out: tuple[float, ...]
    test: tuple[float, ...]
    same_packed: tuple[int, ...]
    cost: Cost
    file_bytes: tuple[int, ...]
    input_bits: int
    pixels: int
