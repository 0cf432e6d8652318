from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from compressible.data.paths import DataError
from compressible.data.photo_cache import PhotoCache
from compressible.data.photographs import HeldOut, Photographs
from compressible.data.random_crops import RandomCrops, StepSampler


def place(height: int, width: int, number: int) -> np.ndarray:
    """A picture whose every pixel says where it is: row, column and the picture's number."""
    rows, columns = np.indices((height, width))
    return np.stack([rows, columns, np.full_like(rows, number)], -1).astype(np.uint8)


SIZES = [(40, 60), (100, 50), (20, 20), (9, 200)]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> PhotoCache:
    folder = tmp_path_factory.mktemp("photos")
    for number, size in enumerate(SIZES):
        Image.fromarray(place(*size, number)).save(folder / f"{number}.png")
    return PhotoCache(folder, tmp_path_factory.mktemp("cache"))


def crops(photos: PhotoCache, seed: int = 0, rank: int = 0, batch_size: int = 6, crop: int = 16) -> RandomCrops:
    return RandomCrops(photos, [0, 1, 2, 3], crop, batch_size, steps=50, seed=seed, rank=rank)


def test_batches_are_bytes_of_the_right_shape(photos: PhotoCache) -> None:
    data = crops(photos)
    assert len(data) == 50
    assert data[0].shape == (6, 3, 16, 16)
    assert data[0].dtype == torch.uint8


def test_a_batch_is_a_pure_function_of_seed_rank_and_step(photos: PhotoCache) -> None:
    data = crops(photos)
    forwards = [data[step] for step in range(10)]
    backwards = [data[step] for step in reversed(range(10))][::-1]
    np.random.seed(1)
    torch.manual_seed(1)
    again = [crops(photos)[step] for step in range(10)]
    for a, b, c in zip(forwards, backwards, again, strict=True):
        assert torch.equal(a, b)
        assert torch.equal(a, c)


def test_other_seeds_ranks_and_steps_draw_other_crops(photos: PhotoCache) -> None:
    batches = [crops(photos, seed, rank)[step] for seed in range(3) for rank in range(3) for step in range(3)]
    assert len({batch.numpy().tobytes() for batch in batches}) == 27


def test_crops_come_from_the_pictures_whole_or_mirrored(photos: PhotoCache) -> None:
    data = crops(photos, batch_size=40)
    flips = tops = lefts = 0
    total = 0
    seen: dict[int, int] = {}
    for step in range(25):
        for crop in data[step].permute(0, 2, 3, 1).numpy():
            number = int(crop[0, 0, 2])
            top, left = int(crop[..., 0].min()), int(crop[..., 1].min())
            original = place(*SIZES[number], number)[top : top + 16, left : left + 16]
            flipped = not np.array_equal(crop, original)
            assert np.array_equal(crop[:, ::-1] if flipped else crop, original)
            flips += flipped
            tops += top == 0
            lefts += left == SIZES[number][1] - 16
            seen[number] = seen.get(number, 0) + 1
            total += 1
    assert 0.45 < flips / total < 0.55, "four standard errors are 0.06"
    assert tops > 0, "crops reach the first row"
    assert lefts > 0, "and the last column"
    areas = {0: 2400, 1: 5000, 2: 400}
    assert seen.keys() == areas.keys(), "a picture with a side below the crop is left out"
    for number, area in areas.items():
        assert seen[number] / total == pytest.approx(area / 7800, abs=0.06)


def test_a_picture_as_large_as_the_crop_is_one_crop(photos: PhotoCache) -> None:
    data = RandomCrops(photos, [2], crop=20, batch_size=8, steps=1, seed=0)
    whole = torch.from_numpy(place(20, 20, 2)).permute(2, 0, 1)
    for crop in data[0]:
        assert torch.equal(crop, whole) or torch.equal(crop, whole.flip(-1))


def test_no_picture_large_enough_is_told(photos: PhotoCache) -> None:
    with pytest.raises(DataError, match="at least 101 pixels"):
        crops(photos, crop=101)


def test_a_resumed_run_goes_on_at_its_step() -> None:
    sampler = StepSampler(start=7, steps=10)
    assert list(sampler) == [7, 8, 9]
    assert list(sampler) == [7, 8, 9], "each time"
    assert len(sampler) == 10, "progress counts in the whole run"
    assert list(StepSampler(10, 10)) == []


def photographs(folder: Path, cache: Path, held_out: int = 4) -> Photographs:
    data = Photographs(str(folder), str(cache), held_out=held_out)
    data.setup("fit")
    return data


def parts(data: Photographs) -> tuple[set[str], set[str]]:
    """Names of training and held-out photographs."""
    names = [entry.name for entry in data.photos.entries]
    return {names[i] for i in data.training_indices}, {names[i] for i in data.held_out_indices}


def test_the_held_out_part_is_stable_when_photographs_are_added(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()

    def add(names: list[str]) -> None:
        for name in names:
            Image.new("RGB", (4, 4)).save(folder / name)

    add([f"m{i:03}.png" for i in range(120)])
    training, held_out = parts(photographs(folder, tmp_path / "cache"))
    assert not training & held_out
    assert len(training | held_out) == 120
    assert 15 <= len(held_out) <= 45, "about one in four"

    add([f"a{i:03}.png" for i in range(60)] + [f"z{i:03}.png" for i in range(60)])
    more_training, more_held_out = parts(photographs(folder, tmp_path / "cache"))
    assert training <= more_training
    assert held_out <= more_held_out
    assert not more_training & more_held_out
    assert len(more_held_out - held_out) > 10, "and new ones are held out too"


def test_held_out_pieces_are_central_and_in_whole_blocks(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    sizes = {"large.png": (200, 220), "small.png": (130, 64), "tiny.png": (63, 250)}
    for number, (name, size) in enumerate(sizes.items()):
        Image.fromarray(place(*size, number)).save(folder / name)
    photos = PhotoCache(folder, tmp_path / "cache")
    pieces = HeldOut(photos, [0, 1, 2], crop=128)
    assert len(pieces) == 2, "pictures below one block are left out"
    large, small = pieces[0], pieces[1]
    assert large.shape == (3, 128, 128)
    assert large[:, 0, 0].tolist() == [36, 46, 0]
    assert small.shape == (3, 128, 64)
    assert small[:, 0, 0].tolist() == [1, 0, 1]


def test_training_batches_hold_no_held_out_photograph(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(40):
        Image.new("RGB", (20, 20), (number, 0, 0)).save(folder / f"{number:02}.png")
    data = photographs(folder, tmp_path / "cache")
    names = [entry.name for entry in data.photos.entries]
    drawn = RandomCrops(data.photos, data.training_indices, crop=8, batch_size=400, steps=1, seed=0)[0]
    numbers = {int(crop[0, 0, 0]) for crop in drawn}
    assert numbers == {int(names[i][:2]) for i in data.training_indices}
    assert data.held_out_indices
