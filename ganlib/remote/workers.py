"""Follows the jobs of a sweep, whose logs are sentences: prints the lines of all, and how each ended."""

import sys
import threading
from collections.abc import Sequence
from queue import Queue
from typing import TYPE_CHECKING

from ganlib import UserError
from ganlib.hub.errors import Unreachable
from ganlib.remote.job import Job
from ganlib.remote.leaving import later, leave_or_cancel
from ganlib.remote.outcome import exit_code, printable, reason

if TYPE_CHECKING:
    from huggingface_hub import JobInfo

AGAIN = "What the trials have reported is in the study; the same command goes on."


def follow(jobs: Sequence[Job]) -> int:
    """Prints the logs' lines until all jobs have ended. Returns 0 if all worked to their end, else the exit code of the first
    that didn't. Ctrl-C asks what becomes of them."""
    lines: Queue[tuple[int, str | JobInfo | UserError]] = Queue()
    for number in range(len(jobs)):
        threading.Thread(target=_read, args=(jobs[number], number, lines), daemon=True).start()
    said, codes = [""] * len(jobs), dict[int, int]()
    try:
        while len(codes) < len(jobs):
            number, line = lines.get()
            name = f"job {number + 1}: " if len(jobs) > 1 else ""
            if isinstance(line, str):
                said[number] = line
                print(f"{name}{line}", flush=True)
            else:
                codes[number] = _ended(jobs[number], name, line, said[number])
    except KeyboardInterrupt:
        return leave_or_cancel([job for number, job in enumerate(jobs) if number not in codes], AGAIN)
    return next(filter(None, codes.values()), 0)


def _read(job: Job, number: int, lines: Queue) -> None:
    """Puts the lines of a job's log, and at last what became of it."""
    try:
        for line in job.lines():
            if line.strip():
                lines.put((number, printable(line)))
        lines.put((number, job.info()))
    except UserError as error:
        lines.put((number, error))


def _ended(job: Job, name: str, end: "JobInfo | UserError", said: str) -> int:
    """Says how a job has ended, unless it worked to its end. Returns its exit code."""
    if isinstance(end, UserError):
        left = f" The job goes on without being followed. {later([job])}" if isinstance(end, Unreachable) else ""
        print(f"{name}{end}{left}", file=sys.stderr)
        return 1
    if end.status.stage == "COMPLETED":
        return 0
    print(f"{name}{reason(end, said)} {AGAIN}", file=sys.stderr)
    return exit_code(end) or 1
