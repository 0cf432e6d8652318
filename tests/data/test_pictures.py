"""Pictures without labels, in three parts, and the numbers of those a step takes."""

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cifar_files import write_cifar10
from compressible.data.cifar10 import TEST_FILE, TRAINING_FILES
from compressible.data.cifar10_pictures import Cifar10Pictures
from compressible.data.cifar_pickles import read_batch
from compressible.data.paths import DataError
from compressible.data.picture_folder import PictureFolder, centre, part_of
from compressible.data.pictures import Part, RandomNumbers


@given(st.integers(1, 40), st.integers(1, 60), st.integers(0, 5))
def test_a_batch_is_different_numbers(count: int, batch_size: int, step: int) -> None:
    numbers = RandomNumbers(count, batch_size, steps=6, seed=1)[step].tolist()
    assert len(set(numbers)) == len(numbers) == min(count, batch_size)
    assert set(numbers) <= set(range(count))


def test_every_number_is_as_likely_as_any_other() -> None:
    """Each of 20 in 5 of 20 draws: 2,000 steps have 500 of it, give or take five deviations."""
    draws = RandomNumbers(20, 5, steps=2000, seed=0)
    seen = Counter(number for step in range(2000) for number in draws[step].tolist())
    assert all(abs(seen[number] - 500) < 5 * (2000 * 0.25 * 0.75) ** 0.5 for number in range(20))


def test_draws_depend_on_seed_process_and_step_alone() -> None:
    first = RandomNumbers(1000, 20, 10, seed=3)
    assert torch.equal(first[7], RandomNumbers(1000, 20, 50, seed=3)[7])
    for other in (first[6], RandomNumbers(1000, 20, 10, seed=4)[7], RandomNumbers(1000, 20, 10, seed=3, rank=1)[7]):
        assert not torch.equal(first[7], other)


def hashes(images: torch.Tensor) -> list[str]:
    return [hashlib.sha256(image.numpy().tobytes()).hexdigest() for image in images]


def test_parts_of_cifar10(tmp_path: Path) -> None:
    """Held out are the lowest hashes, whatever is fitted to; the test set is the file of that name."""
    root = write_cifar10(tmp_path / "cifar")
    data = Cifar10Pictures(str(root), fitting=20, watched=5, held_out=12)
    data.setup("fit")
    every = sorted(name for file in TRAINING_FILES for name in hashes(read_batch(root / file).images))
    assert [data.size(part) for part in ("training", "held_out", "test")] == [36, 12, 7]
    assert sorted(hashes(torch.cat(list(data.batches("held_out", 12))))) == every[:12]
    assert sorted(hashes(torch.cat(list(data.batches("training", 36))))) == every[12:]
    assert torch.equal(torch.cat(list(data.batches("test", 7))), read_batch(root / TEST_FILE).images)
    assert len(torch.cat(list(data.fitting_pictures()))) == 20
    assert len(torch.cat(list(data.watched_pictures()))) == 5
    assert torch.cat(list(data.val_dataloader())).tolist() == [0, 1, 2, 3, 4]
    assert data.files("test") == [root / TEST_FILE]
    assert len(data.training_files()) == 5


def write_folder(folder: Path, count: int) -> Path:
    """Small gray pictures; the gray is the number."""
    folder.mkdir()
    for number in range(count):
        Image.new("RGB", (12 + number % 3, 10), (number,) * 3).save(folder / f"{number:02}.png")
    return folder


def test_parts_of_a_folder(tmp_path: Path) -> None:
    """Every picture is in one part, and stays there when others come."""
    data = PictureFolder(str(write_folder(tmp_path / "photos", 60)), resized=8, side=6)
    data.prepare_data()
    parts: tuple[Part, ...] = ("training", "held_out", "test")
    seen = {part: torch.cat(list(data.batches(part, 60)))[:, 0, 0, 0].tolist() for part in parts}
    assert sorted(number for part in parts for number in seen[part]) == list(range(60))
    assert all(1 <= len(seen[part]) <= 20 for part in ("held_out", "test"))
    assert next(data.batches("training", 60)).shape[1:] == (3, 6, 6)
    for part in parts:
        assert [int(path.stem) for path in data.files(part)] == seen[part]
        assert all(part_of(f"{number:02}.png") == part for number in seen[part])
        assert data.names(part) == tuple(f"{number:02}.png" for number in seen[part])


def test_a_folder_that_is_missing_or_too_small(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere"):
        PictureFolder(str(tmp_path / "nowhere")).prepare_data()
    with pytest.raises(DataError, match="too few pictures"):
        PictureFolder(str(write_folder(tmp_path / "photos", 1))).prepare_data()


def test_the_centre_of_a_picture() -> None:
    """Of a picture that has the right size already, and of one of which each pixel is a block of 4 x 4."""
    small = np.random.default_rng(0).integers(256, size=(9, 14, 3), dtype=np.uint8)
    expected = torch.from_numpy(small[2:7, 4:9]).permute(2, 0, 1)
    assert torch.equal(centre(small, 9, 5), expected)
    plain = np.zeros((40, 24, 3), dtype=np.uint8)
    plain[20:] = 200
    piece = centre(plain, 12, 8)
    assert piece.shape == (3, 8, 8)
    assert (piece[:, :2] == 0).all()
    assert (piece[:, -2:] == 200).all()
    tall = centre(np.random.default_rng(0).integers(256, size=(300, 100, 3), dtype=np.uint8), 20, 20)
    assert tall.shape == (3, 20, 20)


@pytest.mark.parametrize("wrong", [{"fitting": 0}, {"watched": 0}, {"batch_size": 0}, {"side": 300}])
def test_impossible_sizes_are_refused(wrong: dict[str, int], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="positive"):
        PictureFolder(str(tmp_path), **wrong)
