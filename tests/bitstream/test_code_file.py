"""Files of codes: whatever was written comes back, and nothing else is taken for one."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressible.bitstream import BitstreamError, Container, PayloadKind, SymbolModelKind
from compressible.bitstream.code_file import MAX_CODES, CodeFile, Codes
from compressible.bitstream.fields import number

MODEL = bytes(range(8))
ENTROPIES = (SymbolModelKind.STATIC, SymbolModelKind.CONTEXT)


def codes(seed: int, alphabet: tuple[int, ...], shape: tuple[int, ...], skew: float = 1.0) -> Codes:
    """Random symbols; with a skew above 1 low ones are more frequent."""
    rng = np.random.default_rng(seed)
    rows = [(size * rng.random(shape) ** skew).astype(np.int64) for size in alphabet]
    return Codes(alphabet, np.stack(rows) if rows else np.zeros((0, *shape), np.int64))


@given(
    st.integers(0, 2**32),
    st.lists(
        st.tuples(
            st.lists(st.sampled_from([1, 2, 3, 16, 700]), max_size=3).map(tuple),
            st.lists(st.integers(0, 4), max_size=3).map(tuple),
        ),
        max_size=3,
    ),
    st.integers(0, 5),
    st.sampled_from(ENTROPIES),
)
def test_levels_come_back(
    seed: int, levels: list[tuple[tuple[int, ...], tuple[int, ...]]], items: int, entropy: SymbolModelKind
) -> None:
    file = CodeFile(MODEL, tuple(codes(seed + i, a, (items, *place), 2.0) for i, (a, place) in enumerate(levels)))
    data = file.to_bytes(entropy)
    assert Container.from_bytes(data).symbol_model is entropy
    back = CodeFile.from_bytes(data)
    assert back.model == MODEL
    assert len(back.levels) == len(file.levels)
    for given_level, level in zip(file.levels, back.levels, strict=True):
        assert level.alphabet == given_level.alphabet
        assert level.symbols.shape == given_level.symbols.shape
        assert (level.symbols == given_level.symbols).all()


def test_the_payload_is_as_long_as_the_entropy() -> None:
    """Empirical entropy by hand; tables and headers are some hundred bytes more."""
    level = codes(0, (16, 16), (500, 8, 8), skew=3.0)
    bits = 0.0
    for row in level.symbols:
        counts = np.bincount(row.ravel())
        counts = counts[counts > 0]
        bits -= float((counts * np.log2(counts / counts.sum())).sum())
    size = len(CodeFile(MODEL, (level,)).to_bytes())
    assert bits / 8 <= size <= 1.001 * bits / 8 + 150


def test_contexts_are_those_of_the_place_in_an_item() -> None:
    """Maps in which every row is that above or fresh: by hand, a bit for each row of 8 and 8 flat symbols if fresh."""
    rng = np.random.default_rng(0)
    rows, repeated = rng.integers(0, 6, (2000, 8, 8)), rng.random((2000, 8)) < 0.5
    repeated[:, 0] = False
    for y in range(1, 8):
        rows[:, y] = np.where(repeated[:, y, None], rows[:, y - 1], rows[:, y])
    bits = 2000 * 7 + int((~repeated).sum()) * 8 * np.log2(6)
    shapes = (rows[None], rows.reshape(1, 2000, 64))
    in_rows, in_lines = (len(CodeFile(MODEL, (Codes((6,), s),)).to_bytes(SymbolModelKind.CONTEXT)) for s in shapes)
    assert 0.99 * bits < 8 * in_rows < 1.25 * bits
    assert 8 * in_lines > 0.98 * 128_000 * np.log2(6), "without rows nothing can be predicted"


def test_codes_are_not_coded_without_a_table() -> None:
    with pytest.raises(ValueError, match="not with uniform"):
        CodeFile(MODEL, ()).to_bytes(SymbolModelKind.UNIFORM)
    with pytest.raises(BitstreamError, match="never uniform"):
        CodeFile.from_bytes(Container(PayloadKind.CODES, SymbolModelKind.UNIFORM, MODEL, b"", (), 0).to_bytes())


@pytest.mark.parametrize("entropy", ENTROPIES)
def test_damage_is_noticed(entropy: SymbolModelKind) -> None:
    data = CodeFile(MODEL, (codes(0, (5, 300), (20, 3)), codes(1, (7,), (20,)))).to_bytes(entropy)
    rng = random.Random(0)
    for _ in range(400):
        at = rng.randrange(len(data))
        damaged = rng.choice(
            [
                data[:at],
                data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :],
                data + rng.randbytes(3),
                data[:at] + data[at + 1 :],
            ]
        )
        with pytest.raises(BitstreamError):
            CodeFile.from_bytes(damaged)


@pytest.mark.parametrize("entropy", ENTROPIES)
def test_what_is_damaged_behind_the_checksums_is_refused_or_other_codes(entropy: SymbolModelKind) -> None:
    """Whatever is accepted has the digest that the file names, which is that of other codes one time in 2^32."""
    file = CodeFile(MODEL, (codes(0, (5, 300), (20, 3)), codes(1, (7,), (20,))))
    good, rng = Container.from_bytes(file.to_bytes(entropy)), random.Random(0)
    for _ in range(400):
        parts = [good.header, *good.chunks]
        at = rng.randrange(len(parts))
        part = bytearray(parts[at])
        match rng.randrange(3):
            case 0:
                part[rng.randrange(len(part))] ^= 1 << rng.randrange(8)
            case 1:
                del part[rng.randrange(len(part)) :]
            case _:
                part += rng.randbytes(4)
        parts[at] = bytes(part)
        forged = replace(good, header=parts[0], chunks=tuple(parts[1:]))
        try:
            found = CodeFile.from_bytes(forged.to_bytes())
        except BitstreamError:
            continue
        for level, other in zip(found.levels, file.levels, strict=True):
            assert np.array_equal(level.symbols, other.symbols)


def forged(header: bytes, chunks: tuple[bytes, ...] = ()) -> bytes:
    """A container with all checksums right."""
    return Container(PayloadKind.CODES, SymbolModelKind.STATIC, MODEL, header, chunks, 0).to_bytes()


@pytest.mark.parametrize(
    ("header", "chunks", "match"),
    [
        (number(1) + number(2**40), (), "levels"),
        (number(2**30) + number(1) + number(1) + number(1) + number(2**30) + number(1), (b"",), str(MAX_CODES)),
        (number(1) + number(1) + number(1) + number(0) + number(2**17), (b"",), "alphabet"),
        (number(1) + number(1) + number(1) + number(0) + number(4), (), "has 0 chunks, and needs 1"),
        (number(1) + number(1) + number(1) + number(0) + number(4), (b"",), "truncated"),
        (b"", (), "truncated"),
    ],
)
def test_forged_headers_are_refused(header: bytes, chunks: tuple[bytes, ...], match: str) -> None:
    with pytest.raises(BitstreamError, match=match):
        CodeFile.from_bytes(forged(header, chunks))


def test_other_files_are_refused() -> None:
    other = Container(PayloadKind.IMAGE, SymbolModelKind.STATIC, MODEL, b"", (), 0).to_bytes()
    with pytest.raises(BitstreamError, match="holds image, not codes"):
        CodeFile.from_bytes(other)


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(ValueError, match="lie in"):
        Codes((3,), np.array([[3]]))
    with pytest.raises(ValueError, match="alphabets"):
        Codes((2**16 + 1,), np.array([[3]]))
    with pytest.raises(ValueError, match="symbols must be"):
        Codes((3, 3), np.array([[1]]))
    with pytest.raises(ValueError, match="same items"):
        CodeFile(MODEL, (codes(0, (3,), (4,)), codes(0, (3,), (5,))))
