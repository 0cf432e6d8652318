"""What all outcomes share that are classifiers: the network a file is read into, and the images it is measured on."""

import hashlib
from pathlib import Path

from torch import nn

from compressible.data.labelled_files import LabelledFiles
from compressible.metrics.right_answers import right_answers
from compressible.outcomes.base import Outcome
from compressible.outcomes.splits import Split, check_split, read_split
from compressible.reports.environment import record_environment
from compressible.reports.network_accuracy import ACCURACY, Accuracy


class ClassifierOutcome(Outcome):
    """Base of the outcomes that are classifiers.

    Args:
        network: a network like the trained one, into which the written file is read for the evaluation.
        data: the data module that has the images.
        split: which of them, for the evaluation.
    """

    def __init__(self, network: nn.Module, data: LabelledFiles, split: Split = "test") -> None:
        check_split(split)
        self.network = network
        self.data = data
        self.split: Split = split

    def check(self) -> None:
        """See that the data set is there."""
        self.data.prepare_data()

    def measure(self, path: Path) -> Accuracy:
        """Classify the images with the network as it stands, which was read from ``path``."""
        images, dataset = read_split(self.data, self.split)
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
