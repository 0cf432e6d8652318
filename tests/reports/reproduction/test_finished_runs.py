import json
from pathlib import Path

import pytest

from compressible.reports.reproduction.finished_runs import find_runs
from ltc_runs import entry, on_held_out_images, write_run


def test_runs_are_found_at_any_depth_and_each_once(tmp_path: Path) -> None:
    write_run(tmp_path / "a", entry(8, 0, 0.7, 0.004, seed=3))
    write_run(tmp_path / "deep" / "er", on_held_out_images(entry(8, 0, 0.7, 0.004)))
    first, second = find_runs([tmp_path, tmp_path / "a"]).runs
    assert (first.folder, first.name, first.seed, first.held_out) == (tmp_path / "a", "ltc_vector", 3, False)
    assert first.schema == "compressible-coded-images-1"
    assert second.held_out


def test_a_run_without_a_record_goes_by_its_folder(tmp_path: Path) -> None:
    (tmp_path / "channel-32-7").mkdir()
    (tmp_path / "channel-32-7" / "evaluation.json").write_text(json.dumps({"schema": "s"}))
    (run,) = find_runs([tmp_path]).runs
    assert (run.name, run.row, run.schema) == ("channel-32-7", "channel-32", "s")


def test_what_cannot_be_read_is_named_and_left_out(tmp_path: Path) -> None:
    write_run(tmp_path / "good", entry(8, 0, 0.7, 0.004))
    write_run(tmp_path / "old", entry(8, 0, 0.7, 0.004))
    (tmp_path / "old" / "training.json").write_text('{"name": "old"}')
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "evaluation.json").write_text("[]")
    found = find_runs([tmp_path])
    assert [run.folder.name for run in found.runs] == ["good"]
    assert len(found.left_out) == 2
    assert "empty" in found.left_out[0]
    assert "old" in found.left_out[1]
    with pytest.raises(ValueError, match="no folder"):
        find_runs([tmp_path / "nowhere"])
