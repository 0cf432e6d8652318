import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from compressible.data.labelled_images import InOrder, LabelledImages
from compressible.data.random_shifts import RandomShifts, shift_and_flip


def numbered(count: int, side: int = 4) -> LabelledImages:
    """Images of noise whose labels are their numbers."""
    draw = torch.Generator().manual_seed(7)
    return LabelledImages(
        torch.randint(256, (count, 3, side, side), dtype=torch.uint8, generator=draw), torch.arange(count)
    )


def brute_force(image: np.ndarray, top: int, left: int, flip: bool, padding: int) -> np.ndarray:
    """Pad, cut, flip: one image after the other."""
    side = image.shape[-1]
    padded = np.pad(image, ((0, 0), (padding, padding), (padding, padding)), mode="reflect")
    piece = padded[:, padding + top : padding + top + side, padding + left : padding + left + side]
    return piece[:, :, ::-1] if flip else piece


@given(st.data())
@settings(max_examples=50)
def test_pieces_are_those_of_padded_images(data: st.DataObject) -> None:
    side, count = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 5))
    shifts = st.lists(st.integers(1 - side, side - 1), min_size=count, max_size=count)
    tops, lefts = data.draw(shifts), data.draw(shifts)
    flips = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))
    images = numbered(count, side).images
    pieces = shift_and_flip(images, torch.tensor(tops), torch.tensor(lefts), torch.tensor(flips))
    for image, piece, top, left, flip in zip(images.numpy(), pieces.numpy(), tops, lefts, flips, strict=True):
        assert np.array_equal(piece, brute_force(image, top, left, flip, side - 1))


def batches(data: LabelledImages, steps: int, batch_size: int, seed: int = 0, padding: int = 0) -> list[LabelledImages]:
    augmented = RandomShifts(data, batch_size, steps, seed, padding)
    assert len(augmented) == steps
    return [augmented[step] for step in range(steps)]


@given(st.integers(1, 20), st.integers(1, 30), st.integers(0, 99))
@settings(max_examples=30)
def test_each_epoch_has_every_image_once(count: int, batch_size: int, seed: int) -> None:
    steps = -(-3 * count // batch_size)
    labels = torch.cat([batch.labels for batch in batches(numbered(count), steps, batch_size, seed)])
    epochs = labels[: 3 * count].view(3, count)
    assert torch.equal(epochs.sort(1).values, torch.arange(count).expand(3, -1))


def test_epochs_and_seeds_have_orders_of_their_own() -> None:
    orders = [batch.labels.tolist() for seed in range(3) for batch in batches(numbered(20), 3, 20, seed)]
    assert len({tuple(order) for order in orders}) == 9


def is_flipped(image: Tensor, original: Tensor) -> bool:
    assert torch.equal(image, original) or torch.equal(image, original.flip(-1))
    return not torch.equal(image, original)


def test_flips_alternate_from_a_random_first_one() -> None:
    data = numbered(1000)
    epochs = []
    for batch in batches(data, 4, 1000):
        flips = torch.zeros(1000, dtype=torch.bool)
        for image, label in zip(batch.images, batch.labels, strict=True):
            flips[label] = is_flipped(image, data.images[label])
        epochs.append(flips)
    assert 420 < int(epochs[0].sum()) < 580, "five standard errors are 79"
    for before, after in itertools.pairwise(epochs):
        assert torch.equal(after, ~before)


def test_shifts_reach_all_places_equally_often() -> None:
    """A picture that tells rows and columns apart: each of 5 x 5 shifts comes in a 25th of the cases."""
    side, padding, count = 8, 2, 2500
    rows, columns = np.indices((side, side))
    picture = np.stack([rows, columns, 8 * rows + columns]).astype(np.uint8)
    data = LabelledImages(torch.from_numpy(picture).expand(count, -1, -1, -1), torch.arange(count))
    places = [(top, left) for top in range(-2, 3) for left in range(-2, 3)]
    known = {
        brute_force(picture, top, left, flip, padding).tobytes(): (top, left)
        for top, left in places
        for flip in (False, True)
    }
    (batch,) = batches(data, 1, count, padding=padding)
    counts = dict.fromkeys(places, 0)
    for image in batch.images.numpy():
        counts[known[image.tobytes()]] += 1
    assert min(counts.values()) > 50, "100 are expected, five standard errors are 49"


def test_a_batch_is_a_pure_function_of_seed_and_step() -> None:
    data, steps = numbered(10, 8), range(6)
    forwards = batches(data, 6, 7, padding=3)
    again = RandomShifts(data, 7, 6, seed=0, padding=3)
    np.random.seed(1)
    torch.manual_seed(1)
    backwards = [again[step] for step in reversed(steps)][::-1]
    for one, other in zip(forwards, backwards, strict=True):
        assert torch.equal(one.images, other.images)
        assert torch.equal(one.labels, other.labels)
    assert not torch.equal(forwards[0].images, RandomShifts(data, 7, 6, seed=1, padding=3)[0].images)


@pytest.mark.parametrize("processes", [2, 3])
def test_processes_share_the_batches_of_one(processes: int) -> None:
    data = numbered(20, 8)
    whole = batches(data, 5, 4 * processes, padding=2)
    parts = [RandomShifts(data, 4, 5, 0, 2, rank, processes) for rank in range(processes)]
    for step, batch in enumerate(whole):
        assert torch.equal(torch.cat([part[step].images for part in parts]), batch.images)
        assert torch.equal(torch.cat([part[step].labels for part in parts]), batch.labels)


def test_in_order_is_everything_once() -> None:
    data = numbered(10)
    plain = InOrder(data, 4)
    assert [len(plain[i].labels) for i in range(len(plain))] == [4, 4, 2]
    assert torch.equal(torch.cat([plain[i].images for i in range(3)]), data.images)
    assert torch.equal(torch.cat([plain[i].labels for i in range(3)]), data.labels)
