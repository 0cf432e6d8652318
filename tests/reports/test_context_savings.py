from pathlib import Path

import pytest

from compressible.reports.context_savings import (
    SCHEMA,
    Coded,
    ContextSavings,
    Saving,
    savings_sentence,
    savings_table,
)
from compressible.reports.environment import Dataset, Environment
from compressible.reports.schema import SchemaError, load, save

PICTURES = Saving("a", "image", 1, 24, 1000, Coded(1000, 0.004, 0.002), Coded(800, 0.02, 0.03))
OTHERS = Saving("b", "image", 4, 24, 1000, Coded(3000, 0.002, 0.002), Coded(2600, 0.04, 0.03))
NETWORK = Saving("c.cmpw", "weights", None, 1, 99, Coded(123456, 0.5, 0.6), Coded(61728, 0.7, 0.8))
MEASURED = ContextSavings(
    SCHEMA,
    Environment("context_savings.py", "c0ffee", "2026-01-01", "cpu", 2, "Linux", {}),
    Dataset("kodak", "0" * 64, 24),
    (PICTURES, OTHERS, NETWORK),
)


def test_a_row_says_what_is_saved_of_the_bytes() -> None:
    rows = savings_table(MEASURED.savings).splitlines()[2:]
    assert rows[0] == "| `a` | image | 1 | 24 | 1,000 | 800 | 20.0 % | 4 | 20 | 2 | 30 |"
    assert rows[2] == "| `c.cmpw` | weights | n/a | 1 | 123,456 | 61,728 | 50.0 % | 500 | 700 | 600 | 800 |"


def test_the_sentence_is_of_all_bytes_of_the_models_that_are_named() -> None:
    both = savings_sentence(MEASURED, {"a", "b", "c.cmpw"})
    assert "on Kodak, that makes files 15.0 % smaller" in both
    assert "takes 30 ms a picture instead of 3." in both
    assert "20.0 % smaller" in savings_sentence(MEASURED, {"a"})
    with pytest.raises(ValueError, match="none of d"):
        savings_sentence(MEASURED, {"d"})


def test_a_record_survives(tmp_path: Path) -> None:
    save(tmp_path / "a.json", MEASURED)
    assert load(tmp_path / "a.json", ContextSavings) == MEASURED
    (tmp_path / "a.json").write_text((tmp_path / "a.json").read_text().replace(SCHEMA, "other"))
    with pytest.raises(SchemaError, match="other"):
        load(tmp_path / "a.json", ContextSavings)
