"""How evenly a group's codes are used, and what codes cost under the histogram of others, in bits.

codes (groups, n) ──► counts (groups, max alphabet) ──► entropy, perplexity, usage
training codes ──► (count + 1/2) / (n + K/2) ──► cross-entropy of test codes
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class CodeStatistics:
    """Statistics of each group's codes, (groups,) float64.

    Attributes:
        entropy: of the frequencies (plug-in), in bits per code.
        perplexity: 2^entropy, the number of equally frequent codes of the same entropy.
        usage: share of the alphabet that occurs.
    """

    entropy: Tensor
    perplexity: Tensor
    usage: Tensor


def code_statistics(codes: Tensor, alphabet: Sequence[int]) -> CodeStatistics:
    """Statistics of integer codes (groups, n). Raises ``ValueError`` as ``count_codes`` does."""
    counts = count_codes(codes, alphabet)
    entropy = torch.stack([plug_in_entropy(row) for row in counts])
    sizes = torch.tensor(alphabet, device=codes.device)
    return CodeStatistics(entropy, entropy.exp2(), (counts > 0).sum(1).double() / sizes)


def cross_entropy(test: Tensor, train: Tensor, alphabet: Sequence[int]) -> Tensor:
    """Mean cost of test codes under the smoothed frequencies of training codes, (groups,) float64, bits per code.

    Half an occurrence is added to each code of the alphabet, as Krichevsky and Trofimov 1981 do, so that a code never
    seen in training has a finite price.

    Args:
        test: integer codes (groups, n).
        train: integer codes (groups, any number).
        alphabet: number of codes of each group.

    Raises:
        ValueError: as ``count_codes`` does.
    """
    counts, seen = count_codes(test, alphabet), count_codes(train, alphabet)
    sizes = torch.tensor(alphabet, dtype=torch.float64, device=train.device)[:, None]
    prices = -((seen.double() + 0.5) / (train.shape[1] + sizes / 2)).log2()
    return (counts * prices).sum(1) / test.shape[1]


def count_codes(codes: Tensor, alphabet: Sequence[int]) -> Tensor:
    """Occurrences of each code in each group, int64 (groups, max alphabet); zero beyond a group's alphabet.

    Args:
        codes: integers (groups, n), n at least one.
        alphabet: number of codes of each group.

    Raises:
        ValueError: if the codes have another shape or type, or one lies outside its group's alphabet.
    """
    if codes.is_floating_point() or codes.dim() != 2 or len(codes) != len(alphabet) or codes.numel() == 0:
        raise ValueError(
            f"codes must be integers ({len(alphabet)}, n) with n > 0, got {codes.dtype} {tuple(codes.shape)}"
        )
    sizes = torch.tensor(alphabet, device=codes.device)[:, None]
    if bool(((codes < 0) | (codes >= sizes)).any()):
        raise ValueError(f"codes must lie inside their alphabets of {tuple(alphabet)}")
    groups, width = len(alphabet), max(alphabet)
    offsets = torch.arange(groups, device=codes.device)[:, None] * width
    return (codes.long() + offsets).flatten().bincount(minlength=groups * width).view(groups, width)


def plug_in_entropy(counts: Tensor) -> Tensor:
    """Entropy in bits, a float64 scalar, of the frequencies that counts (cells,) are."""
    occupied = counts[counts > 0].double()
    frequencies = occupied / occupied.sum()
    return -(frequencies * frequencies.log2()).sum()
