"""Uploads a run to the Hugging Face Hub, or downloads one: `python -m ganlib.hub`.

python -m ganlib.hub push checkpoints/mnist OWNER/NAME             # log in with `hf auth login` or HF_TOKEN
python -m ganlib.hub push checkpoints/mnist OWNER/NAME --private --revision v2
python -m ganlib.hub pull OWNER/NAME                               # into the Hub client's cache; prints the folder
python -m ganlib.hub pull OWNER/NAME@v2 --out checkpoints/theirs   # a run like any other
"""

import argparse
from pathlib import Path

from ganlib import hub
from ganlib.cli import options_of, run_command
from ganlib.hub import pulling


def main(arguments: list[str] | None = None) -> None:
    options = options_of(_parser(), arguments)
    if options.command == "push":
        address = hub.push(options.run, options.repo, private=options.private, revision=options.revision, state=options.state)
        print(f"{options.run} is at {address}")
    else:
        folder = hub.pull(options.repo)
        if options.out:
            pulling.copy(folder, options.out)
        print(f"{options.repo} is in {options.out or folder}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ganlib.hub", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    push = commands.add_parser("push", help="upload a run, or its new files")
    push.add_argument("run", type=Path, help="a run's folder")
    push.add_argument("repo", metavar="OWNER/NAME", help="a model repository; created if it does not exist")
    push.add_argument("--private", action="store_true", help="create the Hub repository as private")
    push.add_argument("--revision", help="a branch; created if it does not exist (default: main)")
    push.add_argument("--state", action="store_true", help="also the state, so that --resume OWNER/NAME goes on from there")
    pull = commands.add_parser("pull", help="download a run")
    pull.add_argument("repo", metavar="OWNER/NAME[@REVISION]", help="a branch, tag or commit (default: main)")
    pull.add_argument("--out", type=Path, metavar="DIR", help="copy it into this folder (default: leave it in the cache)")
    return parser


if __name__ == "__main__":
    run_command(main)
