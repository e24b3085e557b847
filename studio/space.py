"""Publishes this project with chosen runs as a Hugging Face Space, in one commit: `python -m studio.space`.

python -m studio.space OWNER/NAME                             with all runs that ship with the project
python -m studio.space OWNER/NAME --runs mnist,my-faces       with these; other runs on the Space are removed
python -m studio.space OWNER/NAME --private --hardware zero-a10g
python -m studio.space OWNER/NAME --bucket OWNER/STORAGE      trainings of the page outlast a restart
"""

import argparse
from pathlib import Path

from ganlib import UserError
from ganlib.cli import options_of, run_command
from ganlib.hub.errors import explained
from ganlib.hub.names import in_layout, parse
from ganlib.remote.code import ROOT, checkout
from studio.library import Entry, Library

CHECKPOINTS = ROOT / "checkpoints"
FILES = ("README.md", "LICENSE", "requirements.txt", "app.py", "train.py")
MOUNT = "/trainings"  # in the Space, of its bucket
KEEP = "STUDIO_KEEP"  # the variable by which app.py knows where to keep trainings
FOLDERS = ("ganlib", "studio", "docs")


def contents(runs: list[Entry]) -> dict[str, Path]:
    """Returns a Space's files by their path in it: the app without tests, and `runs` without their checkpoints."""
    held = checkout(FILES, FOLDERS)
    for entry in runs:
        for path in entry.run.path.rglob("*"):
            if in_layout(name := path.relative_to(entry.run.path).as_posix()):
                held[f"checkpoints/{entry.name}/{name}"] = path
    return dict(sorted(held.items()))


def publish(repo: str, held: dict[str, Path], private: bool = False, hardware: str | None = None) -> str:
    """Makes the Space `repo` hold the files `held`, in one commit, or none if nothing differs; returns its URL.

    Deletes other files in the project's folders, and keeps those that its owner put elsewhere. Raises UserError.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, HfApi

    api = HfApi()
    with explained(parse(repo)):
        url = api.create_repo(repo, repo_type="space", space_sdk="gradio", private=private or None, exist_ok=True)
        if private and not api.repo_info(repo, repo_type="space").private:
            raise UserError(f"The Space {repo} is there and public; make it private in its settings, or leave out --private.")
        there = api.list_repo_files(repo, repo_type="space")
        stale = [path for path in there if path not in held and path.split("/")[0] in (*FOLDERS, "checkpoints")]
        operations: list[CommitOperationAdd | CommitOperationCopy | CommitOperationDelete] = []
        operations += [CommitOperationAdd(path, file) for path, file in held.items()]
        operations += [CommitOperationDelete(path) for path in stale]
        api.create_commit(repo, operations, repo_type="space", commit_message="Update GAN Studio")
        if hardware:
            # The Hub may offer hardware that the client's declared type doesn't list.
            api.request_space_hardware(repo, hardware)  # type: ignore[arg-type]
    return str(url)


def keep_trainings(repo: str, bucket: str) -> None:
    """Mounts a private bucket, made if it is missing, in the Space `repo`, where the app keeps the page's trainings; leaves its
    other volumes. Restarts the Space if that changes anything. Raises UserError."""
    from huggingface_hub import HfApi, Volume

    api = HfApi()
    with explained(parse(bucket)):
        api.create_bucket(bucket, private=True, exist_ok=True)
        if not api.bucket_info(bucket).private:
            raise UserError(f"The bucket {bucket} is there and public, and would show visitors' pictures; name another.")
    with explained(parse(repo)):
        volumes = api.get_space_runtime(repo).volumes or []
        held = next((volume for volume in volumes if volume.mount_path == MOUNT), None)
        if held and (held.type, held.source) != ("bucket", bucket):
            raise UserError(f"{repo} has {held.source} at {MOUNT} already; take that off in the Space's settings first.")
        if not held:
            api.set_space_volumes(repo, [*volumes, Volume(type="bucket", source=bucket, mount_path=MOUNT)])
        variable = api.get_space_variables(repo).get(KEEP)
        if variable is None or variable.value != MOUNT:
            api.add_space_variable(repo, KEEP, MOUNT)


def main(arguments: list[str] | None = None) -> None:
    options = options_of(_parser(), arguments)
    if options.bucket:
        parse(options.bucket)  # raises before anything is uploaded
    runs = _chosen(Library(options.checkpoints), options.runs)
    held = contents(runs)
    size = sum(path.stat().st_size for path in held.values())
    names = ", ".join(entry.name for entry in runs) or "no runs"
    print(f"{options.repo}: {len(held)} files, {size / 2**20:.0f} MB, with {names}", flush=True)
    url = publish(options.repo, held, options.private, options.hardware)
    if options.bucket:
        keep_trainings(options.repo, options.bucket)
        print(f"Trainings of the page are kept in the bucket {options.bucket}")
    print(f"{url} builds now; its page shows how that goes")


def _chosen(library: Library, names: str | None) -> list[Entry]:
    """Returns the runs in the comma-separated `names`, the shipped ones for None. Raises UserError for a damaged one."""
    if names is None:
        return [entry for entry in library.entries().values() if entry.shipped and not entry.damage]
    entries = [library.find(name) for name in names.split(",")]
    for entry in entries:
        if entry.damage:
            raise UserError(f"The run {entry.name} is damaged: {entry.damage.detail}")
    return entries


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m studio.space", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repo", metavar="OWNER/NAME", help="the Space; your token must be allowed to write there")
    parser.add_argument("--runs", metavar="A,B", help="runs in --checkpoints, by name (default: those that ship)")
    parser.add_argument("--checkpoints", type=Path, default=CHECKPOINTS, help="the folder of runs (default: checkpoints)")
    parser.add_argument("--private", action="store_true", help="create the Space as private")
    parser.add_argument("--hardware", help="such as cpu-basic (the default of a new Space), t4-small or zero-a10g (ZeroGPU)")
    parser.add_argument(
        "--bucket", metavar="OWNER/NAME", help="a private bucket in which trainings of the page outlast a restart"
    )
    return parser


if __name__ == "__main__":
    run_command(main)
