"""The code that a job runs: this project at one commit of a repository on the Hub, mounted read-only."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ganlib import UserError
from ganlib.hub.errors import explained
from ganlib.hub.names import Name, parse

if TYPE_CHECKING:
    from huggingface_hub import HfApi, Volume

ROOT = Path(__file__).parents[2]
MOUNT = "/code"
SCRIPT = "ganlib/remote/job.sh"
FILES = ("LICENSE", "requirements.txt", "train.py")
FOLDERS = ("ganlib",)
SUFFIXES = {".py", ".sh", ".html", ".css", ".js", ".md", ".png", ".npz", ".safetensors"}  # of the project's files in folders
SPACES = "spaces/"
REPOSITORY = "gan-studio-code"  # of the user, private


@dataclass(frozen=True)
class Code:
    """This project in a repository of the Hub, at one commit."""

    kind: Literal["model", "space"]
    repo: str
    commit: str

    def __str__(self) -> str:
        return f"{SPACES if self.kind == 'space' else ''}{self.repo}@{self.commit[:12]}"

    def volume(self) -> "Volume":
        from huggingface_hub import Volume

        return Volume(type=self.kind, source=self.repo, mount_path=MOUNT, revision=self.commit, read_only=True)


def checkout(files: tuple[str, ...] = FILES, folders: tuple[str, ...] = FOLDERS) -> dict[str, Path]:
    """Returns the project's files by their path: `files`, and what is the project's in `folders`; no caches or other files."""
    held = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in SUFFIXES]
    return {path.relative_to(ROOT).as_posix(): path for path in [*(ROOT / file for file in files), *held]}


def named(api: "HfApi", text: str, marker: str = SCRIPT) -> Code:
    """Returns the code in OWNER/NAME[@REVISION], of a Space in spaces/OWNER/NAME[@REVISION], at its present commit. Raises
    UserError if there is none that can run as a job, which has the file `marker`."""
    kind: Literal["model", "space"] = "space" if text.startswith(SPACES) else "model"
    name = parse(text.removeprefix(SPACES))
    with explained(name):
        commit = api.repo_info(name.repo, revision=name.revision, repo_type=kind).sha
        if not commit or not api.file_exists(name.repo, marker, revision=commit, repo_type=kind):
            raise UserError(f"{text} on the Hub holds no version of this project that can run as a job; leave --code out.")
    return Code(kind, name.repo, commit)


def uploaded(api: "HfApi", repo: str, held: dict[str, Path]) -> Code:
    """Makes the private repository `repo` hold exactly the files `held`, in one commit, or none if nothing differs. Raises
    UserError."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    with explained(Name(repo)):
        api.create_repo(repo, private=True, exist_ok=True)
        there = api.list_repo_files(repo)
        additions = [CommitOperationAdd(path, file) for path, file in held.items()]
        stale = [CommitOperationDelete(path) for path in there if path not in held and path != ".gitattributes"]
        commit = api.create_commit(repo, [*additions, *stale], commit_message="The code of a training")
    return Code("model", repo, commit.oid)
