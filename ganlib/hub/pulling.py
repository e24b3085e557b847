"""Downloads a run from the Hub: checked before it is fetched, and again before it is used.

Only the files of a run's layout are fetched. Sizes are checked against the config before large files are downloaded, and
tensor shapes before memory is allocated. Runs in the Hub client's cache open offline.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from ganlib import UserError
from ganlib.files import PARTIAL, DamagedFile
from ganlib.hub.errors import explained
from ganlib.hub.names import LAYOUT, Name, in_layout, parse
from ganlib.runs.run import Run

MOST_FILES = 20_000
MOST_BYTES = 4 * 2**30  # of a run
CONFIG_BYTES = 2**18
FILE_BYTES = 2**26  # of a history, scores, a picture or a card
MOST_ERROR = 400  # characters of an error message that may quote a file
HEADER_BYTES = 2**20  # of a safetensors file, besides its weights


def pull(
    text: str, *, token: str | bool | None = None, cache_dir: Path | None = None, most_bytes: int = MOST_BYTES, **client: Any
) -> Path:
    """Downloads the run OWNER/NAME[@REVISION], of at most `most_bytes`. Returns its folder in the client's cache.

    `token` False requests anonymously; `client` are further arguments of huggingface_hub's snapshot_download:
    `local_files_only`, `force_download`. Raises UserError if there is no such run, or the repository is not a run.
    """
    from huggingface_hub import HfApi, snapshot_download

    name = parse(text)
    api = HfApi(token=token)
    with explained(name):
        local = client.get("local_files_only", False)
        revision = api.resolve_revision(
            name.repo, revision=name.revision, local_files_only=local, token=token, cache_dir=cache_dir
        )
        fetch = {"repo_id": name.repo, "revision": revision, "token": token, "cache_dir": cache_dir, **client}
        folder = None if client.get("force_download") else _kept(fetch)
        if folder is None:
            files = islice(api.list_repo_tree(name.repo, recursive=True, revision=revision.resolved), MOST_FILES + 1)
            sizes = {file.path: getattr(file, "size", 0) for file in files}
            _check_names(name, sizes, most_bytes)
            folder = Path(snapshot_download(**fetch, allow_patterns=["config.json"]))
            with _naming_repository(name, folder):
                _check_sizes(name, Run.open(folder), sizes)
            snapshot_download(**fetch, allow_patterns=list(LAYOUT))
    with _naming_repository(name, folder):
        Run.open(folder).check_weights()
    return folder


def check_new(out: Path) -> None:
    """Raises UserError unless `out` is a new or an empty folder."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out} already exists; choose another --out.")


def copy(folder: Path, out: Path, more: Mapping[str, Path] = MappingProxyType({})) -> None:
    """Copies a pulled run into the new or empty folder `out`, atomically, with `more` files by name. Raises UserError."""
    check_new(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.", suffix=PARTIAL) as partial:
            whole = Path(partial, "run")
            for file in folder.rglob("*"):
                path = file.relative_to(folder)
                if in_layout(path.as_posix()):
                    (whole / path).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(file, whole / path)
            for name, file in more.items():
                shutil.copyfile(file, whole / name)
            whole.replace(out)
    except OSError as error:
        raise UserError(f"--out {out} can't be written ({error.strerror}).") from error


def kept_bytes(text: str) -> int:
    """Returns the bytes of all files of the repository OWNER/NAME[@REVISION] in the client's cache, complete or not."""
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    folder = Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=parse(text).repo, repo_type="model")
    files = (file for part in ("blobs", "snapshots") for file in (folder / part).rglob("*"))
    return sum(file.stat().st_size for file in files if file.is_file() and not file.is_symlink())


def _kept(fetch: Mapping[str, Any]) -> Path | None:
    """Returns the folder of this commit if the cache holds all of it, else None."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(snapshot_download(**{**fetch, "local_files_only": True}, allow_patterns=list(LAYOUT)))
    except LocalEntryNotFoundError:
        if fetch.get("local_files_only"):
            raise
        return None


def _check_names(name: Name, sizes: Mapping[str, int], most_bytes: int) -> None:
    """Raises UserError unless these are the files of a run, within the limits of number and size."""
    if len(sizes) > MOST_FILES:
        raise UserError(f"{name} on the Hub holds more than {MOST_FILES:,} files; a run has fewer.")
    for path in sizes:
        if path.startswith("/") or ".." in PurePosixPath(path).parts or "\\" in path:
            raise UserError(f"{name} on the Hub was not fetched: its file {path!r} points out of its folder.")
    if "config.json" not in sizes or not any(PurePosixPath(path).parent.name in ("snapshots", "grids") for path in sizes):
        raise UserError(f"{name} on the Hub is no run of ours: it has no config.json beside snapshots of safetensors.")
    if sizes["config.json"] > CONFIG_BYTES:
        raise UserError(f"{name} on the Hub is no run of ours: its config.json has {sizes['config.json']:,} bytes.")
    total = sum(size for path, size in sizes.items() if in_layout(path))
    if total > most_bytes:
        raise UserError(f"{name} on the Hub has {total:,} bytes, and {most_bytes:,} are allowed here; it was not fetched.")


def _check_sizes(name: Name, run: Run, sizes: Mapping[str, int]) -> None:
    """Raises UserError for a file that is larger than the run's config allows."""
    weights = run.weights_bytes()
    for path, size in sizes.items():
        most = FILE_BYTES
        if path.endswith(".safetensors"):
            most = HEADER_BYTES + weights.get(path.partition("/")[0], 0)
        if in_layout(path) and size > most:
            raise UserError(f"{name} on the Hub was not fetched: {path} has {size:,} bytes, its config allows {most:,}.")


@contextmanager
def _naming_repository(name: Name, folder: Path) -> Iterator[None]:
    """Reports a damaged file by the repository's name instead of its path in the cache."""
    try:
        yield
    except DamagedFile as error:
        message = " ".join(str(error).replace(f"{folder}/", "").split())
        raise UserError(f"{name} on the Hub can't be opened: {message[:MOST_ERROR]}") from error
