"""Follows or cancels a job that `train.py --on hf-jobs` has started: `python -m ganlib.remote`.

python -m ganlib.remote follow OWNER/JOB      # the progress bar and messages, from the beginning
python -m ganlib.remote cancel OWNER/JOB      # ends it; what was uploaded before stays
"""

import argparse

from ganlib import UserError
from ganlib.cli import options_of, run_command
from ganlib.remote.following import Following
from ganlib.remote.job import Job


def main(arguments: list[str] | None = None) -> int:
    from huggingface_hub import HfApi

    options = options_of(_parser(), arguments)
    owner, slash, id = options.job.partition("/")
    if not (owner and slash and id.isalnum()):
        raise UserError(f"{options.job!r} is no job: give OWNER/JOB, as train.py has printed it.")
    job = Job(HfApi(), owner, id)
    if options.command == "cancel":
        job.cancel()
        print(f"{job.address} is cancelled")
        return 0
    return Following(job, _repository(job)).follow()


def _repository(job: Job) -> str:
    """Returns where the job's run goes. Raises UserError if the job is none of train.py."""
    command = job.info().command or []
    try:
        return command[command.index("--push-to-hub") + 1]
    except (ValueError, IndexError):
        raise UserError(f"{job.address} trains no run of this project.") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ganlib.remote", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (("follow", "show its progress"), ("cancel", "end it")):
        commands.add_parser(name, help=text).add_argument("job", metavar="OWNER/JOB")
    return parser


if __name__ == "__main__":
    run_command(main)
