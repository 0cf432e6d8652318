"""Result files and runs' folders among the paths that a user names.

file.json ─────────────► results
folder with a config ──► a run
any other folder ──────► the JSON files in it, and all runs below it
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from compressible.run_files import SETTINGS


@dataclass(frozen=True)
class Sources:
    """Where a page comes from.

    Attributes:
        results: JSON files.
        runs: folders.
    """

    results: tuple[Path, ...]
    runs: tuple[Path, ...]

    def run_names(self) -> tuple[str, ...]:
        """What tells the runs apart: their folders below the deepest folder that holds all of them."""
        folders = [folder.resolve() for folder in self.runs]
        shared = 0
        for parts in zip(*(folder.parent.parts for folder in folders), strict=False):
            if len(set(parts)) > 1:
                break
            shared += 1
        return tuple("/".join(folder.parts[shared:]) for folder in folders)


def find_sources(paths: Sequence[Path]) -> Sources:
    """Everything that ``paths`` name, each once, in their order.

    Raises:
        ValueError: if a path is neither, or there is nothing at all.
    """
    results: dict[Path, Path] = {}
    runs: dict[Path, Path] = {}
    for path in paths:
        if path.is_dir():
            own = list(_runs(path))
            files = [] if own == [path] else sorted(path.glob("*.json"))
            if not own and not files:
                raise ValueError(f"there are neither results nor runs in {path}")
            runs |= {folder.resolve(): folder for folder in own if folder.resolve() not in runs}
            results |= {file.resolve(): file for file in files if file.resolve() not in results}
        elif not path.exists():
            raise ValueError(f"there is no file or folder {path}")
        elif path.suffix == ".json":
            results.setdefault(path.resolve(), path)
        else:
            raise ValueError(f"{path} is neither a JSON file nor a folder")
    return Sources(tuple(results.values()), tuple(runs.values()))


def _runs(folder: Path) -> Iterator[Path]:
    """The runs in ``folder``, itself perhaps; what is inside a run is its own."""
    if (folder / SETTINGS).is_file():
        yield folder
        return
    for inner in sorted(folder.iterdir()):
        if inner.is_dir() and not inner.is_symlink() and not inner.name.startswith("."):
            yield from _runs(inner)
