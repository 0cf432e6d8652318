from pathlib import Path

import numpy as np
import pytest
import torch

from compressible.data.downsampled_imagenet import DownsampledImageNet
from compressible.data.paths import DataError


def write(path: Path, count: int, side: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """As image-net.org has them: rows of all red, all green, all blue values; labels from 1; the mean image."""
    draw = np.random.default_rng(seed)
    pixels = draw.integers(256, size=(count, 3, side, side), dtype=np.uint8)
    labels = draw.integers(1, 1001, size=count)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, data=pixels.reshape(count, -1), labels=labels, mean=pixels.mean(0).ravel())
    return pixels, labels


@pytest.mark.parametrize("side", [32, 64])
def test_images_and_labels_are_those_of_the_files(side: int, tmp_path: Path) -> None:
    parts = [write(tmp_path / f"train_data_batch_{i}.npz", 6, side, i) for i in (1, 2)]
    pixels, labels = write(tmp_path / "val_data.npz", 5, side, 0)
    data = DownsampledImageNet(str(tmp_path), batch_size=4, held_out=3)
    data.prepare_data()
    data.setup("fit")
    found = torch.cat([data.held_out.images, data.training.images]).numpy()
    names = torch.cat([data.held_out.labels, data.training.labels]).numpy()
    got = sorted((image.tobytes(), int(label) + 1) for image, label in zip(found, names, strict=True))
    expected = sorted(
        (image.tobytes(), int(label)) for images, own in parts for image, label in zip(images, own, strict=True)
    )
    assert got == expected
    assert len(data.held_out.labels) == 3
    test = data.test_images()
    assert (test.images.numpy() == pixels).all()
    assert (test.labels.numpy() + 1 == labels).all()


def test_what_is_missing_or_damaged_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"image-net\.org"):
        DownsampledImageNet(str(tmp_path)).prepare_data()
    (tmp_path / "val_data.npz").write_bytes(b"PK not an archive")
    data = DownsampledImageNet(str(tmp_path))
    with pytest.raises(DataError, match=r"val_data\.npz"):
        data.test_images()
    np.savez(tmp_path / "val_data.npz", data=np.zeros((1, 12), np.uint8), labels=np.array([1001]))
    with pytest.raises(DataError, match=r"labels in 1\.\.1000"):
        data.test_images()
    np.savez(tmp_path / "val_data.npz", data=np.array([{}]), labels=np.array([1]))
    with pytest.raises(DataError, match="not one of ImageNet's files"):
        data.test_images()
