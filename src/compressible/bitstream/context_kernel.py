"""The compiled part of the context coder: symbols to bytes and back, decision by decision.

    neighbours ──► 10 adaptive counters ──► mixed as logits ──► probability of a decision ──► binary arithmetic coder
                         ▲                        ▲                                                  │
                         └────── learn ───────────┴────────────────── the outcome ◄──────────────────┘

Both directions run the same lines and differ in where an outcome comes from, so they cannot drift apart. Everything is
integers, 64-bit where they add up. A counter that was never updated stands for that of the decision alone, and starts
from it.

Compiled code is kept on disk and renewed when this file changes, and only then. So nothing of ours is imported, tables
are handed over, and their parts are told by their places, which only this file names. Functions are inlined and get
arrays one by one: a tuple of them, copied for every decision, takes longer than the decision. All that is known of the
inputs is one array, of whose rows the compiler sees that they do not overlap, so that it teaches several at once.

Mahoney 2005, "Adaptive weighing of context models for lossless data compression" (logistic mixing, and the carry-less
coder); Marpe, Schwarz & Wiegand 2003, "Context-based adaptive binary arithmetic coding in H.264/AVC".
"""

from collections.abc import Callable

import numpy as np
from numba import njit

INPUTS = 10
LOCAL = 6
"""Counters of contexts that are a group's own: inputs 1 to 6; those after them are shared by all groups."""
LANES = 16
"""Inputs and some of which nothing comes: a power of two is taken several at a time, and so many are not unrolled."""
COUNTER, LOGIT, HABIT, CELL, MOVE, SHIFT = range(6)
"""What is known of an input: its counter, what that says, what it does next; place, change and shift of its weight."""
STEPS = 13
"""Steps of an activity."""
CONFIDENCES = 8
"""Steps of confidence."""
BINS = 16
"""Neighbouring symbols are told apart as far as this; one more for none."""
LOGITS = 64
"""Contexts of all groups know a decision by its logit, in so many steps."""
SHARED = STEPS * STEPS * LOGITS
"""Counters of an input that all groups share."""
COSTLIEST = 4095
EVERY = 15
"""Rates and means are renewed every 16 symbols: divisions are slow."""


@njit(inline="always")
def _look_up(table, place):
    """An entry, 64-bit. No place is negative: a signed one might count from the end, and to tell costs a comparison."""
    return np.int64(table[np.uintp(place)])


@njit(inline="always")
def _transfer(coder, data, decoding, p, bit):
    """Write ``bit``, of probability p of 2^16 to be 1, or read it. ``coder``: low, high, position, value."""
    low, high, position, value = coder
    middle = low + (((high - low) * p) >> 16)
    outcome = np.int64(value <= middle) if decoding else bit
    low = low if outcome else middle + 1
    high = middle if outcome else high
    while ((low ^ high) >> 24) == 0:
        if decoding:
            value = ((value << 8) & 0xFFFFFFFF) | (_look_up(data, position + 4) if position + 4 < len(data) else 0)
        else:
            data[np.uintp(position)] = high >> 24
        position += 1
        low = (low << 8) & 0xFFFFFFFF
        high = ((high << 8) & 0xFFFFFFFF) | 255
    return outcome, (low, high, position, value)


@njit(inline="always")
def _vote(path):
    """What a neighbour says of a decision: 0 nothing, as it does not come here, otherwise 1 + its outcome."""
    return np.int64(path != 0) + np.int64(path < 0)


@njit(inline="always")
def _find(slots, bases, mask, node, logit, paths, around, earlier):
    """Set the slots of a decision: of contexts of the group, then of those of all groups."""
    size = mask + 1
    for i in range(LOCAL):
        slots[1 + i] = i * size + ((bases[i] + node) & mask)
    near, far = 3 * _vote(paths[0]) + _vote(paths[1]), 3 * _vote(paths[2]) + _vote(paths[3])
    shared = LOCAL * size + ((logit + 2048) >> 6)
    slots[LOCAL + 1] = shared + (around * STEPS + earlier) * LOGITS
    slots[LOCAL + 2] = shared + SHARED + (9 * near + far) * LOGITS
    slots[LOCAL + 3] = shared + 2 * SHARED + (near * STEPS + earlier) * LOGITS


@njit(inline="always")
def _follow(paths, bit):
    """Go on with the neighbours that had the outcome, and leave the others behind."""
    for i in range(4):
        paths[i] = paths[i] << 1 if _vote(paths[i]) == 1 + bit else 0


@njit(inline="always")
def _mix(counters, slots, own, inputs, weights, stretch, habits, squash):
    """Probability of outcome 1, of 2^16; sets what is known of the inputs."""
    unseen = own & ~255
    total = np.int64(0)
    for i in range(INPUTS):
        counter = own if i == 0 else _look_up(counters, slots[i])
        counter = counter if counter & 255 else unseen
        logit = _look_up(stretch, counter >> 18)
        habit = _look_up(habits, (0 if i == 0 else 256 if i <= LOCAL else 512) + (counter & 255))
        cell = i * CONFIDENCES + ((habit >> 8) & 255)
        total += logit * (_look_up(weights, cell) + inputs[SHIFT, i])
        inputs[COUNTER, i], inputs[LOGIT, i], inputs[HABIT, i], inputs[CELL, i] = counter, logit, habit, cell
    return _look_up(squash, min(max(total >> 16, -2047), 2047) + 2047)


@njit(inline="always")
def _learn(counters, slots, own, node, inputs, weights, p, bit, pace):
    """Move weights down the gradient of the code length, and counters towards the outcome."""
    error, target = (bit << 16) - p, bit << 22
    for i in range(LANES):
        slope = inputs[LOGIT, i] * error
        inputs[MOVE, i] = (slope * pace + (1 << 21)) >> 22
        inputs[SHIFT, i] += (slope * 2 + (1 << 21)) >> 22
        before = inputs[COUNTER, i] >> 8
        after = before + (((target - before) * (inputs[HABIT, i] >> 16)) >> 16)
        inputs[COUNTER, i] = (min(max(after, 64), (1 << 22) - 64) << 8) | (inputs[HABIT, i] & 255)
    for i in range(INPUTS):
        weights[np.uintp(inputs[CELL, i])] += inputs[MOVE, i]
    own[np.uintp(node)] = inputs[COUNTER, 0]
    for i in range(1, INPUTS):
        counters[np.uintp(slots[i])] = inputs[COUNTER, i]


@njit(inline="always")
def _bin(symbol, size):
    return BINS if symbol < 0 else symbol if size <= BINS else symbol * BINS // size


@njit(inline="always")
def _neighbours(here, y, x, columns):
    """Places left, above, above left, above right. Beyond an edge the nearest that is known stands in, or none, -1."""
    left = here - 1 if x > 0 else (here - columns if y > 0 else -1)
    above = here - columns if y > 0 else (here - 2 if x > 1 else left)
    above_left = above - 1 if y > 0 and x > 0 else above
    above_right = above + 1 if y > 0 and x < columns - 1 else above
    return left, above, above_left, above_right


@njit(inline="always")
def _look_around(symbols, neighbours, tree_paths, paths, bases, size, before, around, earlier):
    """Set the contexts of a place, and the paths of its neighbours."""
    for i, place in enumerate(neighbours):
        paths[i] = _look_up(tree_paths, _look_up(symbols, place)) if place >= 0 else 0
    left, above, _, _ = neighbours
    kin = _bin(_look_up(symbols, left) if left >= 0 else -1, size)
    top = _bin(_look_up(symbols, above) if above >= 0 else -1, size)
    for i, context in enumerate((kin, top, around, earlier, before, kin * (BINS + 1) + top)):
        bases[i] = context * size


@njit(inline="always")
def _activity(costs, neighbours, y, mean):
    """How surprising the neighbours were, weighted by their nearness; in the first row the one on the left alone."""
    left, above, above_left, above_right = neighbours
    if y == 0:
        return 6 * (_look_up(costs, left) if left >= 0 else mean)
    nearest = _look_up(costs, left) + _look_up(costs, above)
    return 2 * nearest + _look_up(costs, above_left) + _look_up(costs, above_right)


@njit(inline="always")
def _remember(recent, costs, planes, mean, seen, table):
    """Let a group's costs over their mean into the decaying average over groups, and set the steps of its activity."""
    # Multiplied by this, and shifted, costs up to COSTLIEST give the very quotients.
    inverse = (1 << 31) // (mean + 5) + 1
    for here in range(len(costs)):
        ratio = min((costs[here] * 64 * inverse) >> 31, 1023) * 16
        recent[here] += ((ratio - recent[here]) * 7) >> 6
    here = 0
    for kind in range(len(planes)):
        number, rows, columns = planes[kind]
        for row in range(number * rows):
            y = row % rows
            for x in range(columns):
                own = _look_up(recent, here)
                total = 4 * own + (_look_up(recent, here - columns) if y > 0 else own)
                total += _look_up(recent, here + columns) if y < rows - 1 else own
                total += _look_up(recent, here - 1) if x > 0 else own
                total += _look_up(recent, here + 1) if x < columns - 1 else own
                seen[here] = table[np.uintp(min(total >> 5, 4095))]
                here += 1


def _kept(function: Callable) -> Callable:
    """Compiled when it is first called, and kept on disk if there is a place for it that can be written."""
    try:
        return njit(cache=True, error_model="numpy")(function)
    except RuntimeError:
        return njit(error_model="numpy")(function)


@_kept
def code_symbols(symbols, planes, data, decoding, counters, trees, tables):
    """Code ``symbols``, which decoding fills in.

    A counter is 256 p + n: p in 2^-22, after n occurrences.

    Args:
        symbols: int64 (groups, n), each within its group's alphabet; n places, plane after plane.
        planes: int64 (kinds, 3), of each kind of plane how many there are, their rows and columns; none is 0.
        data: uint8, the payload to decode, or room to begin with.
        decoding: where outcomes come from, ``data`` or ``symbols``.
        counters: int32, zeros: those of the contexts of a group, ``LOCAL`` times a power of two, then those that all
            groups share, ``INPUTS - 1 - LOCAL`` times ``SHARED``.
        trees: a ``decision_tree.Trees``, how symbols are decided.
        tables: a ``context_tables.Tables``, the numbers of the model.

    Returns:
        Bytes that are settled, low and high end of what follows, and the payload. If decoding settles more bytes than
            there are, it stops there.
    """
    of_group, sizes, children, priors, codes, lengths = trees
    squash, stretch, cost_of, habits, around_step, earlier_step, first_weights = tables
    habits = habits.ravel()
    # Outcomes from the sign bit on, then a one; so none is left where a neighbour does not come.
    all_paths = (2 * codes + 1) << (63 - lengths)
    own = np.zeros(priors.shape[1], np.int64)
    weights, shifts = first_weights.copy().ravel(), np.zeros((STEPS, INPUTS), np.int64)
    bases, paths, slots = np.zeros(LOCAL, np.int64), np.zeros(4, np.int64), np.zeros(INPUTS, np.int64)
    inputs = np.zeros((6, LANES), np.int64)
    cleared = len(counters) - (INPUTS - 1 - LOCAL) * SHARED
    mask = cleared // LOCAL - 1
    groups, places = symbols.shape
    costs = np.zeros(places, np.int32)
    recent = np.full(places, 64 * 16, np.int32)
    seen = np.full(places, earlier_step[256], np.int8)
    value = np.int64(0)
    if decoding:
        for i in range(4):
            value = (value << 8) | (_look_up(data, i) if i < len(data) else 0)
    coder = (np.int64(0), np.int64(0xFFFFFFFF), np.int64(0), value)
    decisions = 0
    for group in range(groups):
        size, tree = sizes[group], of_group[group]
        if size == 1:
            continue
        own[: size - 1] = priors[tree, : size - 1]
        counters[:cleared] = 0
        tree_paths, branches, known = all_paths[tree], children[tree].ravel(), symbols[group]
        before = max(group - 1, 0)
        previous = symbols[before]
        spent, coded, mean, scale, pace, here = 12 * 40, 12, 40, 0, 0, 0
        for kind in range(len(planes)):
            number, rows, columns = planes[kind]
            for row in range(number * rows):
                y = row % rows
                for x in range(columns):
                    if decoding and coder[2] > len(data):
                        return coder[2], coder[0], coder[1], data
                    if not decoding and coder[2] + 256 > len(data):
                        data = np.concatenate((data, np.zeros(len(data) + 256, np.uint8)))
                    if coded & EVERY == 0 or pace == 0:
                        mean = spent // coded
                        scale = (40 << 16) // (mean + 8)
                        pace = 4 + 22 * 6000 // (6000 + decisions)
                    neighbours = _neighbours(here, y, x, columns)
                    activity = _activity(costs, neighbours, y, mean)
                    around = _look_up(around_step, min((activity * scale) >> 16, 4095))
                    earlier = _look_up(seen, here)
                    twin = _bin(_look_up(previous, here), sizes[before]) if group > 0 else BINS
                    _look_around(known, neighbours, tree_paths, paths, bases, size, twin, around, earlier)
                    for i in range(INPUTS):
                        inputs[SHIFT, i] = shifts[earlier, i]
                    path = _look_up(tree_paths, _look_up(known, here))
                    node, cost = np.int64(0), np.int64(0)
                    while node >= 0:
                        alone = _look_up(own, node)
                        logit = _look_up(stretch, alone >> 18)
                        _find(slots, bases, mask, node, logit, paths, around, earlier)
                        p = _mix(counters, slots, alone, inputs, weights, stretch, habits, squash)
                        bit, coder = _transfer(coder, data, decoding, p, np.int64(path < 0))
                        _learn(counters, slots, own, node, inputs, weights, p, bit, pace)
                        _follow(paths, bit)
                        path <<= 1
                        likely = alone >> 18
                        cost += _look_up(cost_of, likely if bit else 4095 - likely)
                        node = _look_up(branches, 2 * node + bit)
                        decisions += 1
                    for i in range(INPUTS):
                        shifts[earlier, i] = inputs[SHIFT, i]
                    known[np.uintp(here)] = ~node
                    costs[np.uintp(here)] = min(cost, COSTLIEST)
                    spent += min(cost, COSTLIEST)
                    coded += 1
                    here += 1
        if group < groups - 1:
            _remember(recent, costs, planes, spent // coded, seen, earlier_step)
    return coder[2], coder[0], coder[1], data
