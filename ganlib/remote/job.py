"""A job on the Hub: starts it, yields the lines of its log over lost connections, cancels it."""

import logging
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ganlib import UserError
from ganlib.hub.errors import Unreachable, explained, status
from ganlib.hub.names import Name

if TYPE_CHECKING:
    from huggingface_hub import HfApi, JobInfo, Volume

PAUSES = (2.0, 4.0, 8.0, 16.0, 32.0, 60.0)  # seconds between attempts to reach the Hub again
IMAGE = "ghcr.io/astral-sh/uv:python3.12-bookworm"  # Python and uv, nothing else
UNENDED = ("SCHEDULING", "RUNNING")  # stages
ENDED = ("COMPLETED", "CANCELED", "ERROR", "DELETED")
SWEEP = "ganlib.sweep"  # the module, a word in the command of a sweep's job
BILLING = "https://huggingface.co/settings/billing"


@dataclass(frozen=True)
class Job:
    """A job of an account, on the Hub."""

    api: "HfApi"
    owner: str
    id: str

    @property
    def address(self) -> str:
        return f"{self.api.endpoint}/jobs/{self.owner}/{self.id}"

    @property
    def name(self) -> str:
        """What `python -m ganlib.remote` takes."""
        return f"{self.owner}/{self.id}"

    def info(self) -> "JobInfo":
        """Returns its present state. Raises UserError; Unreachable for temporary errors."""
        with _told(self.owner):
            return self.api.inspect_job(job_id=self.id, namespace=self.owner)

    def cancel(self) -> None:
        """Raises UserError."""
        with _told(self.owner):
            self.api.cancel_job(job_id=self.id, namespace=self.owner)

    def lines(self) -> Iterator[str]:
        """Yields each line of the log once, from its first, until the job has ended. Raises UserError if it is gone,
        Unreachable if the Hub stays unreachable."""
        logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # its own attempts; ours end in a sentence
        seen, failures, ended = 0, 0, False
        while True:
            before, trouble = seen, None
            try:
                for number, line in enumerate(self._connection()):
                    if number >= seen:  # a connection begins with the first line
                        seen += 1
                        yield line
                if ended and seen == before:
                    return
                ended = self.has_ended()  # then once more: a connection that broke off as it ended lacks the last lines
            except Unreachable as error:
                trouble = error
            failures = 0 if seen > before else failures + 1
            if trouble and failures > len(PAUSES):
                raise trouble
            time.sleep(PAUSES[min(failures, len(PAUSES)) - 1] if failures and not ended else 0)

    def _connection(self) -> Iterator[str]:
        with _told(self.owner):
            yield from self.api.fetch_job_logs(job_id=self.id, namespace=self.owner, follow=True)

    def has_ended(self) -> bool:
        """Raises UserError; Unreachable for temporary errors."""
        return self.info().status.stage in ENDED


def start(
    api: "HfApi", owner: str, *, command: list[str], flavor: str, seconds: int, name: str, code: "Volume",
    settings: Mapping[str, str], secrets: Mapping[str, str],
) -> Job:  # fmt: skip
    """Starts a job with these environment variables. The `secrets`, the token HF_TOKEN among them, are in nothing else. Raises
    UserError."""
    mirror = {"HF_ENDPOINT": os.environ["HF_ENDPOINT"]} if os.environ.get("HF_ENDPOINT") else {}
    with _told(owner):
        # run_uv_job would take an argument that is also the name of a file here for a file to be uploaded.
        made = api.run_job(
            image=IMAGE, command=command, env={**mirror, **settings}, secrets=dict(secrets), flavor=flavor,
            timeout=seconds, name=re.sub(r"[^\w-]", "-", f"gan-{name}", flags=re.ASCII), volumes=[code], namespace=owner,
        )  # fmt: skip
    return Job(api, owner, made.id)


def repository(info: "JobInfo") -> str | None:
    """Returns where the run of a job goes; None if it is no job of train.py."""
    command = info.command or []
    if is_of_sweep(info):
        return None
    try:
        return command[command.index("--push-to-hub") + 1]
    except (ValueError, IndexError):
        return None


def is_of_sweep(info: "JobInfo") -> bool:
    """Returns whether a job is a worker of `python -m ganlib.sweep`."""
    return SWEEP in (info.command or [])


def running(api: "HfApi", owner: str) -> list[tuple[Job, str]]:
    """Returns the unended jobs of train.py of an account, and where their runs go. Raises UserError; Unreachable for temporary
    errors."""
    with _told(owner):
        found = [(Job(api, owner, info.id), repository(info)) for info in api.list_jobs(namespace=owner, status=[*UNENDED])]
    return [(job, repo) for job, repo in found if repo]


@contextmanager
def _told(owner: str) -> Iterator[None]:
    """Translates errors about the jobs of an account to UserError; Unreachable if they are temporary."""
    from huggingface_hub.errors import JobNotFoundError

    try:
        with explained(Name(f"the jobs of {owner}")):
            yield
    except UserError as error:
        if isinstance(error.__cause__, JobNotFoundError):
            raise UserError(f"{owner} has no such job, or the token may not see it.") from error
        match status(error):
            case 402:
                raise UserError(f"{owner} has no credit left for jobs; add some at {BILLING}.") from error
            case 403:
                raise UserError(
                    f"The token may not start or see jobs of {owner}: use one with write permission, or a fine-grained one "
                    "that allows jobs."
                ) from error
        raise
