import tarfile
from pathlib import Path
from typing import Any

import pooch
import pytest
import torch

from cifar_files import images, python2_batch, write_cifar10
from compressible.data import downloads
from compressible.data.cifar10 import Cifar10
from compressible.data.labelled_images import LabelledImages
from compressible.data.paths import DataError


def module(root: Path, seed: int = 0, held_out: int = 12) -> Cifar10:
    data = Cifar10(str(root), batch_size=8, seed=seed, held_out=held_out, held_out_batch_size=5)
    data.prepare_data()
    data.setup("fit")
    return data


def contents(part: LabelledImages) -> list[bytes]:
    """Each image with its label."""
    return [
        image.tobytes() + bytes([int(label)]) for image, label in zip(part.images.numpy(), part.labels, strict=True)
    ]


def written(seeds: range, sizes: tuple[int, ...]) -> list[bytes]:
    batches = [images(size, seed) for seed, size in zip(seeds, sizes, strict=True)]
    return [
        row.tobytes() + bytes([label]) for pixels, labels in batches for row, label in zip(pixels, labels, strict=True)
    ]


def test_numbers_of_images_are_those_of_the_files(tmp_path: Path) -> None:
    """48 and 7 instead of 50,000 and 10,000, which is fine."""
    data = module(write_cifar10(tmp_path / "c", (10, 10, 10, 9, 9), test=7))
    assert (len(data.training.labels), len(data.held_out.labels), len(data.test_images().labels)) == (36, 12, 7)


def test_held_out_and_training_images_are_all_images(tmp_path: Path) -> None:
    data = module(write_cifar10(tmp_path / "c", (10, 10, 10, 9, 9)))
    assert sorted(contents(data.training) + contents(data.held_out)) == sorted(written(range(1, 6), (10, 10, 10, 9, 9)))
    assert contents(data.test_images()) == written(range(1), (7,))


def test_the_held_out_part_is_the_same_for_all_seeds_and_orders_of_the_files(tmp_path: Path) -> None:
    first = write_cifar10(tmp_path / "a")
    second = write_cifar10(tmp_path / "b")
    for number in range(1, 6):
        (second / f"data_batch_{number}").write_bytes((first / f"data_batch_{6 - number}").read_bytes())
    parts = [module(first), module(first, seed=1), module(second)]
    for part in parts[1:]:
        assert contents(part.held_out) == contents(parts[0].held_out)
        assert contents(part.training) == contents(parts[0].training)


def test_the_held_out_part_is_drawn_from_all_files(tmp_path: Path) -> None:
    data = module(write_cifar10(tmp_path / "c", (100,) * 5), held_out=100)
    held_out = set(contents(data.held_out))
    for number in range(1, 6):
        count = len(held_out & set(written(range(number, number + 1), (100,))))
        assert 5 <= count <= 35, "20 are expected, four standard errors are 15"


def test_held_out_batches_are_the_held_out_images(tmp_path: Path) -> None:
    data = module(write_cifar10(tmp_path / "c"))
    batches = list(data.val_dataloader())
    assert [len(batch.labels) for batch in batches] == [5, 5, 2]
    assert [content for batch in batches for content in contents(batch)] == contents(data.held_out)


def test_making_a_loader_draws_nothing(tmp_path: Path) -> None:
    data = module(write_cifar10(tmp_path / "c"))
    before = torch.get_rng_state()
    list(data.val_dataloader())
    assert torch.equal(torch.get_rng_state(), before)


def test_the_test_file_is_read_only_when_asked_for(tmp_path: Path) -> None:
    root = write_cifar10(tmp_path / "c")
    (root / "test_batch").unlink()
    data = module(root)
    with pytest.raises(DataError, match="test_batch"):
        data.test_images()


def test_too_few_images_are_told(tmp_path: Path) -> None:
    root = write_cifar10(tmp_path / "c")
    with pytest.raises(DataError, match="48 training images"):
        module(root, held_out=48)
    with pytest.raises(ValueError, match="at least 1"):
        module(root, held_out=0)


def test_a_folder_without_the_files_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="data_batch_1 cannot be read"):
        module(tmp_path / "empty")


def offline(*_: Any, **__: Any) -> str:
    raise ConnectionError("no network")


def test_offline_and_absent_is_one_sentence_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pooch, "retrieve", offline)
    with pytest.raises(DataError, match=r"CIFAR-10.*could not be downloaded.*COMPRESSIBLE_DATA") as caught:
        module(tmp_path / "cifar-10-batches-py")
    assert "\n" not in str(caught.value)


def test_the_archive_is_unpacked_once_and_a_folder_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_cifar10(tmp_path / "source")
    asked: list[str] = []

    def retrieve(url: str, known_hash: str, fname: str, path: Path, progressbar: bool) -> None:
        asked.append(f"{url} {known_hash}")
        with tarfile.open(path / fname, "w:gz") as archive:
            archive.add(source, "cifar-10-batches-py")

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    root = tmp_path / "data" / "cifar"
    root.parent.mkdir()
    data = module(root)
    assert asked == [f"{downloads.CIFAR10} md5:c58f30108f718f92721af3b95e74349a"]
    assert len(data.training.labels) == 36
    assert sorted(path.name for path in root.parent.iterdir()) == ["cifar", "cifar-10-python.tar.gz"]

    monkeypatch.setattr(pooch, "retrieve", offline)
    (root / "data_batch_1").write_bytes(python2_batch(*images(3)))
    assert len(module(root).training.labels) == 29
