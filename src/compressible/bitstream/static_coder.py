"""Range coding with one integer table a group, through ``constriction``.

    symbols (groups, n) ──► group after group, each with its table ──► 32-bit words ──► little-endian bytes

``constriction`` takes floating-point weights and makes a table of its own with total 2**24: of L symbols each gets 1,
and the remaining 2**24 - L is shared in proportion to the weights w,

    left(i) = floor((w_0 + ... + w_{i-1}) * ((2**24 - L) / sum(w))) + i        (perfect=False, cut off, not rounded)

Handed the probabilities themselves it distorts them a little. Handed the integers w = 16 f - 1, which sum to exactly
2**24 - L, the factor is 1 and left(i) = 16 * (f_0 + ... + f_{i-1}): the table is the one we price with, nothing is ever
rounded, and the bytes are those of any range coder with these integers, a 64-bit state and 32-bit words.

Bamler 2022, "Understanding Entropy Coding With Asymmetric Numeral Systems (ANS): a Statistician's Perspective", and
https://bamler-lab.github.io/constriction.
"""

from typing import Any

import numpy as np
from constriction import stream  # pyright: ignore[reportAttributeAccessIssue]
from numpy.typing import NDArray

from compressible.bitstream.errors import BitstreamError
from compressible.bitstream.tables import PRECISION, alphabet_sizes

# constriction ships no types.
Model = Any
Decoder = Any

CODER_PRECISION = 24
MAX_SYMBOLS = 2**30


def encode(symbols: NDArray[np.integer], tables: NDArray[np.integer]) -> bytes:
    """Payload of ``symbols`` (groups, n), priced by ``tables`` (groups, L); a multiple of 4 bytes.

    A group with a single symbol costs nothing.

    Raises:
        ValueError: a symbol is outside its group's alphabet, or shapes or types do not fit.
    """
    sizes = alphabet_sizes(tables)
    if symbols.ndim != 2 or symbols.dtype.kind not in "iu" or len(symbols) != len(sizes):
        raise ValueError(f"symbols must be integers ({len(sizes)}, n), got {symbols.dtype} of shape {symbols.shape}")
    if symbols.size > MAX_SYMBOLS:
        raise ValueError(f"at most {MAX_SYMBOLS} symbols fit one payload, got {symbols.size}")
    if symbols.size and ((symbols < 0) | (symbols >= np.array(sizes)[:, None])).any():
        raise ValueError("symbols must lie in 0..L-1 of their group")
    return _write(symbols, _models(tables, sizes))


def decode(data: bytes, tables: NDArray[np.integer], n: int) -> NDArray[np.int64]:
    """Inverse of ``encode``: int64 (groups, n). Accepts exactly what ``encode`` writes.

    Raises:
        BitstreamError: the bytes are not the payload of ``n`` symbols a group under ``tables``.
    """
    sizes = alphabet_sizes(tables)
    if len(data) % 4:
        raise BitstreamError(f"a payload is a multiple of 4 bytes, got {len(data)}")
    _check_plausible(len(data), tables, n)
    models = _models(tables, sizes)
    decoder = stream.queue.RangeDecoder(np.frombuffer(data, dtype="<u4").astype(np.uint32))
    symbols = np.zeros((len(sizes), n), dtype=np.int64)
    for row, model in zip(symbols, models, strict=True):
        if model is not None:
            row[:] = _read(decoder, model, n)
    # The decoder reads on past the end and cannot tell what it has not used: only writing again shows it.
    if _write(symbols, models) != data:
        raise BitstreamError("the payload is damaged, or was written with other tables or for another size")
    return symbols


def _models(tables: NDArray[np.integer], sizes: tuple[int, ...]) -> list[Model | None]:
    unit = 2 ** (CODER_PRECISION - PRECISION)
    weights = (unit * tables.astype(np.int64) - 1).astype(np.float64)
    return [
        stream.model.Categorical(np.ascontiguousarray(row[:size]), perfect=False) if size > 1 else None
        for row, size in zip(weights, sizes, strict=True)
    ]


def _write(symbols: NDArray[np.integer], models: list[Model | None]) -> bytes:
    encoder = stream.queue.RangeEncoder()
    for row, model in zip(symbols, models, strict=True):
        if model is not None:
            encoder.encode(np.ascontiguousarray(row, dtype=np.int32), model)
    return encoder.get_compressed().astype("<u4").tobytes()


def _read(decoder: Decoder, model: Model, n: int) -> NDArray[np.int32]:
    try:
        return decoder.decode(model, n)
    except BaseException as error:
        # Invalid words are an AssertionError; a Rust panic derives from BaseException and has no importable class.
        if isinstance(error, AssertionError) or type(error).__name__ == "PanicException":
            raise BitstreamError("the payload is damaged: no symbols fit its bytes") from error
        raise


def _check_plausible(size: int, tables: NDArray[np.integer], n: int) -> None:
    """Refuse an ``n`` that ``size`` bytes cannot hold, before memory is taken for it."""
    if not 0 <= n * max(1, len(tables)) <= MAX_SYMBOLS:
        raise BitstreamError(f"at most {MAX_SYMBOLS} symbols fit one payload, got {len(tables)} x {n}")
    if len(tables) and n * float((PRECISION - np.log2(tables.max(axis=1))).sum()) > 8 * size + 64:
        raise BitstreamError(f"the payload is truncated: {size} bytes cannot hold {len(tables)} x {n} symbols")
