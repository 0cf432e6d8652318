import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from compressible.partitions import Partition, Patches, Positions, Slices
from compressible.partitions.slices import Axis

in_place = st.one_of(
    st.builds(Patches, st.integers(1, 5), st.integers(1, 5)),
    st.builds(Positions),
    st.builds(Slices, st.integers(1, 6), st.just("channel")),
)
"""Those whose vectors lie as the features do."""
partitions = st.one_of(in_place, st.builds(Slices, st.integers(1, 6), st.just("space")))
shapes = st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 12), st.integers(1, 12))
layouts = st.sampled_from([torch.contiguous_format, torch.channels_last])
types = st.sampled_from([torch.float32, torch.float64, torch.bfloat16])


@given(partitions, shapes, layouts, types)
def test_restoring_undoes_cutting(
    partition: Partition, shape: tuple[int, ...], layout: torch.memory_format, dtype: torch.dtype
) -> None:
    x = torch.randn(shape).to(dtype).to(memory_format=layout)
    vectors = partition.cut(x)
    restored = partition.restore(vectors, shape)
    assert restored.dtype == dtype
    assert torch.equal(restored, x)


@given(partitions, shapes)
def test_sizes_are_those_that_are_announced(partition: Partition, shape: tuple[int, ...]) -> None:
    vectors = partition.cut(torch.zeros(shape))
    channels = shape[1]
    assert vectors.shape == (
        partition.groups(channels),
        math.prod(partition.grid(shape)),
        partition.dimension(channels),
    )
    assert partition.grid(shape)[0] == shape[0]


@given(partitions, shapes)
def test_cutting_again_gives_the_same_vectors(partition: Partition, shape: tuple[int, ...]) -> None:
    """Padding repeats the edge, so what was cropped on the way back comes back the same."""
    vectors = partition.cut(torch.randn(shape))
    assert torch.equal(partition.cut(partition.restore(vectors, shape)), vectors)


@given(partitions, shapes)
def test_gradients_pass_unchanged(partition: Partition, shape: tuple[int, ...]) -> None:
    x = torch.randn(shape, requires_grad=True)
    weight = torch.randn(shape)
    (partition.restore(partition.cut(x), shape) * weight).sum().backward()
    assert torch.equal(x.grad, weight)


def test_which_value_goes_where_in_patches() -> None:
    """Two images of two channels of 3 x 5, in patches of 2 x 3: the last row and the last column are repeated."""
    x = torch.arange(2 * 2 * 3 * 5, dtype=torch.float32).view(2, 2, 3, 5)
    # image 0, channel 0:   0  1  2 |  3  4 (4)
    #                       5  6  7 |  8  9 (9)
    #                      ---------+----------
    #                      10 11 12 | 13 14 (14)
    #                     (10 11 12)|(13 14  14)
    first = [[0, 1, 2, 5, 6, 7], [3, 4, 4, 8, 9, 9], [10, 11, 12, 10, 11, 12], [13, 14, 14, 13, 14, 14]]
    vectors = Patches(2, 3).cut(x)
    assert vectors.shape == (2, 8, 6)
    assert vectors[0, :4].tolist() == first
    assert vectors[1, :4].tolist() == [[v + 15 for v in patch] for patch in first], "the other channel is a group"
    assert vectors[0, 4:].tolist() == [[v + 30 for v in patch] for patch in first], "the other image comes after"
    assert Patches(2, 3).grid((2, 2, 3, 5)) == (2, 2, 2)


def test_which_value_goes_where_in_positions() -> None:
    x = torch.arange(2 * 3 * 1 * 2).view(2, 3, 1, 2)
    assert Positions().cut(x).tolist() == [[[0, 2, 4], [1, 3, 5], [6, 8, 10], [7, 9, 11]]]
    assert Positions().grid((2, 3, 1, 2)) == (2, 1, 2)


@given(in_place, shapes)
def test_the_grid_says_how_vectors_lie(partition: Partition, shape: tuple[int, ...]) -> None:
    """Vector (b, i, j) of the grid holds the feature at patch row i and column j of image b, in every group."""
    b, c, h, w = shape
    rows, columns = partition.patch
    vectors = partition.cut(torch.arange(math.prod(shape), dtype=torch.float32).view(shape))
    first = vectors[0].view(*partition.grid(shape), -1)[..., 0]
    expected = torch.arange(b)[:, None, None] * c * h * w
    expected = expected + torch.arange(0, h, rows)[:, None] * w + torch.arange(0, w, columns)
    assert torch.equal(first, expected.float())


def test_which_value_goes_where_in_slices_of_channels() -> None:
    """Two images of three channels of 1 x 2: channels 0 and 1 are a slice, 2 and zero the other."""
    x = torch.arange(2 * 3 * 1 * 2).view(2, 3, 1, 2)
    assert Slices(2).cut(x).tolist() == [
        [[0, 2], [1, 3], [6, 8], [7, 9]],
        [[4, 0], [5, 0], [10, 0], [11, 0]],
    ]
    assert Slices(2).grid((2, 3, 1, 2)) == (2, 1, 2)


def test_which_value_goes_where_in_slices_of_space() -> None:
    """Two images of three channels of 1 x 3: positions 0 and 1 are a run, 2 and one of zeros the other."""
    x = torch.arange(2 * 3 * 1 * 3).view(2, 3, 1, 3)
    assert Slices(2, "space").cut(x).tolist() == [
        [[0, 3], [6, 0], [1, 4], [7, 0], [9, 12], [15, 0], [10, 13], [16, 0]],
        [[2, 5], [8, 0], [0, 0], [0, 0], [11, 14], [17, 0], [0, 0], [0, 0]],
    ]
    assert Slices(2, "space").grid((2, 3, 1, 3)) == (2, 2, 2)


def test_one_slice_is_no_cut() -> None:
    x = torch.randn(2, 5, 3, 4)
    for axis in ("channel", "space"):
        assert torch.equal(Slices(1, axis).cut(x), Positions().cut(x))


@given(shapes, st.integers(1, 6))
def test_both_axes_make_the_same_vectors_in_other_groups(shape: tuple[int, ...], slices: int) -> None:
    """But for the zeros that fill up a last run, of which there are none where the positions can be shared out."""
    x = torch.randn(shape)
    channel, space = (Slices(slices, axis).cut(x) for axis in ("channel", "space"))
    assert len(channel) == len(space)
    added = space.shape[1] - channel.shape[1]
    assert (added == 0) == (shape[2] * shape[3] % slices == 0)
    zeros = torch.zeros(len(channel), added, channel.shape[2])
    listed = (sorted(v.flatten(0, 1).tolist()) for v in (torch.cat([channel, zeros], 1), space))
    assert next(listed) == next(listed)


@pytest.mark.parametrize("axis", ["channel", "space"])
def test_slices_of_the_features_of_vgg(axis: Axis) -> None:
    """512 x 7 x 7 in 7 slices, zeros up to 7 * 74 channels: 49 codes of dimension 74 a slice; runs are rows."""
    x = torch.randn(1, 512, 7, 7)
    vectors = Slices(7, axis).cut(x)
    assert vectors.shape == (7, 49, 74)
    if axis == "space":
        row = vectors[3].view(7, 7 * 74)[:, :512]
        assert torch.equal(row, x[0, :, 3].T)
    else:
        assert torch.equal(vectors[3].view(7, 7, 74), x[0, 3 * 74 : 4 * 74].permute(1, 2, 0))


@pytest.mark.parametrize("wrong", [{"slices": 0}, {"slices": 2, "axis": "depth"}])
def test_impossible_slices_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=list(wrong)[-1]):
        Slices(**wrong)


@pytest.mark.parametrize("sides", [(0, 1), (1, 0), (-1, 2)])
def test_patches_have_positive_sides(sides: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="positive"):
        Patches(*sides)
