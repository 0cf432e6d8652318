"""Which images a final evaluation reads."""

from typing import Literal, get_args

from compressible.data.labelled_files import LabelledFiles
from compressible.data.labelled_images import LabelledImages
from compressible.reports.environment import Dataset, record_dataset

Split = Literal["test", "held_out"]
"""The images of an evaluation: the test set, for a result; those held out of training, for choosing between runs."""


def check_split(split: Split) -> None:
    """Raise ``ValueError`` unless there are such images."""
    if split not in get_args(Split):
        raise ValueError(f"split must be {' or '.join(get_args(Split))}, got {split}")


def read_split(data: LabelledFiles, split: Split) -> tuple[LabelledImages, Dataset]:
    """The images, and the record of where they are from."""
    if split == "test":
        return data.test_images(), record_dataset(data.root.name, data.test_files())
    data.setup("validate")
    files, names = data.training_files(), data.held_out_names()
    return data.shown(data.held_out), record_dataset(f"{data.root.name}, held out", files, names)
