"""The run that a training in a job begins with: one on the Hub, or a snapshot of this machine in a private repository there."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ganlib import hub
from ganlib.remote import tokens
from ganlib.remote.data import repository
from ganlib.runs.run import Run
from ganlib.training.finetuning import Parent

if TYPE_CHECKING:
    from huggingface_hub import HfApi


@dataclass(frozen=True)
class LocalParent:
    """A snapshot and the last discriminator of a run of this machine, and the private repository that is to hold them."""

    parent: Parent
    repo: str

    def __str__(self) -> str:
        snapshot = self.parent.snapshot
        return f"{snapshot.label} of {self.parent.run.path} to the private repository {self.repo}"

    def upload(self, api: "HfApi") -> None:
        """Makes the repository a run with this snapshot only; sends nothing that is there already. Raises UserError."""
        with tempfile.TemporaryDirectory() as folder:
            run = Run.create(Path(folder, "run"), self.parent.config)
            self.parent.copy_into(run, self.parent.snapshot.images)
            hub.Repository(self.repo, private=True, token=tokens.given(api)).send(run)


def found(text: str, owner: str) -> tuple[str, LocalParent | None]:
    """Returns what --init-from is in a job that begins with `text`, RUN[@EPOCH], and what must be uploaded before, for `owner`.
    Raises UserError for a run of this machine that nothing can begin with."""
    if hub.is_on_hub(hub.split_epoch(text)[0]):
        return text, None
    parent = Parent.of(*hub.run_at_epoch(text))
    repo = repository(owner, parent.name, "run-")
    return repo, LocalParent(parent, repo)
