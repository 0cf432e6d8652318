"""A trained classifier, and how often it is right on the test set."""

import hashlib
from pathlib import Path

from safetensors.torch import load_file, save
from torch import nn

from compressible.atomic import write_bytes_atomic
from compressible.data.cifar10 import TEST_FILE, Cifar10
from compressible.metrics.right_answers import right_answers
from compressible.outcomes.base import Outcome, Training
from compressible.reports.environment import record_dataset, record_environment
from compressible.reports.evaluation_plan import TABLES
from compressible.reports.network_accuracy import ACCURACY, Accuracy
from compressible.reports.schema import save as save_json
from compressible.reports.tables import markdown


class TrainedNetwork(Outcome):
    """A network's parameters and buffers under its own names, in the precision they were trained in.

    Args:
        network: a network like the trained one, into which the written file is read for the evaluation.
        data: the data module that has the test set.
    """

    suffix = ".safetensors"

    def __init__(self, network: nn.Module, data: Cifar10) -> None:
        self.network = network
        self.data = data

    def check(self) -> None:
        """See that the data set is there."""
        self.data.prepare_data()

    def write(self, training: Training, path: Path) -> str:
        """Write the state dictionary."""
        state = training.task.network.cpu().state_dict()
        data = save({key: value.contiguous() for key, value in state.items()})
        write_bytes_atomic(path, data)
        return content_hash(path)

    def evaluate(self, path: Path) -> None:
        """Classify the test set with the network that the file holds."""
        self.network.load_state_dict(load_file(path))
        result = measure(path, self.network, self.data)
        save_json(path.with_name("evaluation.json"), result)
        row = (path.name, f"{result.accuracy:.2%}", str(result.images), str(result.bytes))
        write_bytes_atomic(path.with_name(TABLES), markdown(("network", "accuracy", "images", "bytes"), [row]).encode())


def measure(path: Path, network: nn.Module, data: Cifar10) -> Accuracy:
    """Classify the test set with ``network``, which was read from ``path``."""
    test = data.test_images()
    right = right_answers(network, test.images, test.labels)
    return Accuracy(
        schema=ACCURACY,
        environment=record_environment(),
        network=content_hash(path),
        dataset=record_dataset(data.root.name, [data.root / TEST_FILE]),
        images=len(test.labels),
        accuracy=right.double().mean().item(),
        mistakes=tuple((~right).nonzero().flatten().tolist()),
        bytes=path.stat().st_size,
    )


def content_hash(path: Path) -> str:
    """The first 16 hexadecimal digits of a file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
