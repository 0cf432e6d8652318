"""Which files a command reads and writes: one, or all of a folder."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from compressible.cli.errors import CommandError


@dataclass(frozen=True)
class Job:
    """One file into another.

    Attributes:
        source: file to read.
        target: file to write.
        replace: whether a target that exists may be replaced; only one that the user has named.
    """

    source: Path
    target: Path
    replace: bool

    def check(self) -> None:
        """Raise ``CommandError`` if the target must not be written."""
        if not self.target.is_file():
            return
        if self.target.samefile(self.source):
            raise CommandError(f"{self.target} is the input itself and would be overwritten")
        if not self.replace:
            raise CommandError(f"{self.target} exists already; name it with -o to replace it")


@dataclass(frozen=True)
class Jobs:
    """What one call of a command does.

    Attributes:
        jobs: file by file.
        folder: whether a whole folder was asked for, so that one bad file does not stop the others.
    """

    jobs: tuple[Job, ...]
    folder: bool


def plan(source: Path, output: Path | None, suffix: str, listing: Callable[[Path], list[Path]]) -> Jobs:
    """Name the outputs.

    Args:
        source: file or folder; ``-`` is standard input.
        output: file or folder; ``-`` is standard output. Without it outputs go next to their inputs.
        suffix: of outputs that are not named.
        listing: the files of a folder that are meant.

    Raises:
        CommandError: if there is no such source, or the output does not fit it.
    """
    source, output = _stream(source, "/dev/stdin"), _stream(output, "/dev/stdout") if output is not None else None
    if source.is_dir():
        return Jobs(_plan_folder(source, output, suffix, listing), folder=True)
    if not source.exists():
        raise CommandError(f"there is no file or folder {source}")
    if output is None and not source.is_file():
        raise CommandError(f"{source} is no regular file, so the output must be named with -o")
    if output is None or output.is_dir():
        job = Job(source, (output or source.parent) / f"{source.stem}{suffix}", replace=output is not None)
    else:
        job = Job(source, output, replace=True)
    return Jobs((job,), folder=False)


def list_pictures(folder: Path) -> list[Path]:
    """The pictures of ``folder``, sorted by name. Raises ``CommandError`` if there are none."""
    from compressible.images import ImageError, list_images

    try:
        return list_images(folder)
    except ImageError as error:
        raise CommandError(str(error)) from error


def _stream(path: Path, stream: str) -> Path:
    return Path(stream) if str(path) == "-" else path


def _plan_folder(
    source: Path, output: Path | None, suffix: str, listing: Callable[[Path], list[Path]]
) -> tuple[Job, ...]:
    folder = output or source
    if folder.exists() and not folder.is_dir():
        raise CommandError(f"{source} is a folder, so -o must name a folder too, and {folder} is none")
    files = listing(source)
    folder.mkdir(parents=True, exist_ok=True)
    # In the folder itself a target may be somebody's original: photo.png beside photo.cmpr.
    replace = not folder.samefile(source)
    stems = [file.stem for file in files]
    # photo.png and photo.jpg make photo.png.cmpr and photo.jpg.cmpr.
    names = [file.stem if stems.count(file.stem) == 1 else file.name for file in files]
    return tuple(Job(file, folder / f"{name}{suffix}", replace) for file, name in zip(files, names, strict=True))
