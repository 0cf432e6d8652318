import numpy as np
import pytest

from compressible.codecs.jpeg import Jpeg
from compressible.reports.equal_bytes import closest, code, crop_figure, largest_within


def picture() -> np.ndarray:
    rows, columns = np.mgrid[:64, :96]
    return np.stack([rows * 3, columns * 2, (rows * columns) % 256], axis=-1).astype(np.uint8)


def test_the_rival_has_no_more_bytes_and_the_next_setting_would() -> None:
    image = picture()
    codecs = [Jpeg(quality, "4:2:0") for quality in range(5, 96, 10)]
    lengths = [len(codec.encode(image)) for codec in codecs]
    limit = (lengths[4] + lengths[5]) // 2
    chosen = closest(codecs, image, limit)
    assert chosen.size == max(length for length in lengths if length <= limit)


def test_the_smallest_file_stands_in_where_none_fits() -> None:
    image = picture()
    codecs = [Jpeg(quality, "4:2:0") for quality in (90, 10, 50)]
    assert closest(codecs, image, 1).size == min(len(codec.encode(image)) for codec in codecs)


def test_each_panel_shows_the_same_piece() -> None:
    image = picture()
    coded = code(Jpeg(50, "4:2:0"), image)
    figure = crop_figure(image, [coded], (10, 20, 30, 40), "title")
    original, rival = (axes.images[0].get_array() for axes in figure.axes)
    assert np.array_equal(np.asarray(original), image[10:40, 20:60])
    assert np.array_equal(np.asarray(rival), coded.pixels[10:40, 20:60])


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.9, 2.0])
def test_in_the_order_of_sizes_few_are_tried_for_the_same_choice(share: float) -> None:
    class Counted(Jpeg):
        calls = 0

        def encode(self, image: np.ndarray) -> bytes:
            Counted.calls += 1
            return super().encode(image)

    image = picture()
    ladder = [Counted(quality) for quality in range(10, 90, 5)]
    limit = int(share * len(ladder[-1].encode(image)))
    expected = closest(ladder, image, limit)
    Counted.calls = 0
    found = largest_within(ladder, image, limit)
    assert (found.codec, found.size) == (expected.codec, expected.size)
    assert Counted.calls <= 6, "four to find one of 16, one to show it"
