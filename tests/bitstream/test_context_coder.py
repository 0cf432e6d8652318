import ast
import os
import random
import subprocess
import sys
from functools import cache
from hashlib import sha256
from math import prod
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressible.bitstream import BitstreamError, context_kernel
from compressible.bitstream.context_coder import Planes, _code, decode, decode_planes, encode, encode_planes, planes_of
from compressible.bitstream.decision_tree import Trees, trees_of_alphabet

from .memory import at_most

flat_trees = cache(trees_of_alphabet)
# Compiling, or reading compiled code from disk, takes what it takes.
unhurried = settings(max_examples=80, deadline=None)
ALPHABETS = [(1,), (2,), (16,), (17,), (1000,), (65536,), (3, 1, 5), (1, 2), (1000, 2)]


def draw_symbols(seed: int, alphabet: tuple[int, ...], shape: tuple[int, ...], kind: str) -> np.ndarray:
    draw = np.random.default_rng(seed)
    limits = np.array(alphabet).reshape(-1, *[1] * len(shape))
    if kind == "constant":
        return np.broadcast_to(limits - 1, (len(alphabet), *shape)).copy()
    power = 1 if kind == "flat" else 6
    return (draw.random((len(alphabet), *shape)) ** power * limits).astype(np.int64)


@unhurried
@given(
    st.integers(0, 2**31),
    st.sampled_from(ALPHABETS),
    st.lists(st.integers(0, 9), max_size=4).map(tuple),
    st.sampled_from(["flat", "skewed", "constant"]),
)
def test_symbols_of_any_rank_come_back(seed: int, alphabet: tuple[int, ...], shape: tuple[int, ...], kind: str) -> None:
    trees = flat_trees(alphabet)
    symbols = draw_symbols(seed, alphabet, shape, kind)
    data = encode(symbols, trees)
    decoded = decode(data, symbols.shape, trees)
    assert decoded.dtype == np.int64
    assert np.array_equal(decoded, symbols)
    if not symbols.size or max(alphabet) == 1:
        assert data == b""


@unhurried
@given(
    st.integers(0, 2**31),
    st.sampled_from(ALPHABETS),
    st.lists(st.tuples(*[st.integers(0, 5)] * 3).map(lambda sides: Planes(*sides)), max_size=4),
)
def test_planes_of_any_sides_come_back(seed: int, alphabet: tuple[int, ...], planes: list[Planes]) -> None:
    trees, places = flat_trees(alphabet), sum(map(prod, planes))
    symbols = draw_symbols(seed, alphabet, (places,), "skewed")
    data = encode_planes(symbols, planes, trees)
    assert np.array_equal(decode_planes(data, planes, trees), symbols)
    one_by_one = [Planes(1, each.rows, each.columns) for each in planes for _ in range(each.number)]
    assert encode_planes(symbols, one_by_one, trees) == data


def test_the_last_two_axes_are_rows_and_columns() -> None:
    shapes = [(), (5,), (4, 5), (2, 4, 5), (3, 2, 4, 5), (0, 4, 5)]
    expected = [(1, 1, 1), (1, 1, 5), (1, 4, 5), (2, 4, 5), (6, 4, 5), (0, 4, 5)]
    assert [tuple(planes_of(shape)) for shape in shapes] == expected


def test_no_groups_are_no_bytes() -> None:
    trees = flat_trees(())
    assert encode(np.zeros((0, 3), int), trees) == b""
    assert decode(b"", (0, 3), trees).shape == (0, 3)


def test_a_symbol_outside_its_alphabet_is_refused() -> None:
    for symbols in ([[0, 4], [0, 7]], [[0, -1], [0, 0]]):
        with pytest.raises(ValueError, match="of their group"):
            encode(np.array(symbols), flat_trees((4, 8)))
    with pytest.raises(ValueError, match="must be integers"):
        encode(np.zeros((2, 3)), flat_trees((4, 8)))
    with pytest.raises(ValueError, match="must be integers"):
        encode(np.zeros((3, 3), int), flat_trees((4, 8)))


def mutated(rng: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice([1, 2, 8])):
        match rng.randrange(4):
            case 0 if out:
                out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
            case 1:
                del out[rng.randrange(len(out) + 1) :]
            case 2:
                out += rng.randbytes(rng.randrange(1, 6))
            case _:
                out = bytearray(rng.randbytes(rng.randrange(1, 2 * len(data))))
    return bytes(out)


@pytest.mark.parametrize("alphabet", [(2, 2), (16, 3), (1000, 17)])
def test_damaged_bytes_are_refused_or_are_what_their_symbols_are_written_as(alphabet: tuple[int, ...]) -> None:
    """Every sequence of bits decodes to something; that no two payloads stand for the same symbols is what is held."""
    trees, rng, refused = flat_trees(alphabet), random.Random(0), 0
    symbols = draw_symbols(0, alphabet, (3, 7, 6), "skewed")
    data = encode(symbols, trees)
    for _ in range(300):
        damaged = mutated(rng, data)
        try:
            decoded = decode(damaged, symbols.shape, trees)
        except BitstreamError:
            refused += 1
        else:
            assert encode(decoded, trees) == damaged
            assert np.array_equal(decoded, symbols) == (damaged == data)
    assert refused > 100


def test_zeros_at_the_end_are_refused() -> None:
    """A decoder that reads zeros beyond the end would take them for nothing."""
    trees = flat_trees((16,))
    symbols = draw_symbols(1, (16,), (6, 6), "skewed")
    data = encode(symbols, trees)
    for count in range(1, 6):
        with pytest.raises(BitstreamError):
            decode(data + bytes(count), symbols.shape, trees)


def test_a_payload_that_leaves_out_zeros_is_refused() -> None:
    """A decoder that reads zeros beyond the end would take the shorter one for the same symbols."""
    trees = flat_trees((16,))
    all_ones = int(np.argmax(trees.codes[0]))
    symbols = np.full((1, 20_000), all_ones)
    data = encode(symbols, trees)
    assert data == bytes(len(data)) != b""
    with pytest.raises(BitstreamError):
        decode(data[:-1], symbols.shape, trees)


@pytest.mark.parametrize("shape", [(2, 10**6), (2, 2**40), (2, -1), (3, 4), ()])
def test_a_size_that_the_bytes_cannot_hold_is_refused_before_memory_is_taken(shape: tuple[int, ...]) -> None:
    with pytest.raises(BitstreamError):
        decode(b"1234", shape, flat_trees((2, 2)))


def test_decoding_stops_where_the_bytes_end() -> None:
    """Noise holds about a bit a symbol, so the rest of a million would be made of nothing; one symbol takes 2 bytes."""
    noise = np.frombuffer(random.Random(0).randbytes(1000), np.uint8).copy()
    settled, _, _ = _code(np.zeros((1, 10**6), np.int64), [Planes(1, 1, 10**6)], noise, True, flat_trees((2,)))
    assert len(noise) < settled <= len(noise) + 2


def test_planes_are_not_listed_one_by_one() -> None:
    """Two million kernels 1 x 1 take the memory of their symbols, not of their sides too."""
    symbols = np.zeros((1, 2 * 10**6), np.int64)
    planes = [Planes(symbols.size, 1, 1)]
    data = encode_planes(symbols, planes, flat_trees((2,)))
    with at_most(3 * symbols.nbytes):
        assert np.array_equal(decode_planes(data, planes, flat_trees((2,))), symbols)


def test_as_many_symbols_as_bytes_can_hold_are_not_refused() -> None:
    """The bound on what a payload can hold is below what a constant costs in the longest run."""
    trees = flat_trees((2,))
    symbols = np.zeros((1, 300_000), int)
    data = encode(symbols, trees)
    assert len(data) < 64
    assert np.array_equal(decode(data, symbols.shape, trees), symbols)


def test_compiled_code_depends_on_its_own_file_alone() -> None:
    """It is kept until that file changes: a number from elsewhere, or the place of a field, would go stale."""
    nodes = list(ast.walk(ast.parse(Path(context_kernel.__file__).read_text())))
    modules = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    assert modules | names == {"collections.abc", "numpy", "numba"}
    taken_by_name = {ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute)}
    assert not [name for name in taken_by_name if name.startswith(("trees.", "tables."))]


def test_without_a_folder_to_keep_it_in_code_is_compiled_all_the_same() -> None:
    """The only place that is allowed here is inside of a zip archive, where this file is not."""
    run = [sys.executable, "-c", "from compressible.bitstream import context_kernel"]
    only = {"NUMBA_CACHE_LOCATOR_CLASSES": "ZipCacheLocator"}
    result = subprocess.run(run, capture_output=True, text=True, check=False, env=os.environ | only)
    assert result.returncode == 0, result.stderr


SCRIPT = """
from tests.bitstream.test_context_coder import fingerprint
print(fingerprint())
"""


def fingerprint() -> str:
    """Of payloads whose symbols come back."""
    digest = sha256()
    for alphabet, shape in (((16, 1, 3), (9, 8)), ((1000,), (40,))):
        trees: Trees = trees_of_alphabet(alphabet)
        symbols = np.array([[(i * i + i // 3) % size for i in range(np.prod(shape))] for size in alphabet])
        symbols = symbols.reshape(len(alphabet), *shape)
        data = encode(symbols, trees)
        assert np.array_equal(decode(data, symbols.shape, trees), symbols)
        digest.update(data)
    return digest.hexdigest()


@pytest.mark.parametrize("changes", [{"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}, {"NUMBA_DISABLE_JIT": "1"}])
def test_another_process_writes_the_same_bytes(changes: dict[str, str]) -> None:
    """With another number of threads, and without a compiler: interpreted, line by line."""
    run = [sys.executable, "-W", "error::RuntimeWarning", "-c", SCRIPT]
    result = subprocess.run(run, capture_output=True, text=True, check=False, env=os.environ | changes)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == fingerprint()
