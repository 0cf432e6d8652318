"""What a run leaves of the symbols of its bottlenecks: the entropies of all channels at each validation."""

from dataclasses import dataclass

CODEBOOKS = "codebooks"
"""Folder of a run that holds a ``step_<n>.json`` for each validation: a list of ``ChannelEntropies``."""


@dataclass(frozen=True)
class ChannelEntropies:
    """One bottleneck between two validations, in bits a symbol.

    Attributes:
        bottleneck: its number.
        hard: entropy of each group's symbols.
        soft: entropy of each group's mean soft assignment, or None where there is none.
    """

    bottleneck: int
    hard: tuple[float, ...]
    soft: tuple[float, ...] | None
