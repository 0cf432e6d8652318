"""The numbers of the context model, chosen on photographs; none of them depends on what is coded.

A change of any of them changes what every file decodes to.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.logistic import COST, SQUASH, STRETCH

# Weights in 64ths: a row for each input, a column for each step of its confidence (never seen .. more than 32 times).
_WEIGHTS = (
    (19, 19, 19, 19, 19, 19, 23, 19),  # the decision alone
    (3, 4, 4, 5, 6, 9, 7, 5),  # left
    (2, 5, 6, 7, 10, 11, 11, 5),  # above
    (5, 4, 4, 5, 5, 4, 5, 6),  # activity around, in this group
    (4, 5, 6, 8, 9, 13, 16, 24),  # activity here, in earlier groups
    (1, 7, 6, 9, 12, 13, 13, 11),  # the previous group's symbol
    (0, 2, 3, 3, 5, 8, 10, 5),  # left and above
    (5, 4, 4, 3, 4, 5, 6, 5),  # both activities
    (0, 1, 3, 3, 5, 6, 9, 11),  # votes of four neighbours
    (4, 4, 5, 7, 8, 9, 9, 12),  # votes of two neighbours, and activity in earlier groups
)
# Of the decision alone, contexts of a group, contexts of all groups: after n occurrences a counter moves by
# 1 / (n + a tenth of this) of its error, and from so many on by no less.
_SLOWNESS = (13, 21, 14)
_LIMITS = (230, 92, 153)
_CONFIDENCE = (0, 1, 2, 3, 5, 9, 17, 33)
_AROUND = (18, 26, 36, 50, 70, 97, 136, 190, 266, 372, 521, 729)
_EARLIER = (30, 43, 61, 86, 122, 174, 246, 350, 496, 705, 1001, 1421)


class Tables(NamedTuple):
    """Everything that is looked up while coding. ``context_kernel`` knows the fields by their order.

    Types are as small as will do, so that all stay in the fastest cache.

    Attributes:
        squash: see ``logistic``.
        stretch: see ``logistic``.
        cost: see ``logistic``.
        habits: (3, 256), what a counter does after so many occurrences: rate << 16 | step of confidence << 8 |
            occurrences from then on. The rate is how far it moves, in 2^-16. Of the decision alone, contexts of a
            group, contexts of all groups.
        around: (4096,), step of an activity in this group.
        earlier: (4096,), step of an activity in earlier groups.
        weights: (inputs, steps of confidence), what mixing starts with, in 2^-16.
    """

    squash: NDArray[np.int32]
    stretch: NDArray[np.int16]
    cost: NDArray[np.int16]
    habits: NDArray[np.uint32]
    around: NDArray[np.int8]
    earlier: NDArray[np.int8]
    weights: NDArray[np.int64]


def _steps(thresholds: tuple[int, ...], size: int) -> NDArray[np.int8]:
    return np.searchsorted(thresholds, np.arange(size), side="right").astype(np.int8)


def _habits() -> NDArray[np.uint32]:
    counts = np.arange(256)
    rates = 655360 // (10 * counts + np.array(_SLOWNESS)[:, None])
    counts_after = np.minimum(counts + 1, np.array(_LIMITS)[:, None])
    return (rates << 16 | _steps(_CONFIDENCE[1:], 256).astype(np.int64) << 8 | counts_after).astype(np.uint32)


TABLES = Tables(
    squash=SQUASH.astype(np.int32),
    stretch=STRETCH.astype(np.int16),
    cost=COST.astype(np.int16),
    habits=_habits(),
    around=_steps(_AROUND, 4096),
    earlier=_steps(_EARLIER, 4096),
    weights=1024 * np.array(_WEIGHTS, dtype=np.int64),
)
