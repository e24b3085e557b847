"""The pictures that a job trains on: a built-in set, a set on the Hub, or pictures of this machine in a private set there."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ganlib import UserError, datasets
from ganlib.datasets.options import ReadOptions
from ganlib.datasets.sources import HUB
from ganlib.hub.errors import explained
from ganlib.hub.names import parse

if TYPE_CHECKING:
    from huggingface_hub import HfApi

MOST_FILES = 10_000  # in one set: the Hub slows down beyond, and an archive is one file
PREFIX = "gan-studio-"  # of the names of repositories that are made here
SKIPPED = ("*/.*", ".*", "**/__pycache__/**", "__MACOSX/**")


@dataclass(frozen=True)
class LocalPictures:
    """Pictures of this machine, and the private data set of the Hub that is to hold them."""

    path: Path
    repo: str
    files: int
    bytes: int

    def __str__(self) -> str:
        size = f"{self.files:,} file{'s' * (self.files != 1)}, {self.bytes / 1e6:,.1f} MB"
        return f"the pictures in {self.path} ({size}) to the private data set {self.repo}"

    def upload(self, api: "HfApi") -> None:
        """Uploads what the set doesn't hold yet; deletes there what is gone here. Raises UserError."""
        with explained(parse(self.repo)):
            api.create_repo(self.repo, repo_type="dataset", private=True, exist_ok=True)
            if not api.repo_info(self.repo, repo_type="dataset").private:
                raise UserError(f"The data set {self.repo} is on the Hub already and is public; make it private there.")
            if self.path.is_dir():
                api.upload_folder(
                    folder_path=self.path, repo_id=self.repo, repo_type="dataset", ignore_patterns=[*SKIPPED],
                    delete_patterns="*", commit_message="Pictures to train on",
                )  # fmt: skip
            else:
                api.upload_file(
                    path_or_fileobj=self.path, path_in_repo=self.path.name, repo_id=self.repo, repo_type="dataset",
                    commit_message="Pictures to train on",
                )  # fmt: skip


def repository(owner: str, name: str, kind: str = "") -> str:
    """Returns OWNER/NAME of the repository that holds what is called `name` on this machine."""
    stem = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower() or "pictures"
    return f"{owner}/{PREFIX}{kind}{stem[:60]}"


def found(api: "HfApi", source: str, options: ReadOptions, owner: str) -> tuple[str, LocalPictures | None]:
    """Returns what --dataset is in a job that trains on `source`, and the pictures that must be uploaded before, of `owner`.
    Raises UserError for what can't be read, or is too much."""
    if source in datasets.BUILT_IN:
        return source, None
    if source.startswith(HUB):
        name = parse(source.removeprefix(HUB))
        with explained(name):
            api.repo_info(name.repo, repo_type="dataset")
        return source, None
    datasets.opened(source, options)  # raises before anything is uploaded
    path = Path(source).expanduser().resolve()
    there = list(path.rglob("*") if path.is_dir() else [path])
    if linked := [place for place in there if place.is_symlink() and place.is_dir()]:
        raise UserError(f"{linked[0]} is a link to a folder, and no link is uploaded: put the folder there, or pack a .zip.")
    files = [place for place in there if place.is_file()]
    if len(files) > MOST_FILES:
        raise UserError(
            f"{source} holds {len(files):,} files, and a set on the Hub should have {MOST_FILES:,}: pack it as a .zip."
        )
    repo = repository(owner, path.stem if path.is_file() else path.name)
    return HUB + repo, LocalPictures(path, repo, len(files), sum(file.stat().st_size for file in files))
