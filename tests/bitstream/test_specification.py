"""The pages in docs/format say enough: a reader made from them reads the pinned files, a writer writes their bytes."""

import ast
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressible.bitstream import SymbolModelKind, context_coder, huffman, static_coder
from compressible.bitstream.code_file import CodeFile, Codes
from compressible.bitstream.context_tables import TABLES as MODEL
from compressible.bitstream.decision_tree import trees_of_alphabet, trees_of_tables
from compressible.bitstream.tables import TOTAL, frequency_tables
from compressible.bitstream.weights import WeightFile
from compressible.rates import UniformCoder
from tiny_model import export_tiny, noise, tiny_codec

from . import test_context_golden, test_golden
from .second_reader import SPECIFIED, code, context_decode, planes_of, read_codes, read_container, read_weights
from .weight_examples import every_form

GOLDEN = Path(__file__).parents[1] / "golden"


def rows(tables: np.ndarray) -> list[list[int]]:
    """Tables without the zeros past a group's alphabet."""
    return [[f for f in row if f] for row in tables.tolist()]


def test_the_pages_need_nothing_of_ours() -> None:
    imported = {a.name for node in ast.walk(ast.parse(code())) if isinstance(node, ast.Import) for a in node.names}
    imported |= {str(node.module) for node in ast.walk(ast.parse(code())) if isinstance(node, ast.ImportFrom)}
    assert imported
    assert imported <= sys.stdlib_module_names


def test_the_logarithms_of_the_page_are_logarithms() -> None:
    """In floating point, which may differ by the last unit."""
    x = np.arange(-2047, 2048)
    assert np.abs(SPECIFIED.SQUASH - 65536 / (1 + np.exp(-x / 256))).max() <= 1
    p = (np.arange(4096) + 0.5) / 4096
    assert np.abs(SPECIFIED.COST - -32 * np.log2(p)).max() <= 1
    inner = slice(4, -4)  # beyond, neighbouring probabilities are further apart than a unit
    assert np.abs(np.array(SPECIFIED.STRETCH) - 256 * np.log(p / (1 - p)))[inner].max() <= 16
    assert MODEL.stretch.tolist() == SPECIFIED.STRETCH


@pytest.mark.parametrize("name", ["image_static_v1.cmpr", "image_context_v1.cmpr"])
def test_pinned_images(name: str) -> None:
    file = read_container((GOLDEN / name).read_bytes())
    assert (file.kind, file.model) == (1, b"goldhash")
    assert (int.from_bytes(file.header[:4], "little"), int.from_bytes(file.header[4:], "little")) == (20, 12)
    tables, expected = rows(test_golden.TABLES), test_golden.SYMBOLS.tolist()
    if file.symbol_model == 2:
        assert SPECIFIED.range_decode(file.chunks[0], tables, 60) == expected
        assert SPECIFIED.range_encode(expected, tables) == file.chunks[0]
        shape = (4, 60)
    else:
        assert context_decode(file.chunks[0], [(6, 10)], tables) == expected
        sizes = [len(table) for table in tables]
        assert SPECIFIED.context_encode(expected, [(6, 10)], SPECIFIED.trees_of(tables), sizes) == file.chunks[0]
        shape = (4, 6, 10)
    assert SPECIFIED.digest([(shape, test_golden.SYMBOLS.ravel().tolist())]) == file.digest


def test_pinned_context_payloads() -> None:
    known, unknown = read_container((GOLDEN / test_context_golden.PAYLOAD).read_bytes()).chunks
    symbols = test_context_golden.SYMBOLS
    expected, planes = symbols.reshape(3, -1).tolist(), planes_of(symbols.shape[1:])
    assert context_decode(known, planes, rows(test_context_golden.TABLES)) == expected
    sizes = test_context_golden.ALPHABET
    trees = SPECIFIED.trees_of([[1] * size for size in sizes], known=0)
    assert SPECIFIED.context_decode(unknown, planes, trees, sizes) == expected


def test_pinned_codes() -> None:
    found = read_codes((GOLDEN / test_context_golden.CODES).read_bytes())
    expected = [level.symbols for level in test_context_golden.code_file().levels]
    assert [array.tolist() for array in found] == [array.tolist() for array in expected]


@pytest.mark.parametrize(
    ("name", "made"),
    [("weight_file_v2.cmpw", every_form), (test_context_golden.WEIGHTS, test_context_golden.weight_file)],
)
def test_pinned_weights(name: str, made: Callable[[], WeightFile]) -> None:
    found, expected = read_weights((GOLDEN / name).read_bytes()), made().arrays()
    assert list(found) == list(expected)
    for key, array in expected.items():
        assert (found[key].shape, found[key].tobytes()) == (array.shape, array.tobytes()), key


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_files_of_codes_of_both_kinds(seed: int) -> None:
    draw = np.random.default_rng(seed)
    alphabet = tuple(draw.integers(1, 30, draw.integers(1, 4)).tolist())
    sides = draw.integers(0, 4, draw.integers(1, 4))
    drawn = [draw.binomial(size - 1, draw.random(), tuple(sides)) for size in alphabet]
    level = Codes(alphabet, np.array(drawn).reshape(len(alphabet), *sides))
    for entropy in (SymbolModelKind.STATIC, SymbolModelKind.CONTEXT):
        (found,) = read_codes(CodeFile(b"anything", (level,)).to_bytes(entropy))
        assert np.array_equal(found, level.symbols)


@st.composite
def coded(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Symbols (groups, rows, columns) and tables, from flat to as skewed as they can be."""
    sizes = draw(st.lists(st.integers(1, 40), min_size=1, max_size=3))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    skew = draw(st.sampled_from([0.0, 1.0, 30.0]))
    pmf = np.exp(-skew * random.random((len(sizes), max(sizes))))
    tables = frequency_tables(pmf, tuple(sizes))
    shape = draw(st.tuples(st.integers(0, 7), st.integers(0, 7)))
    symbols = [random.binomial(size - 1, draw(st.floats(0, 1)), shape) for size in sizes]
    return np.array(symbols, dtype=np.int64), tables


@given(coded())
@settings(max_examples=40)
def test_both_coders_write_the_bytes_that_the_package_writes(case: tuple[np.ndarray, np.ndarray]) -> None:
    symbols, tables = case
    flat, sizes, planes = symbols.reshape(len(symbols), -1), (tables > 0).sum(1).tolist(), planes_of(symbols.shape[1:])
    payload = static_coder.encode(flat, tables)
    assert SPECIFIED.range_encode(flat.tolist(), rows(tables)) == payload
    assert SPECIFIED.range_decode(payload, rows(tables), flat.shape[1]) == flat.tolist()
    for known, trees in ((18, trees_of_tables(tables)), (0, trees_of_alphabet(tuple(sizes)))):
        weights = rows(tables) if known else [[1] * size for size in sizes]
        payload = context_coder.encode(symbols, trees)
        own = SPECIFIED.trees_of(weights, known)
        assert SPECIFIED.context_encode(flat.tolist(), planes, own, sizes) == payload
        assert SPECIFIED.context_decode(payload, planes, own, sizes) == flat.tolist()


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=40), st.integers(0, 2**32 - 1))
def test_huffman_codes(counts: list[int], seed: int) -> None:
    lengths = huffman.code_lengths(np.array(counts))
    symbols = np.random.default_rng(seed).integers(0, len(counts), 50)
    assert SPECIFIED.huffman_decode(huffman.encode(symbols, lengths), lengths.tolist(), 50) == symbols.tolist()


def test_flat_tables_and_alphabets_of_two_digits() -> None:
    """As the page has it: floor(2^20 / L) each and one more for the first, large symbols in two digits."""
    whole, digits = [0, 1, 2, 2], [65536, 69999, 0, 3]
    payload = UniformCoder((3, 70000)).encode(np.array([whole, digits]))
    tables = [[TOTAL // size + (k < TOTAL % size) for k in range(size)] for size in (3, 2, 65536)]
    high, low = [d // 65536 for d in digits], [d % 65536 for d in digits]
    assert SPECIFIED.range_decode(payload, tables, 4) == [whole, high, low]


@pytest.mark.parametrize("entropy", [SymbolModelKind.STATIC, SymbolModelKind.CONTEXT])
def test_a_picture_of_several_bands(entropy: SymbolModelKind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bands are of the rows that the page says, with fewer pixels a band so that a small picture has some."""
    monkeypatch.setattr("compressible.codecs.bands.PIXELS_PER_BAND", 1500)
    codec, image = tiny_codec(export_tiny(tmp_path / "tiny.cmpw"), entropy), noise(70, 50)
    weights = read_weights((tmp_path / "tiny.cmpw").read_bytes())
    tables = rows(weights["tables.0"])
    file = read_container(codec.encode(image))
    stride, patch = 8, 2  # three down-sampling layers; patches of 2 x 2
    features = [-(-side // (stride * patch)) * patch for side in (70, 50)]
    band = max(1, 1500 // (features[1] * stride**2) // patch) * patch
    heights = [min(band, features[0] - start) // patch for start in range(0, features[0], band)]
    assert len(heights) == len(file.chunks) > 2
    arrays = []
    for chunk, height, expected in zip(file.chunks, heights, codec.symbols(image), strict=True):
        width = features[1] // patch
        if entropy is SymbolModelKind.STATIC:
            found = SPECIFIED.range_decode(chunk, tables, height * width)
        else:
            found = context_decode(chunk, [(height, width)], tables)
        assert np.array_equal(np.array(found).reshape(expected.shape), expected)
        arrays.append((expected.shape, [symbol for group in found for symbol in group]))
    assert SPECIFIED.digest(arrays) == file.digest
