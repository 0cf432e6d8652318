from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from cifar_files import write_cifar10
from compressible.data.cifar10 import Cifar10
from compressible.data.cifar10_images import Cifar10Images


def trainer(steps: int, start: int = 0, rank: int = 0, processes: int = 1) -> Any:
    """All that a data module asks of one."""
    return SimpleNamespace(max_steps=steps, global_step=start, global_rank=rank, world_size=processes)


def module(root: Path, **options: Any) -> Cifar10Images:
    """36 images to train on, 12 held out."""
    data = Cifar10Images(str(root), batch_size=8, held_out=12, **options)
    data.prepare_data()
    data.setup("fit")
    return data


def labelled(root: Path, **options: Any) -> Cifar10:
    data = Cifar10(str(root), batch_size=8, held_out=12, **options)
    data.setup("fit")
    return data


def either_way(images: Tensor) -> list[bytes]:
    """Each image, or its mirror image, whichever comes first."""
    return sorted(min(image.tobytes(), image[..., ::-1].tobytes()) for image in images.numpy())


@pytest.mark.parametrize(("rank", "processes"), [(0, 1), (1, 2)])
def test_batches_are_those_of_the_labelled_images(rank: int, processes: int, tmp_path: Path) -> None:
    root = write_cifar10(tmp_path / "c")
    ours, theirs = module(root, seed=3, padding=2), labelled(root, seed=3, padding=2)
    ours.trainer = theirs.trainer = trainer(6, 0, rank, processes)
    batches = list(ours.train_dataloader())
    assert len(batches) == 6
    for images, batch in zip(batches, theirs.train_dataloader(), strict=True):
        assert images.dtype == torch.uint8
        assert torch.equal(images, batch.images)
    assert torch.equal(ours.train_dataloader().dataset[4], batches[4]), "any step at any time"
    ours.trainer = trainer(6, 2, rank, processes)
    for images, expected in zip(ours.train_dataloader(), batches[2:], strict=True):
        assert torch.equal(images, expected), "a resumed run goes on"


def test_an_epoch_has_each_training_image_once_and_no_other(tmp_path: Path) -> None:
    root = write_cifar10(tmp_path / "c")
    data = module(root)
    data.trainer = trainer(9)
    seen = torch.cat(list(data.train_dataloader()))
    assert len(seen) == 2 * 36
    assert either_way(seen[:36]) == either_way(seen[36:]) == either_way(labelled(root).training.images)


@pytest.mark.parametrize(("watched", "expected"), [(5, 5), (100, 12)])
def test_watched_images_come_one_by_one_from_those_held_out(watched: int, expected: int, tmp_path: Path) -> None:
    root = write_cifar10(tmp_path / "c")
    batches = list(module(root, watched=watched).val_dataloader())
    assert [tuple(batch.shape) for batch in batches] == [(1, 3, 32, 32)] * expected
    assert torch.equal(torch.cat(batches), labelled(root).held_out.images[:expected])


def test_what_tables_are_counted_on_are_training_images(tmp_path: Path) -> None:
    root = write_cifar10(tmp_path / "c")
    data = module(root)
    images = list(data.training_photographs(7))
    assert len(images) == 7
    expected = labelled(root).training.images[:7].numpy()
    for image, pixels in zip(images, expected, strict=True):
        assert image.flags.c_contiguous
        assert np.array_equal(image, pixels.transpose(1, 2, 0))
    assert len(list(data.training_photographs(1000))) == 36


def test_making_a_loader_draws_nothing(tmp_path: Path) -> None:
    data = module(write_cifar10(tmp_path / "c"))
    data.trainer = trainer(2)
    before = torch.get_rng_state()
    list(data.train_dataloader())
    list(data.val_dataloader())
    assert torch.equal(torch.get_rng_state(), before)


def test_a_record_names_its_files(tmp_path: Path) -> None:
    root = write_cifar10(tmp_path / "c")
    data = module(root)
    assert [path.name for path in data.training_files()] == [f"data_batch_{number}" for number in range(1, 6)]
    assert data.root == root
    assert "12 images" in data.held_out_names()[0]


def test_nothing_to_watch_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Cifar10Images(str(tmp_path), watched=0)
