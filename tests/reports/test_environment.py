import hashlib
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import pytest

from compressible.reports import environment
from compressible.reports.environment import record_changes, record_dataset, record_environment


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", "-C", str(folder), *identity, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a package in it, seen as ours."""
    package = tmp_path / "src" / "compressible"
    (package / "reports").mkdir(parents=True)
    (package / "reports" / "environment.py").write_text("pass\n")
    git(tmp_path, "init", "-q")
    monkeypatch.setattr(environment, "__file__", str(package / "reports" / "environment.py"))
    return package


def test_the_record() -> None:
    record = record_environment(["compressible", "evaluate", "a b"])
    assert record.command == "compressible evaluate 'a b'"
    assert abs((datetime.now(UTC) - datetime.fromisoformat(record.date)).total_seconds()) < 60
    assert record.cores >= 1
    assert record.cpu
    assert record.versions["numpy"] == metadata.version("numpy")
    assert record.versions["python"] == ".".join(map(str, sys.version_info[:3]))
    assert {"pillow", "torch", "libjpeg-turbo", "openjpeg", "libwebp", "libavif", "x265"} <= record.versions.keys()


def test_the_command_of_the_process_names_no_folder_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/home/someone/bin/compressible", "evaluate", "data/kodak"])
    assert record_environment().command == "compressible evaluate data/kodak"


def test_the_commit_of_the_checkout_and_whether_it_is_what_ran(package: Path) -> None:
    git(package, "add", ".")
    git(package, "commit", "-qm", "first")
    commit = git(package, "rev-parse", "HEAD")
    assert re.fullmatch("[0-9a-f]{40}", commit)
    assert record_environment([]).commit == commit
    (package.parents[1] / "results.json").write_text("{}")
    assert record_environment([]).commit == commit, "files beside the package do not matter"
    (package / "reports" / "environment.py").write_text("changed\n")
    assert record_environment([]).commit == f"{commit}-dirty"


def test_changes_make_of_the_commit_what_ran(package: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever the files hold; the index of the checkout stays as it is."""
    (package / "kept.txt").write_bytes("caf\u00e9 \r\n  ".encode("latin-1"))
    (package / "gone.py").write_text("pass\n")
    git(package, "add", ".")
    git(package, "commit", "-qm", "first")
    assert record_changes() == ""
    (package.parents[1] / "results.json").write_text("{}")
    assert record_changes() == "", "files beside the package do not matter"

    other = tmp_path_factory.mktemp("clone")
    git(other, "clone", "-q", str(package.parents[1]), ".")
    (package / "gone.py").unlink()
    (package / "kept.txt").write_bytes("caf\u00e9s \n\n \n".encode("latin-1"))
    (package / "reports" / "new.bin").write_bytes(bytes(range(256)))
    (package / "reports" / "staged.py").write_text("x = 1")
    git(package, "add", str(package / "reports" / "staged.py"))
    before = git(package, "status", "--porcelain")
    patch = other / "changes.patch"
    patch.write_bytes(record_changes().encode(errors="surrogateescape"))
    assert git(package, "status", "--porcelain") == before
    git(other, "apply", "--whitespace=nowarn", str(patch))
    theirs = {path.relative_to(package): path.read_bytes() for path in package.rglob("*") if path.is_file()}
    copy = other / "src" / "compressible"
    assert {path.relative_to(copy): path.read_bytes() for path in copy.rglob("*") if path.is_file()} == theirs


def test_no_changes_without_a_commit(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert record_changes() == ""
    git(package, "add", ".")
    assert record_changes() == ""
    monkeypatch.setenv("PATH", "")
    assert record_changes() == ""


def test_no_commit_without_one_and_none_of_a_surrounding_checkout(package: Path) -> None:
    assert record_environment([]).commit is None
    (package.parents[1] / "theirs.txt").write_text("x")
    git(package.parents[1], "add", "theirs.txt")
    git(package.parents[1], "commit", "-qm", "their own")
    assert record_environment([]).commit is None


def test_no_commit_without_git(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert record_environment([]).commit is None


def test_the_hash_of_a_data_set_is_that_of_its_files_in_order(tmp_path: Path) -> None:
    for name, data in (("b", b"second"), ("a", b"first ")):
        (tmp_path / name).write_bytes(data)
    record = record_dataset("two", [tmp_path / "b", tmp_path / "a"], ["a: said"])
    assert (record.name, record.items, record.notes) == ("two", 2, ("a: said",))
    assert record.sha256 == hashlib.sha256(b"first second").hexdigest()
