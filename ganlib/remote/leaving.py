"""What becomes of jobs when whoever follows them is interrupted."""

import sys
from collections.abc import Sequence

from ganlib import UserError, interrupts
from ganlib.remote.job import Job


def leave_or_cancel(jobs: Sequence[Job], left: str) -> int:
    """Asks whether to cancel the jobs, and says what is `left` then; leaves them where nobody can be asked. Returns the exit
    code."""
    what, them = ("job", "it") if len(jobs) == 1 else ("jobs", "them")
    if not _asked_to_cancel(what, them):
        print(f"The {what} {'goes' if len(jobs) == 1 else 'go'} on. {later(jobs)}", file=sys.stderr)
        return interrupts.CODE
    code = interrupts.CODE
    for job in jobs:
        try:
            job.cancel()
        except UserError as error:
            print(f"{error} The job may still run: {job.address}", file=sys.stderr)
            code = 1
    if code == interrupts.CODE:
        print(f"The {what} {'is' if len(jobs) == 1 else 'are'} cancelled. {left}", file=sys.stderr)
    return code


def later(jobs: Sequence[Job]) -> str:
    """Returns how jobs that go on are followed and ended."""
    names, it = " ".join(job.name for job in jobs), "it" if len(jobs) == 1 else "them"
    return f"Follow {it} with: python -m ganlib.remote follow {names}; end {it} with: python -m ganlib.remote cancel {names}"


def _asked_to_cancel(what: str, them: str) -> bool:
    if not sys.stdin.isatty():
        return False
    try:
        while True:
            answer = input(f"\nLeave the {what} running, or cancel {them}? [l/c] ").strip().lower()
            if answer in ("l", "leave", "c", "cancel"):
                return answer[0] == "c"
    except (KeyboardInterrupt, EOFError):
        return False
