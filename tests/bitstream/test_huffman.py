import heapq
import time
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressible.bitstream import BitstreamError, huffman
from compressible.bitstream.huffman import code_lengths, decode, encode

COUNTS = st.lists(st.integers(0, 1000), min_size=1, max_size=40)


def huffman_cost(counts: list[int]) -> int:
    """Bits of a Huffman code, by Huffman's own procedure: the sum of all nodes that are joined."""
    queue = sorted(counts)
    cost = 0
    while len(queue) > 1:
        joined = heapq.heappop(queue) + heapq.heappop(queue)
        cost += joined
        heapq.heappush(queue, joined)
    return cost


def canonical_codes(lengths: list[int]) -> dict[str, int]:
    """Codes as RFC 1951 counts them up: from one to the next by adding one, and a zero for each bit more."""
    codes, code, before = {}, 0, 0
    for length, symbol in sorted((length, symbol) for symbol, length in enumerate(lengths)):
        code <<= length - before
        before = length
        codes[f"{code:0{length}b}"] = symbol
        code += 1
    return codes


def textbook_decode(data: bytes, lengths: list[int], n: int) -> list[int]:
    bits = iter("".join(f"{byte:08b}" for byte in data))
    codes, symbols = canonical_codes(lengths), []
    for _ in range(n):
        code = ""
        while code not in codes:
            code += next(bits)
        symbols.append(codes[code])
    return symbols


@given(COUNTS)
def test_lengths_cost_what_huffman_codes_cost(counts: list[int]) -> None:
    lengths = code_lengths(np.array(counts))
    assert int(lengths @ counts) == huffman_cost(counts)
    huffman.check_lengths(lengths)
    if total := sum(counts):
        p = np.array(counts)[np.array(counts) > 0] / total
        entropy = float(-(p * np.log2(p)).sum())
        # Symbols that never occur have a code too, so one bit over the entropy is reached.
        assert entropy - 1e-9 <= lengths @ counts / total <= entropy + 1 + 1e-9


@given(st.lists(st.integers(0, 50), min_size=1, max_size=5), st.integers(3, 5))
def test_limited_lengths_are_the_best_of_all(counts: list[int], longest: int) -> None:
    """Against all lengths there are that make a prefix code (Kraft)."""
    lengths = code_lengths(np.array(counts), longest)
    possible = product(range(len(counts) > 1, longest + 1), repeat=len(counts))
    best = min(np.dot(ls, counts) for ls in possible if sum(2 ** (longest - length) for length in ls) <= 2**longest)
    assert lengths.max() <= longest
    assert lengths @ counts == best


def test_counts_that_ask_for_longer_codes_get_none() -> None:
    fibonacci = [1, 1]
    while len(fibonacci) < 40:
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    lengths = code_lengths(np.array(fibonacci))
    assert lengths.max() == 24
    huffman.check_lengths(lengths)
    # A code of 39 bits at most would cost this; the limit costs hardly anything.
    assert huffman_cost(fibonacci) < lengths @ fibonacci < huffman_cost(fibonacci) * 1.0001
    many = code_lengths(np.ones(2**16, dtype=np.int64))
    assert (many == 16).all()


def test_by_hand() -> None:
    lengths = np.array([2, 1, 3, 3])
    assert canonical_codes(lengths.tolist()) == {"0": 1, "10": 0, "110": 2, "111": 3}
    assert encode(np.array([1, 0, 2, 3]), lengths) == bytes([0b01011011, 0b10000000])
    assert decode(bytes([0b01011011, 0b10000000]), lengths, 4).tolist() == [1, 0, 2, 3]


@given(COUNTS, st.integers(0, 300), st.integers(0, 2**31))
def test_round_trip_agrees_with_a_textbook_decoder(counts: list[int], n: int, seed: int) -> None:
    """Symbols drawn without regard to the counts, so that long codes occur."""
    lengths = code_lengths(np.array(counts) ** 3)
    symbols = np.random.default_rng(seed).integers(0, len(counts), n)
    data = encode(symbols, lengths)
    assert len(data) == (int(lengths[symbols].sum()) + 7) // 8
    assert decode(data, lengths, n).tolist() == symbols.tolist()
    if len(counts) > 1:
        assert textbook_decode(data, lengths.tolist(), n) == symbols.tolist()


def test_a_single_symbol_takes_nothing() -> None:
    lengths = code_lengths(np.array([7]))
    assert lengths.tolist() == [0]
    assert encode(np.zeros(5, dtype=np.int64), lengths) == b""
    assert decode(b"", lengths, 5).tolist() == [0] * 5
    with pytest.raises(BitstreamError, match="single symbol"):
        decode(b"\0", lengths, 5)


@pytest.mark.parametrize(("encode_block", "decode_block"), [(1, 1), (7, 3), (1000, 2)])
def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch, encode_block: int, decode_block: int) -> None:
    rng = np.random.default_rng(0)
    lengths = code_lengths(np.array([2**k for k in range(24)]))
    symbols = rng.integers(0, 24, 500)
    data = encode(symbols, lengths)
    monkeypatch.setattr(huffman, "_ENCODE_BLOCK", encode_block)
    monkeypatch.setattr(huffman, "_DECODE_BLOCK", decode_block)
    assert encode(symbols, lengths) == data
    assert np.array_equal(decode(data, lengths, 500), symbols)


def test_a_network_is_decoded_in_well_under_a_second() -> None:
    rng = np.random.default_rng(0)
    p = 0.55 ** np.abs(np.arange(75) - 37)
    symbols = rng.choice(75, size=464_154, p=p / p.sum())
    lengths = code_lengths(np.bincount(symbols, minlength=75))
    data = encode(symbols, lengths)
    started = time.process_time()
    assert np.array_equal(decode(data, lengths, len(symbols)), symbols)
    assert time.process_time() - started < 1


def test_damage_is_refused_or_is_what_its_symbols_encode_to() -> None:
    rng = np.random.default_rng(0)
    lengths = code_lengths(np.array([50, 20, 10, 3, 1, 1]))
    symbols = rng.integers(0, 6, 60)
    data = encode(symbols, lengths)
    accepted = 0
    for _ in range(3000):
        damaged = bytearray(data)
        damaged[rng.integers(len(data))] ^= 1 << int(rng.integers(8))
        damaged = bytes(damaged)[: rng.integers(len(data) - 2, len(data) + 1)] + bytes(int(rng.integers(3)) // 2)
        n = int(rng.choice([60, 60, 59, 61, 0]))
        try:
            found = decode(damaged, lengths, n)
        except BitstreamError:
            continue
        accepted += 1
        assert encode(found, lengths) == damaged
    assert 0 < accepted < 2000


@pytest.mark.parametrize(("data", "n"), [(b"", 1), (b"\0", 9), (b"\xff", 2**40), (b"\0", -1), (b"\0\0", 8), (b"\1", 7)])
def test_wrong_sizes_are_refused(data: bytes, n: int) -> None:
    with pytest.raises(BitstreamError):
        decode(data, np.array([1, 1]), n)


@pytest.mark.parametrize("lengths", [[1], [1, 2], [1, 1, 1], [0, 1], [25, 25], [], [-1, 1], [[0]]])
def test_what_is_no_complete_code_is_refused(lengths: list) -> None:
    for call in (lambda code: encode(np.zeros(1, dtype=np.int64), code), lambda code: decode(b"\0", code, 1)):
        with pytest.raises(ValueError, match="complete code"):
            call(np.array(lengths, dtype=np.int64))


def test_what_cannot_be_coded_is_refused() -> None:
    for symbols in ([2], [-1]):
        with pytest.raises(ValueError, match=r"0\.\.L-1"):
            encode(np.array(symbols), np.array([1, 1]))
    for counts in ([], [-1, 2], [1] * 9):
        with pytest.raises(ValueError, match="takes 1"):
            code_lengths(np.array(counts), 3)
