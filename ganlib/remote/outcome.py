"""What became of a job: its exit code, and a sentence on why it ended early."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from huggingface_hub import JobInfo

KILLED, UNBEGUN = 137, 138  # exit codes: by SIGKILL, by the SIGUSR1 of job.sh before the training handles it
ENDS = {"CANCELED": "The job was cancelled.", "DELETED": "The job was deleted."}  # by stage
MOST_LINE = 2_000  # characters of a line that is shown


def exit_code(info: "JobInfo") -> int | None:
    """Returns the exit code of a job's command, None if the Hub tells none."""
    found = re.search(r"exit code:?\s*(\d+)", info.status.message or "", re.IGNORECASE)
    return int(found[1]) if found else None


def reason(info: "JobInfo", said: str) -> str:
    """Returns a sentence on why a job ended early: by its stage, the Hub's message, the exit code and `said`, the last line of
    its log."""
    stage, message, code = info.status.stage, info.status.message or "", exit_code(info)
    if stage in ENDS:
        return ENDS[stage]
    if code == UNBEGUN or re.search(r"time(d\s*)?[\s-]*out", message, re.IGNORECASE):
        return "The job reached its time limit."
    if code == KILLED:
        return "The job was killed, most likely because its memory was full: choose a larger machine or a smaller batch."
    why = said if code else message
    return f"The job failed{f' with exit code {code}' if code else ''}{f': {why}' if why else '.'}"


def printable(line: str) -> str:
    """Returns a line of the log without control characters, and of some length."""
    return "".join(one if one.isprintable() else " " for one in line[:MOST_LINE]).rstrip()
