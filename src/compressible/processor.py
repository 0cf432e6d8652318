"""What this machine's processor is quick at."""

import re
from functools import cache
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")
BFLOAT16 = {"avx512_bf16", "amx_bf16", "bf16"}
"""Flags of processors that multiply such numbers, the last of ARM's."""


@cache
def multiplies_bfloat16() -> bool:
    """Whether it has instructions for that; without them, bfloat16 takes several times as long as float32.

    Where Linux does not tell, it is taken to have none.
    """
    if not CPU_INFO.exists():
        return False
    flags = re.findall(r"^(?:flags|Features)\s*:(.*)$", CPU_INFO.read_text(), re.MULTILINE)
    return any(BFLOAT16 & set(own.split()) for own in flags)


def training_precision() -> str:
    """The precision, as Lightning calls it, in which it trains soonest."""
    return "bf16-mixed" if multiplies_bfloat16() else "32-true"
