"""What W&B wrote offline, read without W&B's own reader: the log format of LevelDB with Protobuf records.

header of 7 bytes, blocks of 32 KiB ──► chunks: CRC32 (4 bytes), length (2), kind (1), data ──► records
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wandb.proto.wandb_internal_pb2 import Record  # pyright: ignore[reportAttributeAccessIssue]

HEADER, BLOCK, CHUNK = 7, 1 << 15, 7
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4


@dataclass
class WrittenRun:
    """One W&B run of one process.

    Attributes:
        files: its folder of media.
        id: of the run.
        name: shown to people.
        group: of runs.
        config: hyperparameters.
        rows: what was logged, in order.
        exit_code: None if it was never finished.
    """

    files: Path
    id: str = ""
    name: str = ""
    group: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    exit_code: int | None = None

    def values(self, metric: str) -> list[tuple[int, Any]]:
        """Steps and values of a metric, in order."""
        return [(row["trainer/global_step"], row[metric]) for row in self.rows if metric in row]

    def media(self, value: dict[str, Any]) -> Path:
        """The file of a value that is none by itself."""
        return self.files / value["path"]


def written_runs(folder: Path) -> list[WrittenRun]:
    """All that lies in ``wandb/`` of a run's folder, in order of time."""
    return [_read(path) for path in sorted(folder.glob("wandb/offline-run-*/run-*.wandb"))]


def _read(path: Path) -> WrittenRun:
    run = WrittenRun(path.parent / "files")
    for data in _records(path.read_bytes()):
        record = Record.FromString(data)
        match record.WhichOneof("record_type"):
            case "run":
                run.id, run.name, run.group = record.run.run_id, record.run.display_name, record.run.run_group
                run.config |= _items(record.run.config.update)
            case "config":
                run.config |= _items(record.config.update)
            case "history":
                run.rows.append(_items(record.history.item))
            case "exit":
                run.exit_code = record.exit.exit_code
    return run


def _items(items: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in items:
        *above, last = item.nested_key or [item.key]
        node = found
        for key in above:
            node = node.setdefault(key, {})
        node[last] = json.loads(item.value_json)
    return found


def _records(data: bytes) -> Iterator[bytes]:
    assert data[:4] == b":W&B"
    position, parts = HEADER, b""
    while position < len(data):
        left = BLOCK - position % BLOCK
        if left < CHUNK:
            position += left
            continue
        _, length, kind = struct.unpack_from("<IHB", data, position)
        parts += data[position + CHUNK : position + CHUNK + length]
        position += CHUNK + length
        assert kind in (FULL, FIRST, MIDDLE, LAST)
        if kind in (FULL, LAST):
            yield parts
            parts = b""
