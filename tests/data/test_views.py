import numpy as np
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


def test_the_whole_image_is_eight_bits_a_number() -> None:
    images = torch.zeros(2, 1, 28, 28, dtype=torch.uint8)
    assert Whole().shown(Whole().kept(images)) is images
    assert Whole().bits(images) == 6272
