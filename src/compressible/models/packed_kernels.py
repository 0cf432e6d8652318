"""The compiled part of packed inference: sums of products of signs, 64 at a time.

    x . w = n - 2 popcount(bits of x XOR bits of w),    a bit is 1 for the sign 1

Compiled code is kept on disk and renewed when this file changes. Everything runs in one thread.
"""

import numpy as np
from numba import njit, types
from numba.extending import intrinsic


@intrinsic
def _popcount(context, word):  # pyright: ignore[reportUnusedParameter]
    """Number of ones in a word of 64 bits."""

    def generate(_context, builder, _signature, arguments):
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@njit(cache=True)
def pack_signs(maps):
    """Words (n, h, w, ceil(c / 64)) of maps (n, c, h, w): bit c of a place is 1 where the map is not negative."""
    n, channels, height, width = maps.shape
    words = np.zeros((n, height, width, (channels + 63) // 64), np.uint64)
    for i in range(n):
        for c in range(channels):
            bit = np.uint64(1) << np.uint64(c & 63)
            for y in range(height):
                for x in range(width):
                    if maps[i, c, y, x] >= 0:
                        words[i, y, x, c >> 6] |= bit
    return words


@njit(cache=True)
def sign_sums(words, kernel, length, stride):
    """Sums of products (n, h', w', o), int32, of inputs (n, h, w, words) and a kernel (o, kh, kw, words).

    Args:
        words: packed input.
        kernel: packed kernel.
        length: signs that make a sum; bits beyond the channels are 0 in both.
        stride: places between two sums.
    """
    n, height, width, count = words.shape
    outputs, rows, columns, _ = kernel.shape
    down, across = (height - rows) // stride + 1, (width - columns) // stride + 1
    sums = np.empty((n, down, across, outputs), np.int32)
    for i in range(n):
        for y in range(down):
            for x in range(across):
                for o in range(outputs):
                    differing = np.uint64(0)
                    for dy in range(rows):
                        for dx in range(columns):
                            for k in range(count):
                                word = words[i, y * stride + dy, x * stride + dx, k] ^ kernel[o, dy, dx, k]
                                differing += _popcount(word)  # pyright: ignore[reportCallIssue]
                    sums[i, y, x, o] = length - 2 * np.int64(differing)
    return sums


@njit(cache=True)
def byte_sums(pixels, kernel, stride):
    """Sums of products (n, h', w', o), int32, of bytes (n, c, h, w) and signs (kh, kw, c, o), both int8 or uint8."""
    n, _, height, width = pixels.shape
    rows, columns, channels, outputs = kernel.shape
    down, across = (height - rows) // stride + 1, (width - columns) // stride + 1
    sums = np.zeros((n, down, across, outputs), np.int32)
    for i in range(n):
        for y in range(down):
            for x in range(across):
                for dy in range(rows):
                    for dx in range(columns):
                        for c in range(channels):
                            pixel = np.int32(pixels[i, c, y * stride + dy, x * stride + dx])
                            for o in range(outputs):
                                sums[i, y, x, o] += pixel * kernel[dy, dx, c, o]
    return sums


@njit(cache=True)
def look_up(symbols, tables):
    """Sums (n, 1, 1, o), float32, of the rows (places, L, o) that symbols (n, places) choose."""
    n, places = symbols.shape
    sums = np.zeros((n, 1, 1, tables.shape[2]), np.float32)
    for i in range(n):
        for place in range(places):
            row = tables[place, symbols[i, place]]
            for o in range(len(row)):
                sums[i, 0, 0, o] += row[o]
    return sums


@njit(cache=True)
def fire(sums, thresholds, pool):
    """Words (n, h / pool, w / pool, ceil(o / 64)): bit o is 1 where a sum of the window reaches the threshold of o."""
    n, height, width, outputs = sums.shape
    down, across = height // pool, width // pool
    words = np.zeros((n, down, across, (outputs + 63) // 64), np.uint64)
    for i in range(n):
        for y in range(down):
            for x in range(across):
                for o in range(outputs):
                    largest = sums[i, y * pool, x * pool, o]
                    for dy in range(pool):
                        for dx in range(pool):
                            largest = max(largest, sums[i, y * pool + dy, x * pool + dx, o])
                    if largest >= thresholds[o]:
                        words[i, y, x, o >> 6] |= np.uint64(1) << np.uint64(o & 63)
    return words


@njit(cache=True)
def best_class(sums, logits):
    """Class of the largest logit, (n,): that of sum s of class o is ``logits[s + length, o]`` of 2 length + 1 rows."""
    n, _, _, classes = sums.shape
    length = (len(logits) - 1) // 2
    found = np.zeros(n, np.int64)
    for i in range(n):
        best = logits[sums[i, 0, 0, 0] + length, 0]
        for o in range(1, classes):
            value = logits[sums[i, 0, 0, o] + length, o]
            if value > best:
                best = value
                found[i] = o
    return found
