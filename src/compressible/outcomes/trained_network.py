"""A trained classifier, and how often it is right."""

import hashlib
from pathlib import Path
from typing import Literal, get_args

from safetensors.torch import load_file, save
from torch import nn

from compressible.atomic import write_bytes_atomic
from compressible.data.cifar10 import TEST_FILE, Cifar10
from compressible.data.labelled_images import LabelledImages
from compressible.metrics.right_answers import right_answers
from compressible.outcomes.base import Outcome, Training
from compressible.reports.environment import Dataset, record_dataset, record_environment
from compressible.reports.evaluation_plan import TABLES
from compressible.reports.network_accuracy import ACCURACY, Accuracy
from compressible.reports.schema import save as save_json
from compressible.reports.tables import markdown

Split = Literal["test", "held_out"]
"""The images of an evaluation: the test set, for a result; those held out of training, for choosing between runs."""


class TrainedNetwork(Outcome):
    """A network's parameters and buffers under its own names, in the precision they were trained in.

    Args:
        network: a network like the trained one, into which the written file is read for the evaluation.
        data: the data module that has the images.
        split: which of them, for the evaluation.
    """

    suffix = ".safetensors"

    def __init__(self, network: nn.Module, data: Cifar10, split: Split = "test") -> None:
        self.network = network
        self.data = data
        self.split: Split = checked(split)

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
        """Classify images with the network that the file holds."""
        self.network.load_state_dict(load_file(path))
        result = measure(path, self.network, self.data, self.split)
        save_json(path.with_name("evaluation.json"), result)
        row = (path.name, f"{result.accuracy:.2%}", str(result.images), str(result.bytes))
        write_bytes_atomic(path.with_name(TABLES), markdown(("network", "accuracy", "images", "bytes"), [row]).encode())


def measure(path: Path, network: nn.Module, data: Cifar10, split: Split) -> Accuracy:
    """Classify the images of ``split`` with ``network``, which was read from ``path``."""
    images, dataset = _held_out(data) if split == "held_out" else _test(data)
    right = right_answers(network, images.images, images.labels)
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


def checked(split: Split) -> Split:
    """``split``, or ``ValueError`` if there is none of this name."""
    if split not in get_args(Split):
        raise ValueError(f"split must be {' or '.join(get_args(Split))}, got {split}")
    return split


def _test(data: Cifar10) -> tuple[LabelledImages, Dataset]:
    return data.test_images(), record_dataset(data.root.name, [data.root / TEST_FILE])


def _held_out(data: Cifar10) -> tuple[LabelledImages, Dataset]:
    data.setup("validate")
    return data.held_out, record_dataset(f"{data.root.name}, held out", data.training_files(), data.held_out_names())


def content_hash(path: Path) -> str:
    """The first 16 hexadecimal digits of a file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
