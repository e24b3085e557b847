"""The state of a run on the Hub, from which its training goes on elsewhere: in a branch of its own beside the run.

The branch holds one commit with one file, so that the repository doesn't grow by a state for every snapshot.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from ganlib import UserError
from ganlib.hub import pulling
from ganlib.hub.errors import explained
from ganlib.hub.names import Name, parse
from ganlib.runs.checkpoint_files import LAST

if TYPE_CHECKING:
    from huggingface_hub import HfApi


def branch_of(revision: str | None) -> str:
    """Returns the branch that holds the state of the run in branch `revision` (None: main)."""
    return f"{revision or 'main'}-state"


def send(api: "HfApi", name: Name, state: bytes) -> None:
    """Replaces the state of the run `name`, whose repository exists. Raises the client's errors."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    branch = branch_of(name.revision)
    api.create_branch(name.repo, branch=branch, exist_ok=True)
    others = [path for path in api.list_repo_files(name.repo, revision=branch) if path != LAST]
    deletions = [CommitOperationDelete(path) for path in others]
    additions = [CommitOperationAdd(LAST, state)]
    api.create_commit(name.repo, [*additions, *deletions], commit_message="State to resume from", revision=branch)
    api.super_squash_history(name.repo, branch=branch, commit_message="State to resume from")


def check(text: str) -> None:
    """Raises UserError unless the run OWNER/NAME[@BRANCH] is on the Hub with its state."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import RevisionNotFoundError

    name = parse(text)
    with explained(name):
        try:
            files = HfApi().get_paths_info(name.repo, [LAST], revision=branch_of(name.revision))
        except RevisionNotFoundError:
            files = []
    size = getattr(files[0], "size", 0) if files else None
    if size is None or size > pulling.MOST_BYTES:
        reason = "holds no state" if size is None else f"holds a state of {size:,} bytes"
        raise UserError(
            f"{name} on the Hub {reason}, so it can't be resumed: states are uploaded with --push-state and by --on hf-jobs; "
            f"train on from its last snapshot with --init-from {name}."
        )


def fetch(text: str, out: Path) -> None:
    """Downloads the run OWNER/NAME[@BRANCH] with its state into the new folder `out`. Raises UserError."""
    from huggingface_hub import hf_hub_download

    name = parse(text)
    pulling.check_new(out)
    check(text)
    with explained(name):
        state = Path(hf_hub_download(name.repo, LAST, revision=branch_of(name.revision)))
    pulling.copy(pulling.pull(text), out, {LAST: state})
