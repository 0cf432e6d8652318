from pathlib import Path

import pytest

from compressible.reports.environment import Dataset, Environment
from compressible.reports.network_accuracy import Accuracy, CodedSize, CompressedAccuracy
from compressible.reports.network_choices import Choice, choices_table, read_choice
from compressible.reports.schema import save
from compressible.reports.training_record import TrainingRecord


def finished_run(folder: Path, dataset: str) -> Path:
    data = Dataset(dataset, "a" * 64, 1, ())
    environment = Environment("train.py beta=0.5", "c0ffee", "2026-01-01", "cpu", 2, "Linux", {})
    measured = Accuracy("s", environment, "0" * 16, data, 500, 0.905, (1, 2), 300)
    coded = (CodedSize("huffman", 300, 13.0, 19.0), CodedSize("range", 200, 20.0, 22.0))
    record = TrainingRecord("s", "run", environment, "0" * 16, 3, data, (), 1404, None, 1.0, "0" * 16, 300, {})
    save(folder / "evaluation.json", CompressedAccuracy("s", measured, 1000, 75, coded))
    save(folder / "training.json", record)
    return folder


def test_a_run_on_held_out_images_is_a_row(tmp_path: Path) -> None:
    choice = read_choice("half the price", finished_run(tmp_path, "cifar-10-batches-py, held out"))
    assert choice == Choice("half the price", "train.py beta=0.5", "c0ffee", 3, 1404, 500, 0.905, 22.0, 200)
    assert "| half the price | 1404 | 90.50% | 22.00 | 200 |" in choices_table([choice])


def test_nothing_is_chosen_on_the_test_set(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not on held-out images"):
        read_choice("best", finished_run(tmp_path, "cifar-10-batches-py"))
