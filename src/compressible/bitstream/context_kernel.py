"""The compiled part of the context coder: symbols to bytes and back, decision by decision.

    neighbours ──► 10 adaptive counters ──► mixed as logits ──► probability of a decision ──► binary arithmetic coder
                         ▲                        ▲                                                  │
                         └────── learn ───────────┴────────────────── the outcome ◄──────────────────┘

Both directions run the same lines and differ in where an outcome comes from, so they cannot drift apart. Everything is
integers, 64-bit where they add up. A counter that was never updated stands for that of the decision alone, and starts
from it.

Compiled code is kept on disk and renewed when this file changes, and only then. So nothing of ours is imported, tables
are handed over, and their parts are told by their places, which only this file names. Functions are inlined and get
arrays one by one: a tuple of them, copied for every decision, takes longer than the decision.

Mahoney 2005, "Adaptive weighing of context models for lossless data compression" (logistic mixing, and the carry-less
coder); Marpe, Schwarz & Wiegand 2003, "Context-based adaptive binary arithmetic coding in H.264/AVC".
"""

from collections.abc import Callable

import numpy as np
from numba import njit

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
COSTLIEST = 4095
EVERY = 15
"""Rates and means are renewed every 16 symbols: divisions are slow."""


@njit(inline="always")
def _transfer(coder, data, decoding, p, bit):
    """Write ``bit``, of probability p of 2^16 to be 1, or read it. ``coder``: low, high, position, value."""
    low, high = coder[0], coder[1]
    middle = low + (((high - low) * p) >> 16)
    outcome = bit
    if decoding:
        outcome = 1 if coder[3] <= middle else 0
    if outcome:
        high = middle
    else:
        low = middle + 1
    while ((low ^ high) >> 24) == 0:
        position = coder[2]
        if decoding:
            after = data[position + 4] if position + 4 < len(data) else 0
            coder[3] = ((coder[3] << 8) & 0xFFFFFFFF) | after
        else:
            data[position] = high >> 24
        coder[2] = position + 1
        low = (low << 8) & 0xFFFFFFFF
        high = ((high << 8) & 0xFFFFFFFF) | 255
    coder[0] = low
    coder[1] = high
    return outcome


@njit(inline="always")
def _vote(code, length, depth, prefix):
    """What a neighbour says of a decision: 0 nothing, as it does not come here, otherwise 1 + its outcome."""
    left = length - depth
    comes = left > 0 and (code >> max(left, 0)) == prefix
    return 1 + ((code >> max(left - 1, 0)) & 1) if comes else 0


@njit(inline="always")
def _find(slots, bases, mask, node, step, codes, lengths, depth, prefix, around, earlier):
    """Set the slots of a decision: of contexts of the group, then of those of all groups."""
    size = mask + 1
    for i in range(LOCAL):
        slots[i] = i * size + ((bases[i] + node) & mask)
    votes = 3 * _vote(codes[0], lengths[0], depth, prefix) + _vote(codes[1], lengths[1], depth, prefix)
    more = 3 * _vote(codes[2], lengths[2], depth, prefix) + _vote(codes[3], lengths[3], depth, prefix)
    shared = LOCAL * size
    slots[LOCAL] = shared + (around * STEPS + earlier) * LOGITS + step
    slots[LOCAL + 1] = shared + SHARED + (9 * votes + more) * LOGITS + step
    slots[LOCAL + 2] = shared + 2 * SHARED + (votes * STEPS + earlier) * LOGITS + step


@njit(inline="always")
def _mix(counters, slots, own, logits, steps, weights, shifts, stretch, confidence, squash, earlier):
    """Probability of outcome 1, of 2^16; leaves in ``logits`` and ``steps`` what each counter said."""
    logit = stretch[own >> 18]
    logits[0] = logit
    steps[0] = confidence[own & 255]
    total = logit * (weights[0, steps[0]] + shifts[earlier, 0])
    for i in range(1, INPUTS):
        counter = counters[slots[i - 1]]
        said = stretch[counter >> 18] if counter & 255 else logit
        step = confidence[counter & 255]
        logits[i] = said
        steps[i] = step
        total += said * (weights[i, step] + shifts[earlier, i])
    return squash[min(max(total >> 16, -2047), 2047) + 2047]


@njit(inline="always")
def _moved(counter, bit, rates, kind, limit):
    """A counter after one more outcome."""
    count = counter & 255
    p = counter >> 8
    p += (((bit << 22) - p) * rates[kind, count]) >> 16
    return (min(max(p, 64), (1 << 22) - 64) << 8) | min(count + 1, limit)


@njit(inline="always")
def _learn(counters, slots, own, logits, steps, weights, shifts, rates, limits, earlier, p, bit, pace):
    """Move weights down the gradient of the code length, and counters of contexts towards the outcome."""
    error = (bit << 16) - p
    for i in range(INPUTS):
        slope = logits[i] * error
        weights[i, steps[i]] += (slope * pace + (1 << 21)) >> 22
        shifts[earlier, i] += (slope * 2 + (1 << 21)) >> 22
    unseen = own & ~255
    for i in range(INPUTS - 1):
        counter = counters[slots[i]]
        kind = 1 if i < LOCAL else 2
        start = counter if counter & 255 else unseen
        counters[slots[i]] = _moved(start, bit, rates, kind, limits[kind])


@njit(inline="always")
def _bin(symbol, size):
    return BINS if symbol < 0 else symbol if size <= BINS else symbol * BINS // size


@njit(inline="always")
def _look_around(plane, y, x, tree_codes, tree_lengths, codes, lengths, bases, size, before, around, earlier):
    """Set the contexts of a place. Beyond an edge the nearest symbol that is known stands in, or none, -1."""
    left = plane[y, x - 1] if x > 0 else (plane[y - 1, x] if y > 0 else -1)
    above = plane[y - 1, x] if y > 0 else (plane[y, x - 2] if x > 1 else left)
    above_left = plane[y - 1, x - 1] if y > 0 and x > 0 else above
    above_right = plane[y - 1, x + 1] if y > 0 and x < plane.shape[1] - 1 else above
    for i, symbol in enumerate((left, above, above_left, above_right)):
        codes[i] = tree_codes[symbol] if symbol >= 0 else 0
        lengths[i] = tree_lengths[symbol] if symbol >= 0 else 0
    kin = _bin(left, size)
    top = _bin(above, size)
    for i, context in enumerate((kin, top, around, earlier, before, kin * (BINS + 1) + top)):
        bases[i] = context * size


@njit(inline="always")
def _activity(costs, y, x, mean):
    """How surprising the neighbours were, weighted by their nearness; costs (rows, columns)."""
    left = costs[y, x - 1] if x > 0 else (costs[y - 1, x] if y > 0 else mean)
    above = costs[y - 1, x] if y > 0 else left
    above_left = costs[y - 1, x - 1] if y > 0 and x > 0 else above
    above_right = costs[y - 1, x + 1] if y > 0 and x < costs.shape[1] - 1 else above
    return 2 * (left + above) + above_left + above_right


@njit(inline="always")
def _remember(all_recent, all_costs, sides, mean, all_seen, table):
    """Let a group's costs over their mean into the decaying average over groups, and set the steps of its activity."""
    end = 0
    for plane in range(len(sides)):
        rows, columns = sides[plane]
        start, end = end, end + rows * columns
        recent, costs = all_recent[start:end].reshape(rows, columns), all_costs[start:end].reshape(rows, columns)
        seen = all_seen[start:end].reshape(rows, columns)
        for y in range(rows):
            for x in range(columns):
                ratio = min(costs[y, x] * 64 // (mean + 5), 1023) * 16
                recent[y, x] += ((ratio - recent[y, x]) * 7) >> 6
        for y in range(rows):
            for x in range(columns):
                here = recent[y, x]
                total = 4 * here + (recent[y - 1, x] if y > 0 else here) + (recent[y + 1, x] if y < rows - 1 else here)
                total += (recent[y, x - 1] if x > 0 else here) + (recent[y, x + 1] if x < columns - 1 else here)
                seen[y, x] = table[min(total >> 5, 4095)]


def _kept(function: Callable) -> Callable:
    """Compiled when it is first called, and kept on disk if there is a place for it that can be written."""
    try:
        return njit(cache=True, error_model="numpy")(function)
    except RuntimeError:
        return njit(error_model="numpy")(function)


@_kept
def code_symbols(symbols, sides, data, decoding, counters, trees, tables):
    """Code ``symbols``, which decoding fills in.

    A counter is 256 p + n: p in 2^-22, after n occurrences.

    Args:
        symbols: int64 (groups, n), each within its group's alphabet; n places, plane after plane.
        sides: int64 (planes, 2), rows and columns of each plane.
        data: uint8, the payload to decode, or room to begin with.
        decoding: where outcomes come from, ``data`` or ``symbols``.
        counters: int32, zeros: those of the contexts of a group, ``LOCAL`` times a power of two, then those that all
            groups share, ``INPUTS - 1 - LOCAL`` times ``SHARED``.
        trees: a ``decision_tree.Trees``, how symbols are decided.
        tables: a ``context_tables.Tables``, the numbers of the model.

    Returns:
        Bytes that are settled, low and high end of what follows, and the payload.
    """
    of_group, sizes, children, priors, all_codes, all_lengths = trees
    squash, stretch, cost_of, rates, limits, confidence, around_step, earlier_step, first_weights = tables
    own = np.zeros(priors.shape[1], np.int64)
    weights, shifts = first_weights.copy(), np.zeros((STEPS, INPUTS), np.int64)
    bases, slots = np.zeros(LOCAL, np.int64), np.zeros(INPUTS - 1, np.int64)
    logits, steps = np.zeros(INPUTS, np.int64), np.zeros(INPUTS, np.int64)
    codes, lengths = np.zeros(4, np.int64), np.zeros(4, np.int64)
    cleared = len(counters) - (INPUTS - 1 - LOCAL) * SHARED
    mask = cleared // LOCAL - 1
    groups, places = symbols.shape
    costs = np.zeros(places, np.int32)
    recent = np.full(places, 64 * 16, np.int32)
    seen = np.full(places, earlier_step[256], np.int8)
    coder = np.array([0, 0xFFFFFFFF, 0, 0])
    if decoding:
        for i in range(4):
            coder[3] = (coder[3] << 8) | (data[i] if i < len(data) else 0)
    decisions = 0
    for group in range(groups):
        size, tree = sizes[group], of_group[group]
        if size == 1:
            continue
        own[: size - 1] = priors[tree, : size - 1]
        counters[:cleared] = 0
        tree_codes, tree_lengths = all_codes[tree], all_lengths[tree]
        before = max(group - 1, 0)
        spent, coded, mean, scale, pace, end = 12 * 40, 12, 40, 0, 0, 0
        for plane in range(len(sides)):
            rows, columns = sides[plane]
            start, end = end, end + rows * columns
            grid = symbols[group, start:end].reshape(rows, columns)
            previous = symbols[before, start:end].reshape(rows, columns)
            plane_costs, plane_seen = costs[start:end].reshape(rows, columns), seen[start:end].reshape(rows, columns)
            for y in range(rows):
                for x in range(columns):
                    if not decoding and coder[2] + 256 > len(data):
                        data = np.concatenate((data, np.zeros(len(data) + 256, np.uint8)))
                    if coded & EVERY == 0 or pace == 0:
                        mean = spent // coded
                        scale = (40 << 16) // (mean + 8)
                        pace = 4 + 22 * 6000 // (6000 + decisions)
                    around = around_step[min((_activity(plane_costs, y, x, mean) * scale) >> 16, 4095)]
                    earlier = np.int64(plane_seen[y, x])
                    twin = _bin(previous[y, x], sizes[before]) if group > 0 else BINS
                    _look_around(
                        grid, y, x, tree_codes, tree_lengths, codes, lengths, bases, size, twin, around, earlier
                    )
                    code, length = tree_codes[grid[y, x]], tree_lengths[grid[y, x]]
                    node, depth, prefix, cost = 0, 0, 0, 0
                    while node >= 0:
                        alone = own[node]
                        step = (stretch[alone >> 18] + 2048) >> 6
                        _find(slots, bases, mask, node, step, codes, lengths, depth, prefix, around, earlier)
                        p = _mix(
                            counters, slots, alone, logits, steps, weights, shifts, stretch, confidence, squash, earlier
                        )
                        bit = _transfer(coder, data, decoding, p, (code >> max(length - depth - 1, 0)) & 1)
                        _learn(
                            counters, slots, alone, logits, steps, weights, shifts, rates, limits, earlier, p, bit, pace
                        )
                        own[node] = _moved(alone, bit, rates, 0, limits[0])
                        likely = alone >> 18
                        cost += cost_of[likely if bit else 4095 - likely]
                        node = children[tree, node, bit]
                        prefix = 2 * prefix + bit
                        depth += 1
                    decisions += depth
                    grid[y, x] = ~node
                    plane_costs[y, x] = min(cost, COSTLIEST)
                    spent += min(cost, COSTLIEST)
                    coded += 1
        _remember(recent, costs, sides, spent // coded, seen, earlier_step)
    return coder[2], coder[0], coder[1], data
