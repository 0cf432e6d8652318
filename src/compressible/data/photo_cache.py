"""Photographs decoded once into a memory-mapped file, so that a random crop costs a copy of its own bytes.

folder of pictures ──► pixels.u8 (all pictures end to end, HWC) + index.json (name, height, width, offset)
"""

import hashlib
import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from rich.progress import track

from compressible.data.paths import DataError, image_files


@dataclass(frozen=True)
class Entry:
    """Where one picture lies in the cache."""

    name: str
    height: int
    width: int
    offset: int


class PhotoCache:
    """All pictures of a folder as uint8 arrays that share one memory map.

    Args:
        folder: pictures; subfolders are not read.
        cache: where the decoded file goes; its name carries a hash of the folder's names, sizes and dates, so a
            changed folder is decoded anew.
    """

    def __init__(self, folder: Path, cache: Path) -> None:
        files = image_files(folder)
        stamp = json.dumps([(f.name, f.stat().st_size, f.stat().st_mtime_ns) for f in files])
        self.fingerprint = hashlib.sha256(stamp.encode()).hexdigest()[:16]
        target = cache / f"{folder.name}-{self.fingerprint}"
        if not (target / "index.json").exists():
            _decode(files, target)
        index = json.loads((target / "index.json").read_text())
        self.entries = tuple(Entry(**entry) for entry in index)
        self._pixels = np.memmap(target / "pixels.u8", dtype=np.uint8, mode="r")

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
        entries: list[Entry] = []
        offset = 0
        with (part / "pixels.u8").open("wb") as out:
            for file in track(files, description=f"decoding {len(files)} photographs", transient=True):
                try:
                    with Image.open(file) as picture:
                        pixels = np.asarray(picture.convert("RGB"))
                except (OSError, ValueError) as error:
                    raise DataError(f"{file} cannot be read as a picture: {error}") from error
                out.write(pixels.tobytes())
                entries.append(Entry(file.name, pixels.shape[0], pixels.shape[1], offset))
                offset += pixels.size
        (part / "index.json").write_text(json.dumps([asdict(entry) for entry in entries]))
        if target.exists():
            return
        part.rename(target)
