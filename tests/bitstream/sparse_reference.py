"""A decoder of sparse streams in Python integers, from the bytes of table and code alone."""

from .test_huffman import textbook_decode


class Digits:
    """Bits of a table, read as plainly as possible."""

    def __init__(self, data: bytes) -> None:
        self.bits = iter("".join(f"{byte:08b}" for byte in data))

    def take(self, width: int) -> int:
        return int("0" + "".join(next(self.bits) for _ in range(width)), 2)

    def number(self) -> int:
        return self.take(self.take(6))

    def signed(self) -> int:
        size = 0
        while next(self.bits) == "1":
            size += 1
        return -size if size and next(self.bits) == "1" else size

    def code(self, alphabet: int) -> tuple[list[int], list[int]]:
        """Symbols that have a code, and the lengths of these."""
        symbols = [symbol for symbol in range(alphabet) if self.take(1)]
        lengths = [0]
        for _ in symbols if len(symbols) > 1 else ():
            lengths.append(lengths[-1] + self.signed())
        return symbols, lengths[1:]


def textbook_sparse_decode(table: bytes, data: bytes, size: int, n: int) -> list[int]:
    digits = Digits(table)
    zero, width = digits.take(len(f"{size - 1:b}") if size > 1 else 0), digits.take(4)
    entries, fillers, split = digits.number(), digits.number(), digits.number()
    parts = []
    for alphabet, part in ((2**width - 1, data[:split]), (size, data[split:])):
        symbols, lengths = digits.code(alphabet)
        ranks = textbook_decode(part, lengths, entries) if lengths else [0] * entries
        parts.append([symbols[rank] for rank in ranks])
    found, position = [zero] * n, -1
    for difference, symbol in zip(*parts, strict=True):
        position += difference + 1
        found[position] = symbol
    assert parts[1].count(zero) == fillers
    return found
