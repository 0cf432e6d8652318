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


@njit(inline="always")
def _pack(values, thresholds, words):
    """Set the bits of words (ceil(c / 64),) where values (c,) reach their thresholds, and no others."""
    for k in range(len(words)):
        word = np.uint64(0)
        for bit in range(min(64, len(values) - 64 * k)):
            place = np.uintp(64 * k + bit)
            word |= np.uint64(values[place] >= thresholds[place]) << np.uint64(bit)
        words[k] = word


@njit(cache=True)
def pack_signs(maps):
    """Words (n, h, w, ceil(c / 64)) of maps (n, c, h, w): bit c of a place is 1 where the map is not negative."""
    n, channels, height, width = maps.shape
    words = np.empty((n, height, width, (channels + 63) // 64), np.uint64)
    zeros = np.zeros(channels, maps.dtype)
    for i in range(n):
        for y in range(height):
            for x in range(width):
                _pack(maps[i, :, y, x], zeros, words[i, y, x])
    return words


@njit(cache=True)
def sign_sums(words, kernel, length, stride):
    """Sums of products (n, h', w', o), int32, of inputs (n, h, w, words) and a kernel (kh, kw, words, o).

    Args:
        words: packed input.
        kernel: packed kernel, outputs last: the innermost loop takes several of them at a time.
        length: signs that make a sum; bits beyond the channels are 0 in both.
        stride: places between two sums.
    """
    n, height, width, count = words.shape
    rows, columns, _, outputs = kernel.shape
    down, across = (height - rows) // stride + 1, (width - columns) // stride + 1
    sums = np.empty((n, down, across, outputs), np.int32)
    differing = np.empty(outputs, np.uint64)
    for i in range(n):
        for y in range(down):
            for x in range(across):
                differing[:] = 0
                for dy in range(rows):
                    for dx in range(columns):
                        place = words[i, np.uintp(y * stride + dy), np.uintp(x * stride + dx)]
                        for k in range(count):
                            word, row = place[k], kernel[dy, dx, k]
                            for o in range(outputs):
                                differing[o] += _popcount(word ^ row[o])  # pyright: ignore[reportCallIssue]
                here = sums[i, y, x]
                for o in range(outputs):
                    here[o] = length - 2 * np.int32(differing[o])
    return sums


@njit(cache=True)
def byte_sums(pixels, kernel, stride):
    """Sums of products (n, h', w', o), int32, of bytes (n, c, h, w) and signs (kh, kw, c, o), int32."""
    n, _, height, width = pixels.shape
    rows, columns, channels, outputs = kernel.shape
    down, across = (height - rows) // stride + 1, (width - columns) // stride + 1
    sums = np.zeros((n, down, across, outputs), np.int32)
    for i in range(n):
        for y in range(down):
            for x in range(across):
                here = sums[i, y, x]
                for dy in range(rows):
                    for dx in range(columns):
                        for c in range(channels):
                            pixel = np.int32(pixels[i, c, np.uintp(y * stride + dy), np.uintp(x * stride + dx)])
                            row = kernel[dy, dx, c]
                            for o in range(outputs):
                                here[o] += pixel * row[o]
    return sums


@njit(cache=True)
def look_up(symbols, tables):
    """Sums (n, 1, 1, o), float32, of the rows (places, L, o) that symbols (n, places) choose."""
    n, places = symbols.shape
    sums = np.zeros((n, 1, 1, tables.shape[2]), np.float32)
    for i in range(n):
        here = sums[i, 0, 0]
        for place in range(places):
            row = tables[place, np.uintp(symbols[i, place])]
            for o in range(len(here)):
                here[o] += row[o]
    return sums


@njit(cache=True)
def fire(sums, thresholds, pool):
    """Words (n, h / pool, w / pool, ceil(o / 64)): bit o is 1 where a sum of the window reaches the threshold of o."""
    n, height, width, outputs = sums.shape
    down, across = height // pool, width // pool
    words = np.empty((n, down, across, (outputs + 63) // 64), np.uint64)
    largest = np.empty(outputs, sums.dtype)
    for i in range(n):
        for y in range(down):
            for x in range(across):
                largest[:] = sums[i, y * pool, x * pool]
                for dy in range(pool):
                    for dx in range(pool):
                        here = sums[i, np.uintp(y * pool + dy), np.uintp(x * pool + dx)]
                        for o in range(outputs):
                            largest[o] = max(largest[o], here[o])
                _pack(largest, thresholds, words[i, y, x])
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
