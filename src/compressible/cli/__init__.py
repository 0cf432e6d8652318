"""The ``compressible`` command."""

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    0 done, 1 a damaged file or files of a folder that failed, 2 a mistake of the user, 130 interrupted. Every failure
    is told in one sentence on stderr.

    Args:
        arguments: command line without the program's name; that of the process by default.
    """
    try:
        # Inside, so that Ctrl-C is quiet from the very start.
        from compressible.cli.app import run

        return run(arguments)
    except KeyboardInterrupt:
        from compressible.cli.errors import report_interrupt

        return report_interrupt()
