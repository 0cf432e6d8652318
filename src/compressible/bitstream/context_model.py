"""What the context coder has learned, as arrays that its compiled part fills."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compressible.bitstream.context_tables import TABLES

INPUTS = 10
LOCAL = 6
"""Counters of contexts that are a group's own: inputs 1 to 6; those after them are shared by all groups."""
STEPS = 13
"""Steps of an activity."""
BINS = 16
"""Neighbouring symbols are told apart as far as this; one more for none."""
LOGITS = 64
"""Contexts of all groups know a decision by its logit, in so many steps."""
SHARED = STEPS * STEPS * LOGITS
"""Counters of an input that all groups share."""
_FEWEST_SLOTS, _MOST_SLOTS = 1 << 8, 1 << 18


class Model(NamedTuple):
    """Counters and weights, and what was looked up for the decision at hand. A counter is 256 p + n, p in 2^-22.

    Attributes:
        own: counters of the decisions alone, (nodes,).
        counters: those of contexts: of the group, 6 times a power of two, then of all groups, 3 times ``SHARED``.
        weights: of each input at each step of its confidence, in 2^-16, (10, 8).
        shifts: added to the weights at each step of the activity in earlier groups, (13, 10).
        bases: where the counters of a context begin, (6,).
        slots: counters in use, (9,).
        logits: what they say, (10,).
        steps: how sure they are, (10,).
        codes: of the four neighbours, (4,).
        lengths: of the four neighbours, (4,).
    """

    own: NDArray[np.int64]
    counters: NDArray[np.int32]
    weights: NDArray[np.int64]
    shifts: NDArray[np.int64]
    bases: NDArray[np.int64]
    slots: NDArray[np.int64]
    logits: NDArray[np.int64]
    steps: NDArray[np.int64]
    codes: NDArray[np.int64]
    lengths: NDArray[np.int64]


def fresh_model(width: int, per_group: int) -> Model:
    """A model that has seen nothing, for alphabets of at most ``width`` and so many symbols a group.

    It has no more counters than the symbols can fill: they are cleared for every group.
    """
    wanted = min(16 * per_group, (BINS + 1) ** 2 * width, _MOST_SLOTS)
    slots = max(_FEWEST_SLOTS, 1 << (wanted - 1).bit_length() if wanted else 0)
    return Model(
        own=np.zeros(width, np.int64),
        counters=np.zeros(LOCAL * slots + (INPUTS - 1 - LOCAL) * SHARED, np.int32),
        weights=TABLES.weights.copy(),
        shifts=np.zeros((STEPS, INPUTS), np.int64),
        bases=np.zeros(LOCAL, np.int64),
        slots=np.zeros(INPUTS - 1, np.int64),
        logits=np.zeros(INPUTS, np.int64),
        steps=np.zeros(INPUTS, np.int64),
        codes=np.zeros(4, np.int64),
        lengths=np.zeros(4, np.int64),
    )
