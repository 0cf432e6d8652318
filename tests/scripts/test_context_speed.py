"""The table of speeds of the context coder, from a record made up here."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

from benchmarks.context_coder import ContextSpeed, speeds_table
from benchmarks.entropy_coder import CoderSpeed, Load
from benchmarks.measure import Summary


def test_speeds_are_medians_between_quartiles() -> None:
    encode, decode = Summary(7.5, 7.25, 7.75, 6, 8, 25), Summary(5.0, 4.5, 5.5, 4, 6, 25)
    speed = CoderSpeed(Load("scalars", 48, 1536, 13), 2.25, encode, decode)
    *_, row = speeds_table(ContextSpeed((speed,))).strip().splitlines()
    assert row == "| scalars | 13 | 2.25 | 7.50 (7.25 to 7.75) | 5.00 (4.50 to 5.50) |"
