"""Trains in a job: says what it costs, asks, uploads what the job needs, starts it and follows it."""

import shlex
import sys
from argparse import Namespace
from datetime import timedelta
from typing import TYPE_CHECKING

from ganlib import UserError, hub
from ganlib.datasets.arguments import reading
from ganlib.hub import states
from ganlib.hub.errors import explained
from ganlib.hub.names import Name
from ganlib.remote import code, data, job, machines
from ganlib.remote.data import LocalPictures
from ganlib.remote.following import Following
from ganlib.remote.machines import Machine
from ganlib.remote.request import Request, requested

if TYPE_CHECKING:
    from huggingface_hub import HfApi


def train(options: Namespace, arguments: list[str]) -> int:
    """Trains by the options of train.py, parsed from `arguments`, in a job. Returns the exit code. Raises UserError."""
    from huggingface_hub import HfApi, get_token

    request, api, token = requested(options, arguments), HfApi(), get_token()
    with explained(Name("your account")):
        owner = api.whoami()["name"]
        machine = machines.chosen(options.flavor or machines.DEFAULT, api.list_jobs_hardware())
    dataset, pictures = data.found(api, options.dataset, reading(options), owner) if options.dataset else (None, None)
    if options.resume is not None:
        states.check(options.resume)
    _ask(_offer(request, machine, pictures, options, owner), options.yes)
    running = _code(api, options, owner)
    hub.Repository(request.repo, private=options.private, revision=options.revision).prepare()
    if pictures:
        pictures.upload(api)
    device = options.device if options.device != "auto" else "cuda" if machine.gpus else "cpu"
    command = ["sh", f"{code.MOUNT}/{code.SCRIPT}", str(request.seconds), *request.command(dataset, device)]
    assert token is not None  # whoami has accepted it
    started = job.start(
        api, owner, command=command, flavor=machine.flavor, seconds=request.seconds, name=request.repo.rpartition("/")[2],
        code=running.volume(), token=token,
    )  # fmt: skip
    print(f"The job {started.address} runs the code {running}; the run goes to {request.repo}.", file=_texts(options))
    return Following(started, request.repo, _again(options), "json" in options.log_to).follow()


def _code(api: "HfApi", options: Namespace, owner: str) -> code.Code:
    if options.code:
        return code.named(api, options.code)
    return code.uploaded(api, f"{owner}/{code.REPOSITORY}", code.checkout())


def _offer(request: Request, machine: Machine, pictures: LocalPictures | None, options: Namespace, owner: str) -> list[str]:
    """Returns sentences on what this costs and uploads."""
    limit = timedelta(seconds=request.seconds)
    price = f"${machine.per_hour:.2f} an hour, ${machine.most(request.seconds):.2f} at most within its limit of {limit}"
    offer = [f"A job of {owner} on {machine.flavor} ({machine.described}): {price}, paid by {owner}."]
    if not options.code:
        offer.append(f"Uploads this project's code to the private repository {owner}/{code.REPOSITORY}.")
    if pictures:
        offer.append(f"Uploads {pictures}.")
    return offer


def _ask(offer: list[str], yes: bool) -> None:
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
