"""What a measured number needs beside it: the command, the code, the data, the machine and the libraries."""

import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import features

PACKAGES = ("compressible", "numpy", "scipy", "pillow", "pillow-heif", "torch", "pytorch-lightning", "constriction")
PILLOW_LIBRARIES = {"libjpeg_turbo": "libjpeg-turbo", "jpg_2000": "openjpeg", "webp": "libwebp", "avif": "libavif"}


@dataclass(frozen=True)
class Dataset:
    """The data that was measured on.

    Attributes:
        name: of the data set.
        sha256: of all files' bytes one after another, in the order of their names.
        items: number of files.
        notes: what reading changed of them, for example a grayscale picture that became RGB.
    """

    name: str
    sha256: str
    items: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Environment:
    """Where, when and by what a number was measured.

    Attributes:
        command: the command line.
        commit: git commit of the code, with ``-dirty`` if the package had uncommitted changes; None outside a checkout.
        date: ISO 8601, UTC.
        cpu: model of the processor.
        cores: number of processors that the process may use.
        system: operating system and machine type.
        versions: of Python and the libraries.
    """

    command: str
    commit: str | None
    date: str
    cpu: str
    cores: int
    system: str
    versions: Mapping[str, str]


def record_environment(command: Sequence[str] | None = None) -> Environment:
    """The environment of this process; ``command`` is its own command line unless given."""
    if command is None:
        command = [Path(sys.argv[0]).name, *sys.argv[1:]]
    return Environment(
        command=shlex.join(command),
        commit=_commit(_package()),
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        cpu=_cpu(),
        cores=_cores(),
        system=f"{platform.system()} {platform.machine()}",
        versions=_versions(),
    )


def record_changes() -> str:
    """Uncommitted changes of the package, new files too, as ``git apply`` takes them; empty if there are none."""
    package = _package()
    if _commit(package) is None:
        return ""
    index = _git(package, "rev-parse", "--path-format=absolute", "--git-path", "index") or ""
    with TemporaryDirectory() as temporary:
        # New files are shown only once they are announced, which must not touch the user's own index.
        announced = shutil.copy(index.strip(), temporary)
        _git(package, "add", "--intent-to-add", "--", ".", index=announced)
        return _git(package, "diff", "HEAD", "--binary", "--", ".", index=announced) or ""


def record_dataset(name: str, files: Sequence[Path], notes: Sequence[str] = ()) -> Dataset:
    """The record of a data set made of ``files``, which ``LC_ALL=C; cat FILES | sha256sum`` reproduces."""
    total = hashlib.sha256()
    for path in sorted(files, key=lambda path: path.name):
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                total.update(block)
    return Dataset(name, total.hexdigest(), len(files), tuple(notes))


def _package() -> Path:
    return Path(__file__).resolve().parents[1]


def _commit(package: Path) -> str | None:
    # A package that is installed inside somebody else's checkout must not report that one's commit.
    if _git(package, "ls-files", "--error-unmatch", "reports/environment.py") is None:
        return None
    commit = _git(package, "rev-parse", "HEAD")
    if commit is None:
        return None
    return f"{commit.strip()}-dirty" if _git(package, "status", "--porcelain", "--", ".") else commit.strip()


def _git(folder: Path, *arguments: str, index: str | None = None) -> str | None:
    """What git prints, with another index file than the checkout's if one is given; None if it fails."""
    command = ["git", "-C", str(folder), *arguments]
    environment = os.environ if index is None else os.environ | {"GIT_INDEX_FILE": index}
    try:
        done = subprocess.run(command, capture_output=True, check=True, timeout=20, env=environment)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode(errors="surrogateescape")


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    for feature, library in PILLOW_LIBRARIES.items():
        if version := features.version(feature):
            versions[library] = version
    try:
        import pillow_heif

        versions["x265"] = pillow_heif.libheif_info()["encoders"].get("x265", "none")
    except ImportError:
        pass
    return versions
