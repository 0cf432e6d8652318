import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pooch
import pytest
import torch

from compressible.data.mnist import Mnist
from compressible.data.paths import DataError
from mnist_files import digits, idx, write_mnist
from small_training import trainer


def module(root: Path, **options: Any) -> Mnist:
    data = Mnist(str(root), batch_size=8, padding=0, flip=False, held_out=12, held_out_batch_size=5, **options)
    data.prepare_data()
    data.setup("fit")
    return data


@pytest.mark.parametrize("packed", [True, False])
def test_images_and_labels_are_those_of_the_files(packed: bool, tmp_path: Path) -> None:
    data = module(write_mnist(tmp_path / "m", packed=packed))
    images, labels = digits(60, seed=1)
    parts = [data.training, data.held_out]
    found = torch.cat([part.images for part in parts]).numpy(), torch.cat([part.labels for part in parts]).numpy()
    assert found[0].shape == (60, 1, 28, 28)
    assert sorted(image.tobytes() + bytes([label]) for image, label in zip(*found, strict=True)) == sorted(
        image.tobytes() + bytes([label]) for image, label in zip(images, labels, strict=True)
    )
    test = data.test_images()
    assert np.array_equal(test.images[:, 0].numpy(), digits(20, seed=0)[0])
    assert np.array_equal(test.labels.numpy(), digits(20, seed=0)[1])
    assert len(data.held_out.labels) == 12
    assert data.image_shape == (1, 28, 28)


def test_digits_are_neither_moved_nor_mirrored(tmp_path: Path) -> None:
    data = module(write_mnist(tmp_path / "m"))
    known = {image.tobytes() for image in data.training.images.numpy()}
    batches = data.training_batches(trainer(18), seed=0)
    seen = [image.tobytes() for step in range(18) for image in batches[step].images.numpy()]
    assert len(seen) == 3 * 48
    assert set(seen) == known


def test_moved_copies_are_moved_by_every_pixel(tmp_path: Path) -> None:
    data = module(write_mnist(tmp_path / "m"), moved=1)
    assert len(data.training.labels) == 48
    batches = data.training_batches(trainer(54), seed=0)
    seen = [pair for step in range(54) for pair in zip(*batches[step], strict=True)]
    expected: list[tuple[bytes, int]] = []
    for (image,), label in zip(data.training.images.numpy(), data.training.labels.tolist(), strict=True):
        padded = np.pad(image, 1, mode="reflect")
        pieces = [padded[top : top + 28, left : left + 28] for top in range(3) for left in range(3)]
        expected += [(piece.tobytes(), label) for piece in pieces]
    assert sorted((image.numpy().tobytes(), int(label)) for image, label in seen) == sorted(expected)


def test_replicas_have_the_orders_of_their_seeds(tmp_path: Path) -> None:
    root = write_mnist(tmp_path / "m")
    both = module(root, seed=3, replicas=2)
    both.trainer = trainer(4)
    stacked = list(both.train_dataloader())
    assert stacked[0].images.shape == (2, 8, 1, 28, 28)
    for i in range(2):
        one = module(root, seed=3 + i)
        one.trainer = trainer(4)
        for batch, own in zip(stacked, one.train_dataloader(), strict=True):
            assert torch.equal(batch.images[i], own.images)
            assert torch.equal(batch.labels[i], own.labels)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("train-images-idx3-ubyte.gz", b"\x1f\x8bno", "damaged"),
        ("train-images-idx3-ubyte.gz", idx(np.zeros((60, 28), np.uint8)), "3 axes"),
        ("train-images-idx3-ubyte.gz", idx(np.zeros((60, 28, 28), np.uint8))[:-1], "holds 47039"),
        ("train-labels-idx1-ubyte.gz", gzip.compress(idx(np.zeros(59, np.uint8))), "60 images.*59 labels"),
    ],
)
def test_what_is_damaged_is_told(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    root = write_mnist(tmp_path / "m")
    (root / name).write_bytes(content)
    with pytest.raises(DataError, match=said) as caught:
        module(root)
    assert "\n" not in str(caught.value)


def test_only_what_is_missing_is_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_mnist(tmp_path / "m", packed=False)
    (root / "t10k-labels-idx1-ubyte").unlink()
    asked: list[str] = []
    monkeypatch.setattr(pooch, "retrieve", lambda url, digest, **_: asked.append(f"{url} {digest}"))
    Mnist(str(root)).prepare_data()
    assert len(asked) == 1
    assert asked[0].endswith("t10k-labels-idx1-ubyte.gz md5:ec29112dd5afa0611ce80d1b7f02629c")


def test_offline_and_absent_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: Any, **__: Any) -> str:
        raise ConnectionError("no network")

    monkeypatch.setattr(pooch, "retrieve", offline)
    with pytest.raises(DataError, match=r"MNIST is not at .* could not be downloaded"):
        Mnist(str(tmp_path / "m")).prepare_data()
