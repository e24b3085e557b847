"""Uploads a run to the Hub: all of its files but the checkpoints to resume from, with a model card."""

import hashlib
import os
import re
import shlex
from dataclasses import replace
from pathlib import Path

from ganlib import UserError, files
from ganlib.hub import states
from ganlib.hub.errors import explained
from ganlib.hub.names import in_layout, parse
from ganlib.runs import card
from ganlib.runs.config import Config
from ganlib.runs.run import Run

WEIGHTS = ".safetensors"
FIXED = ("snapshots", "grids")  # folders whose files are written once


def push(
    path: Path,
    repo: str,
    *,
    private: bool = False,
    revision: str | None = None,
    token: str | None = None,
    state: bool = False,
) -> str:
    """Uploads the run in `path` to the model repository OWNER/NAME, which is created if missing; returns its address.

    Files that are there already are not sent again, and files that the run no longer has are deleted there, so that a pull
    gets exactly what was pushed. The token defaults to the client's. With `state` the run can be resumed from there. Raises
    UserError.
    """
    run = Run.open(path)
    run.snapshot()  # raises before anything is created
    if state and not run.checkpoint_files.exist():
        raise UserError(f"{path} has no state to upload, so it can't be resumed; leave --state out.")
    return Repository(repo, private=private, revision=revision, token=token, state=state).send(run)


class Repository:
    """A model repository that a run is uploaded to, once or after every snapshot; with `state` so that it can be resumed."""

    def __init__(
        self,
        repo: str,
        *,
        private: bool = False,
        revision: str | None = None,
        token: str | None = None,
        state: bool = False,
    ):
        """Makes no request yet. Raises UserError for an invalid name or token."""
        from huggingface_hub import HfApi

        self.name = parse(f"{repo}@{revision}" if revision else repo)
        if self.name.repo != repo:
            raise UserError(f"Give the revision of {repo} as --revision.")
        if token is not None and not re.fullmatch(r"[!-~]+", token):
            raise UserError("The token holds characters that none has; copy it anew.")
        self.private, self.state, self._api = private, state, HfApi(token=token)
        self._prepared = False
        self._sent_state = b""  # its digest
        self._sent: dict[str, tuple | bytes] = {}

    @property
    def address(self) -> str:
        address = f"{self._api.endpoint}/{self.name.repo}"
        return f"{address}/tree/{self.name.revision}" if self.name.revision else address

    def prepare(self) -> None:
        """Creates the repository and the branch if missing. Raises UserError; Unreachable for temporary errors."""
        repo, revision = self.name.repo, self.name.revision
        with explained(self.name):
            self._api.create_repo(repo, private=self.private or None, exist_ok=True)
            if self.private and not self._api.repo_info(repo).private:
                raise UserError(f"{repo} is on the Hub already and is public; make it private there, or choose another name.")
            if revision and not revision.startswith("refs/"):
                self._api.create_branch(repo, branch=revision, exist_ok=True)
            there = set(self._api.list_repo_files(repo, revision=revision))
        if "config.json" in there and not any(path.startswith("snapshots/") for path in there):
            raise UserError(f"{repo} on the Hub holds another kind of model; choose another name.")
        self._prepared = True

    def send(self, run: Run, message: str | None = None) -> str:
        """Makes one commit with all new files, none if there are none; returns the address. Raises UserError; Unreachable for
        temporary errors."""
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        if not self._prepared:
            self.prepare()
        last = run.snapshot()
        # Read before the files: a resumed run needs all that was written up to its state, and writes what came after it again.
        state = run.checkpoint_files.last.read_bytes() if self.state and run.checkpoint_files.exist() else None
        with explained(self.name):
            content = _content(run, self.name.repo)
            there = self._api.list_repo_files(self.name.repo, revision=self.name.revision)
            stamps = {path: _stamp(file) for path, file in content.items()}
            new = [path for path in content if path not in there or self._sent.get(path) != stamps[path]]
            additions = [CommitOperationAdd(path, content[path]) for path in new]
            gone = [path for path in there if in_layout(path) and path not in content and not (run.path / path).exists()]
            deletions = [CommitOperationDelete(path) for path in gone]
            if additions or deletions:
                self._api.create_commit(
                    self.name.repo,
                    [*additions, *deletions],
                    commit_message=message or f"{last.label}, {last.images:,} images",
                    revision=self.name.revision,
                )
            if state is not None and (stamp := hashlib.sha256(state).digest()) != self._sent_state:
                states.send(self._api, self.name, state)
                self._sent_state = stamp
        self._sent = stamps
        return self.address


def _content(run: Run, repo: str) -> dict[str, bytes | Path]:
    """Returns the files to upload, by path in the repository. Files that the training overwrites are read now, each at once.
    Damaged weights are not uploaded: the repository may hold intact ones."""
    public = Run(run.path, published(run.config), run.name)
    content: dict[str, bytes | Path] = {}
    for file in sorted(run.path.rglob("*")):
        path = file.relative_to(run.path).as_posix()
        if in_layout(path) and not (file.suffix == WEIGHTS and files.damage(file)):
            content[path] = file if file.parent.name in FIXED else file.read_bytes()
    content["config.json"] = files.json_text(public.config.to_json()).encode()
    content["README.md"] = card.write(public, repo=repo).encode()
    return content


def published(config: Config) -> Config:
    """Returns the config without local folders: absolute paths are reduced to their last part."""
    commands = tuple(shlex.join(map(_last_part, _split(command))) for command in config.commands)
    return replace(config, source=_last_part(config.source), commands=commands)


def _split(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


def _last_part(word: str) -> str:
    option, equals, value = word.rpartition("=")
    if os.path.isabs(value) or value.startswith(("~", "..")):
        value = Path(value).name
    return f"{option}{equals}{value}"


def _stamp(content: bytes | Path) -> tuple | bytes:
    """Returns a value that changes with the content."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).digest()
    stat = content.stat()
    return (stat.st_mtime_ns, stat.st_size)
