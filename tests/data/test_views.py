import numpy as np
import pytest
import torch

from compressible.data.views import Blocks, Whole


def test_blocks_are_cut_as_by_hand() -> None:
    images = torch.randint(256, (3, 2, 8, 12), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    view = Blocks(4)
    shown = view.shown(view.kept(images))
    assert shown.shape == (3, 32, 2, 3)
    pixels = images.numpy()
    for row in range(2):
        for column in range(3):
            block = pixels[:, :, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4].reshape(3, 32)
            assert np.array_equal(shown[:, :, row, column].numpy(), np.where(block >= 128, 1, -1))
    assert view.bits(images) == 2 * 8 * 12


def test_a_square_is_white_if_its_mean_is_bright() -> None:
    images = torch.randint(256, (3, 2, 8, 12), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    view = Blocks(4, square=2)
    shown = view.shown(view.kept(images))
    assert shown.shape == (3, 8, 2, 3)
    for image, channel, row, column in np.ndindex(3, 2, 4, 6):
        mean = images[image, channel, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2].numpy().mean()
        place = shown[image, 4 * channel + 2 * (row % 2) + column % 2, row // 2, column // 2]
        assert place == (1 if mean > 127 else -1)
    assert view.bits(images) == 2 * 8 * 12 / 4


@pytest.mark.parametrize(("side", "square"), [(0, 1), (4, 0), (4, 3), (2, 4)])
def test_blocks_consist_of_whole_squares(side: int, square: int) -> None:
    with pytest.raises(ValueError, match="multiple"):
        Blocks(side, square)


def test_the_whole_image_is_eight_bits_a_number() -> None:
    images = torch.zeros(2, 1, 28, 28, dtype=torch.uint8)
    assert Whole().shown(Whole().kept(images)) is images
    assert Whole().bits(images) == 6272
