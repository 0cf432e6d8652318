"""Work through files: one after another, with a progress bar on a terminal, and past the bad ones of a folder."""

import sys
from collections.abc import Callable

from rich.console import Console
from rich.progress import Progress

from compressible.bitstream import BitstreamError
from compressible.cli.errors import CommandError, report
from compressible.cli.jobs import Job, Jobs
from compressible.exit_codes import FAILED
from compressible.images import ImageError


def work_through(jobs: Jobs, work: Callable[[Job], str]) -> None:
    """Do all jobs and print the line that each returns.

    Raises:
        CommandError: at the end, if files of a folder failed.
        Exception: what ``work`` raises, for a single file, or if it would fail for all others too.
    """
    if not jobs.folder:
        for job in jobs.jobs:
            _do(job, work)
        return
    failed = 0
    console = Console(stderr=True)
    # Redirected, lines for a pipe would end up on the terminal.
    redirect = sys.stdout.isatty()
    with Progress(console=console, disable=not console.is_terminal, transient=True, redirect_stdout=redirect) as bar:
        for job in bar.track(jobs.jobs, description=""):
            try:
                _do(job, work)
            except BrokenPipeError:
                raise
            except (BitstreamError, ImageError, CommandError, OSError, MemoryError) as error:
                report(error)
                failed += 1
    if failed:
        raise CommandError(f"{failed} of {len(jobs.jobs)} files failed", code=FAILED)


def _do(job: Job, work: Callable[[Job], str]) -> None:
    job.check()
    try:
        line = work(job)
    except BitstreamError as error:
        raise BitstreamError(f"{job.source}: {error}") from error
    # A target that is a stream may be standard output itself.
    print(line, file=sys.stdout if job.target.is_file() and str(job.target) != "/dev/stdout" else sys.stderr)
