"""A run's folder says how the run stands, whatever became of its process."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from compressible.instantiate import ConfigError
from compressible.reports.environment import Environment
from compressible.reports.schema import SchemaError
from compressible.runs import State, StoppedError, is_occupied, occupied, read_status, recorded, state_of

NOWHERE = Environment("test", None, "2020-01-01T00:00:00+00:00", "", 1, "", {})
WORKING = """
import sys, time
from pathlib import Path
from compressible.reports.environment import Environment
from compressible.runs import recorded
with recorded(Path(sys.argv[1]), "abc", Environment("", None, "", "", 1, "", {})):
    print("there", flush=True)
    time.sleep(60)
"""


def test_done(tmp_path: Path) -> None:
    assert state_of(tmp_path) is State.NEW
    assert read_status(tmp_path) is None
    with recorded(tmp_path, "abc", NOWHERE):
        assert state_of(tmp_path) is State.RUNNING
    assert state_of(tmp_path) is State.DONE
    status = read_status(tmp_path)
    assert status is not None
    assert (status.config_hash, status.environment, status.error) == ("abc", NOWHERE, None)
    assert status.ended is not None


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (ValueError("it broke"), State.FAILED),
        (SystemExit(3), State.FAILED),
        (StoppedError("asked to"), State.INTERRUPTED),
        (KeyboardInterrupt(), State.INTERRUPTED),
    ],
)
def test_errors(error: BaseException, state: State, tmp_path: Path) -> None:
    with pytest.raises(type(error)), recorded(tmp_path, "abc", NOWHERE):
        raise error
    assert state_of(tmp_path) is state
    status = read_status(tmp_path)
    assert status is not None
    assert ("Traceback" in (status.error or "")) == (state is State.FAILED)
    assert not is_occupied(tmp_path)


def test_a_run_that_was_killed_is_interrupted(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", WORKING, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"there\n"
    assert state_of(tmp_path) is State.RUNNING
    status = read_status(tmp_path)
    assert status is not None
    assert status.pid == process.pid
    with pytest.raises(ConfigError, match=f"another process is at work in {tmp_path}"), occupied(tmp_path):
        pytest.fail("it is occupied")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert state_of(tmp_path) is State.INTERRUPTED
    with occupied(tmp_path):
        assert state_of(tmp_path) is State.RUNNING


def test_a_status_of_no_known_state_is_refused(tmp_path: Path) -> None:
    with recorded(tmp_path, "abc", NOWHERE):
        pass
    path = tmp_path / "status.json"
    path.write_text(path.read_text().replace('"done"', '"perhaps"'))
    with pytest.raises(SchemaError, match="perhaps"):
        state_of(tmp_path)
