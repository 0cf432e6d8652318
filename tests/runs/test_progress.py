from pathlib import Path

import pytest

from compressible.runs import Progress, read_progress, write_progress


@pytest.mark.parametrize(
    "damaged", [None, "", "{", '{"step": 1}', '{"step": "one", "steps": 2, "seconds_per_step": null}']
)
def test_what_says_nothing_readable_says_nothing(damaged: str | None, tmp_path: Path) -> None:
    """It is only shown: it may vanish between two looks, as when its run is started anew."""
    if damaged is not None:
        (tmp_path / "progress.json").write_text(damaged)
    assert read_progress(tmp_path) is None
    write_progress(tmp_path, Progress(3, 9, 0.5))
    assert read_progress(tmp_path) == Progress(3, 9, 0.5)
