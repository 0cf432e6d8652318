"""What all outcomes share that are classifiers: the network a file is read into, and the images it is measured on."""

import hashlib
from pathlib import Path
from typing import Literal, get_args

from torch import nn

from compressible.data.cifar10 import TEST_FILE, Cifar10
from compressible.data.labelled_images import LabelledImages
from compressible.metrics.right_answers import right_answers
from compressible.outcomes.base import Outcome
from compressible.reports.environment import Dataset, record_dataset, record_environment
from compressible.reports.network_accuracy import ACCURACY, Accuracy

Split = Literal["test", "held_out"]
"""The images of an evaluation: the test set, for a result; those held out of training, for choosing between runs."""


class ClassifierOutcome(Outcome):
    """Base of the outcomes that are classifiers.

    Args:
        network: a network like the trained one, into which the written file is read for the evaluation.
        data: the data module that has the images.
        split: which of them, for the evaluation.
    """

    def __init__(self, network: nn.Module, data: Cifar10, split: Split = "test") -> None:
        if split not in get_args(Split):
            raise ValueError(f"split must be {' or '.join(get_args(Split))}, got {split}")
        self.network = network
        self.data = data
        self.split: Split = split

    def check(self) -> None:
        """See that the data set is there."""
        self.data.prepare_data()

    def measure(self, path: Path) -> Accuracy:
        """Classify the images with the network as it stands, which was read from ``path``."""
        images, dataset = _held_out(self.data) if self.split == "held_out" else _test(self.data)
        right = right_answers(self.network, images.images, images.labels)
        return Accuracy(
            schema=ACCURACY,
            environment=record_environment(),
            network=content_hash(path),
            dataset=dataset,
            images=len(images.labels),
            accuracy=right.double().mean().item(),
            mistakes=tuple((~right).nonzero().flatten().tolist()),
            bytes=path.stat().st_size,
        )


def content_hash(path: Path) -> str:
    """The first 16 hexadecimal digits of a file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _test(data: Cifar10) -> tuple[LabelledImages, Dataset]:
    return data.test_images(), record_dataset(data.root.name, [data.root / TEST_FILE])


def _held_out(data: Cifar10) -> tuple[LabelledImages, Dataset]:
    data.setup("validate")
    return data.held_out, record_dataset(f"{data.root.name}, held out", data.training_files(), data.held_out_names())
