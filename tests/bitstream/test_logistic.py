import math

import numpy as np

from compressible.bitstream.logistic import COST, LARGEST, SQUASH, STRETCH


def test_squash_is_the_logistic_function() -> None:
    expected = [65536 / (1 + math.exp(-x / 256)) for x in range(-LARGEST, LARGEST + 1)]
    assert np.array_equal(SQUASH, np.floor(expected))


def test_stretch_is_the_logit_at_the_middle_of_each_cell() -> None:
    for p in range(4096):
        middle = (p + 0.5) / 4096
        expected = min(max(256 * math.log(middle / (1 - middle)), -LARGEST), LARGEST)
        # Where SQUASH is flat, several x have one probability: half a unit of 2^-16 is this much.
        tolerance = 1 + 256 / (65536 * middle * (1 - middle))
        assert abs(STRETCH[p] - expected) <= tolerance


def test_cost_is_the_logarithm_in_32nds_rounded_up() -> None:
    expected = [math.ceil(-32 * math.log2((p + 0.5) / 4096)) for p in range(4096)]
    assert np.abs(COST - expected).max() <= 0
