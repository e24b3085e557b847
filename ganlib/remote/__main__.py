"""Follows or cancels jobs that `--on hf-jobs` has started: `python -m ganlib.remote`.

python -m ganlib.remote follow OWNER/JOB      # the progress bar and messages, from the beginning
python -m ganlib.remote cancel OWNER/JOB      # ends it; what was uploaded before stays
python -m ganlib.remote follow OWNER/JOB OWNER/JOB ...      # those of a sweep
"""

import argparse
from typing import TYPE_CHECKING

from ganlib import UserError
from ganlib.cli import options_of, run_command
from ganlib.remote import workers
from ganlib.remote.following import Following
from ganlib.remote.job import Job, is_of_sweep, repository

if TYPE_CHECKING:
    from huggingface_hub import HfApi


def main(arguments: list[str] | None = None) -> int:
    from huggingface_hub import HfApi

    options = options_of(_parser(), arguments)
    api = HfApi()
    jobs = [_named(api, text) for text in options.jobs]
    if options.command == "cancel":
        for job in jobs:
            job.cancel()
            print(f"{job.address} is cancelled")
        return 0
    infos = [job.info() for job in jobs]
    if all(map(is_of_sweep, infos)):
        return workers.follow(jobs)
    if len(jobs) > 1:
        raise UserError("Several jobs are followed at once if all are of a sweep; give one.")
    repo = repository(infos[0])
    if repo is None:
        raise UserError(f"{jobs[0].address} trains no run of this project.")
    return Following(jobs[0], repo).follow()


def _named(api: "HfApi", text: str) -> Job:
    owner, slash, id = text.partition("/")
    if not (owner and slash and id.isalnum()):
        raise UserError(f"{text!r} is no job: give OWNER/JOB, as the command that started it has printed it.")
    return Job(api, owner, id)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ganlib.remote", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (("follow", "show its progress"), ("cancel", "end it")):
        commands.add_parser(name, help=text).add_argument("jobs", nargs="+", metavar="OWNER/JOB")
    return parser


if __name__ == "__main__":
    run_command(main)
