"""Files that are either whole or not there.

    data ──► hidden temporary file in the target's folder ──► fsync ──► rename over the target

A crash, an error or Ctrl-C leaves the old file, or none, and never half of the new one.
"""

import os
import secrets
import sys
from pathlib import Path

STREAMS = {"/dev/stdout": 1, "/dev/stderr": 2}
"""Written through the descriptor itself: opening these names anew fails on a socket and truncates a redirection."""


def write_bytes_atomic(path: str | Path, data: bytes) -> None:
    """Write ``data`` to ``path``, replacing a file that is there.

    A new file gets the permissions that the umask leaves, a replaced one keeps its own, and of a symbolic link the file
    it points to is replaced. What is not a regular file (a terminal, a pipe, /dev/null) is written directly.

    Raises:
        OSError: if the folder is missing, not writable or full; the error names ``path``.
    """
    path = Path(path)
    if str(path) in STREAMS:
        sys.stdout.flush()
        with os.fdopen(os.dup(STREAMS[str(path)]), "wb") as stream:
            stream.write(data)
    elif path.exists() and not path.is_file():
        with path.open("wb") as stream:
            stream.write(data)
    else:
        try:
            _replace(path.resolve(), data)
        except OSError as error:
            # Otherwise the message would name the temporary file.
            raise OSError(error.errno, error.strerror, str(path)) from error


def _replace(target: Path, data: bytes) -> None:
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(13, "the file is write-protected")
    # 200: with the token, a name of 255 bytes would be too long for the file system.
    temporary = target.with_name(f".{target.name.encode()[:200].decode(errors='ignore')}.{secrets.token_hex(4)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            temporary.chmod(target.stat().st_mode & 0o7777)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
