from pathlib import Path

from compressible.reports.annealing_plot import logged_rows


def test_logs_follow_each_other_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    """Version 10 after version 2; one that logged nothing has no file."""
    for version, step in ((10, "7"), (2, "5")):
        (tmp_path / "csv" / f"version_{version}").mkdir(parents=True)
        (tmp_path / "csv" / f"version_{version}" / "metrics.csv").write_text(f"step,loss\n{step},0.5\n")
    (tmp_path / "csv" / "version_11").mkdir()
    assert [row["step"] for row in logged_rows(tmp_path)] == ["5", "7"]
