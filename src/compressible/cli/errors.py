"""What went wrong, in one sentence and an exit code."""

import os
import sys

from compressible.exit_codes import BROKEN_PIPE, FAILED, INTERRUPTED, MISTAKE


class CommandError(Exception):
    """What the user should know, in one sentence.

    Args:
        message: the sentence.
        code: exit code.
    """

    def __init__(self, message: str, code: int = MISTAKE) -> None:
        super().__init__(message)
        self.code = code


def report(error: Exception) -> int:
    """Print the sentence for any exception and return its exit code."""
    message, code = _explain(error)
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return code


def report_interrupt() -> int:
    """Say that the user stopped the command; return its exit code."""
    print("interrupted", file=sys.stderr)
    return INTERRUPTED


def silence_output() -> int:
    """Drop what is buffered for a reader that has gone (``compressible models | head``); return the exit code."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return BROKEN_PIPE


def _explain(error: Exception) -> tuple[str, int]:
    # Only now, since a command that succeeds needs none of them.
    from compressible.bitstream import BitstreamError
    from compressible.codecs.description import ModelFileError, UnknownModelError
    from compressible.images import ImageError
    from compressible.reports.schema import SchemaError

    match error:
        case CommandError():
            return str(error), error.code
        case UnknownModelError():
            return str(error), MISTAKE
        case BitstreamError() | ImageError() | ModelFileError() | SchemaError():
            return str(error), FAILED
        case OSError() if error.strerror is not None:
            return f"{error.filename}: {error.strerror}" if error.filename else error.strerror, MISTAKE
        case MemoryError():
            return "there is not enough memory", FAILED
        case RuntimeError() if "memory" in str(error):
            return "there is not enough memory", FAILED
        case _:
            return f"this should not have happened: {type(error).__name__}: {error}", FAILED
