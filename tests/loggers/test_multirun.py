"""A multirun with W&B, as a user starts it, on a machine without network and account."""

import os
import subprocess
import sys
from pathlib import Path

from small_run import write_photographs
from wandb_files import written_runs

SCRIPT = Path(__file__).parents[2] / "train.py"


def test_each_job_is_a_finished_run_of_its_own(tmp_path: Path) -> None:
    """One of the three fails before its first step, and hinders no other."""
    photographs = write_photographs(tmp_path / "photographs")
    smoke = ["experiment=shvq_kodak", "budget=smoke", "trainer.max_steps=2", "trainer.val_check_interval=2"]
    small = [f"data.root={photographs}", "data.held_out=3", "~callbacks.progress", f"paths.cache={tmp_path / 'cache'}"]
    varied = "trainer.precision=32-true,17-bits,bf16-mixed"
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "-m", *smoke, *small, "logger=wandb", varied],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={key: value for key, value in os.environ.items() if key != "WANDB_API_KEY"}
        | proxies
        | {"HOME": str(tmp_path), "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.splitlines()[-1] == "error: 1 of 3 runs failed"
    folders = sorted(path.parent for path in tmp_path.glob("outputs/shvq_kodak/*/status.json"))
    runs = [run for folder in folders for run in written_runs(folder)]
    assert [run.name for run in runs] == [f"shvq_kodak/{folder.name}" for folder in folders]
    assert len({run.id for run in runs}) == len(runs) == 3
    assert {run.config["trainer"]["precision"]: run.exit_code for run in runs} == {
        "32-true": 0,
        "17-bits": 1,
        "bf16-mixed": 0,
    }
    assert {run.group for run in runs} == {"shvq_kodak"}
    for run in runs:
        expected = [] if run.exit_code else [0, 1]
        assert [step for step, _ in run.values("train/loss")] == expected
