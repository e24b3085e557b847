"""Trains in a job: says what it costs, asks, uploads what the job needs, starts it and follows it."""

import shlex
import sys
from argparse import Namespace

from ganlib import UserError
from ganlib.remote.following import Following
from ganlib.remote.offer import offered


def train(options: Namespace, arguments: list[str]) -> int:
    """Trains by the options of train.py, parsed from `arguments`, in a job. Returns the exit code. Raises UserError."""
    from huggingface_hub import HfApi

    offer = offered(HfApi(), options, arguments)
    ask(offer.sentences(), options.yes)
    started, code = offer.accept()
    repo = offer.request.repo
    print(f"The job {started.address} runs the code {code}; the run goes to {repo}.", file=_texts(options))
    return Following(started, repo, _again(options), "json" in options.log_to).follow()


def ask(offer: list[str], yes: bool) -> None:
    """Prints the offer and asks for consent, unless `yes`. Raises UserError without it."""
    print(*offer, sep="\n", file=sys.stderr)
    if yes:
        return
    if not sys.stdin.isatty():
        raise UserError("This costs money, and nobody can be asked here: agree with --yes.")
    try:
        answer = input("Go on? [y/N] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        raise UserError("Nothing was uploaded or started.")


def _again(options: Namespace) -> str:
    """Returns the options of the job for the command that continues."""
    words = ["--on", options.on, *(["--flavor", options.flavor] if options.flavor else [])]
    return f" {shlex.join(words + (['--code', options.code] if options.code else []))}"


def _texts(options: Namespace):
    return sys.stderr if "json" in options.log_to else sys.stdout
