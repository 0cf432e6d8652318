"""Photographs decoded once into a memory-mapped file, so that a random crop costs a copy of its own bytes.

folder ──► read_image ──► pixels.u8 (all pictures end to end, HWC) + index.json (name, height, width, offset)
"""

import hashlib
import json
import logging
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from rich.progress import track

from compressible.data.paths import DataError, image_files
from compressible.images import ImageError, read_image

READER = 2
"""Raised when ``read_image`` makes other pixels of the same file; part of the cache's name."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """Where one picture lies in the cache."""

    name: str
    height: int
    width: int
    offset: int


class PhotoCache:
    """All pictures of a folder as uint8 sRGB arrays that share one memory map, read as ``compress`` reads them.

    A picture that cannot be read is left out and named in the log: among thousands, one must not end a run.

    Args:
        folder: pictures; subfolders are not read.
        cache: where the decoded file goes; its name carries a hash of the folder's names, sizes and dates, so a
            changed folder is decoded anew.

    Raises:
        DataError: if the folder is missing or holds no picture that can be read.
    """

    def __init__(self, folder: Path, cache: Path) -> None:
        files = image_files(folder)
        stamp = json.dumps([READER, *((f.name, f.stat().st_size, f.stat().st_mtime_ns) for f in files)])
        self.fingerprint = hashlib.sha256(stamp.encode()).hexdigest()[:16]
        target = cache / f"{folder.name}-{self.fingerprint}"
        if not (target / "index.json").exists():
            _decode(files, target)
        index = json.loads((target / "index.json").read_text())
        self.entries = tuple(Entry(**entry) for entry in index)
        self._pixels = np.memmap(target / "pixels.u8", dtype=np.uint8, mode="r")
        kept = {entry.name for entry in self.entries}
        if left_out := [file.name for file in files if file.name not in kept]:
            log.warning("left out of %s: %s; delete %s to try again", folder, ", ".join(left_out), target)

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, index: int) -> np.ndarray:
        """Picture ``index``, (height, width, 3) uint8, read-only."""
        entry = self.entries[index]
        end = entry.offset + entry.height * entry.width * 3
        return self._pixels[entry.offset : end].reshape(entry.height, entry.width, 3)


def _decode(files: list[Path], target: Path) -> None:
    """Write pixels and index into a temporary folder, then move it into place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".decoding-") as temporary:
        part = Path(temporary) / "cache"
        part.mkdir()
        with (part / "pixels.u8").open("wb") as out:
            entries = _write_pixels(files, out)
        if not entries:
            raise DataError(f"none of the pictures in {files[0].parent} can be read")
        (part / "index.json").write_text(json.dumps([asdict(entry) for entry in entries]))
        if target.exists():
            return
        part.rename(target)


def _write_pixels(files: list[Path], out: BinaryIO) -> list[Entry]:
    """Append all pictures that can be read to ``out``; says which cannot, and what reading changed."""
    entries: list[Entry] = []
    changes: Counter[str] = Counter()
    offset = 0
    for file in track(files, description=f"decoding {len(files)} photographs", transient=True):
        try:
            picture = read_image(file)
        except ImageError as error:
            log.warning("%s", error)
            continue
        changes.update(picture.notes)
        out.write(picture.pixels.tobytes())
        entries.append(Entry(file.name, picture.pixels.shape[0], picture.pixels.shape[1], offset))
        offset += picture.pixels.size
    for change, count in changes.most_common():
        log.info("%d of %d photographs: %s", count, len(files), change)
    return entries
