"""Jobs of an account before anything is uploaded or started: what they cost and need; and their start."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from ganlib.hub.errors import explained
from ganlib.hub.names import Name
from ganlib.remote import code, job, machines, tokens
from ganlib.remote.code import Code
from ganlib.remote.job import Job
from ganlib.remote.machines import Machine

if TYPE_CHECKING:
    from huggingface_hub import HfApi

NOTHING: Mapping[str, str] = MappingProxyType({})


class Upload(Protocol):
    """What jobs need that isn't on the Hub yet."""

    def upload(self, api: "HfApi") -> None: ...


@dataclass(frozen=True)
class Rental:
    """`number` jobs of `owner`, with the token of `api` or, where that has none, the client's.

    `code_repo` is the repository that holds this project; for None this one is uploaded.
    """

    api: "HfApi"
    owner: str
    machine: Machine
    seconds: int  # the time limit of each
    code_repo: str | None
    uploads: tuple[Upload, ...]
    number: int = 1

    def sentences(self) -> list[str]:
        """Returns what this costs and uploads."""
        machine, owner, several = self.machine, self.owner, self.number > 1
        most = f"${self.number * machine.most(self.seconds):.2f} at most within {'their' if several else 'its'} limit of"
        price = f"${machine.per_hour:.2f} an hour{' each' if several else ''}, {most} {timedelta(seconds=self.seconds)}"
        jobs = f"{self.number} jobs" if several else "A job"
        said = [f"{jobs} of {owner} on {machine.flavor} ({machine.described}): {price}, paid by {owner}."]
        if not self.code_repo:
            said.append(f"Uploads this project's code to the private repository {owner}/{code.REPOSITORY}.")
        return said + [f"Uploads {upload}." for upload in self.uploads]

    def running(self, marker: str = code.SCRIPT) -> Code:
        """Returns the code, uploaded where it isn't yet; `marker` is a file that it must have. Raises UserError."""
        if self.code_repo:
            return code.named(self.api, self.code_repo, marker)
        return code.uploaded(self.api, f"{self.owner}/{code.REPOSITORY}", code.checkout())

    def upload(self) -> None:
        """Uploads what the jobs need. Raises UserError."""
        for upload in self.uploads:
            upload.upload(self.api)

    def start(
        self, running: Code, arguments: list[str], name: str, settings: Mapping[str, str] = NOTHING,
        secrets: Mapping[str, str] = NOTHING,
    ) -> Job:  # fmt: skip
        """Starts one of the jobs with these arguments of job.sh. Raises UserError."""
        from huggingface_hub import get_token

        token = tokens.given(self.api) or get_token()
        assert token is not None  # whoami has accepted it
        return job.start(
            self.api, self.owner, command=["sh", f"{code.MOUNT}/{code.SCRIPT}", str(self.seconds), *arguments],
            flavor=self.machine.flavor, seconds=self.seconds, name=name, code=running.volume(), settings=settings,
            secrets={**secrets, "HF_TOKEN": token},
        )  # fmt: skip


def place(api: "HfApi", flavor: str | None) -> tuple[str, Machine]:
    """Returns the account that pays, and the machine called `flavor`. Raises UserError."""
    with explained(Name("your account")):
        return api.whoami()["name"], machines.chosen(flavor or machines.DEFAULT, api.list_jobs_hardware())
