"""What is asked for with `train.py --on hf-jobs`: the options of the job itself, and the arguments of train.py in it."""

import argparse
from argparse import Namespace
from dataclasses import dataclass

from ganlib import UserError, hub
from ganlib.planning import settings
from ganlib.planning.registration import SHIPPED
from ganlib.recipes import RECIPES, suggest

STARTING = 15 * 60  # seconds for packages and pictures besides --minutes
HOUR = 3600
LEAST = 600  # seconds of a job: packages take some minutes, and two are kept to save

# Options of this machine, or that the job gets anyway; all others reach it as they are.
REPLACED = ("on", "flavor", "timeout", "code", "dataset", "init-from", "push-to-hub", "out", "data-root", "device")
SWITCHES = ("yes", "dry-run", "list-recipes", "push-state", "quiet")
HERE = {
    "out": "is a folder of this machine; the run goes to --push-to-hub",
    "data_root": "is a folder of this machine; built-in sets are downloaded there",
    "dry_run": "measures this machine",
}


@dataclass(frozen=True)
class Request:
    """A training in a job: where its run goes, and its time limit in seconds."""

    repo: str
    seconds: int
    arguments: tuple[str, ...]  # of train.py, besides those that `Request.command` adds

    def command(self, dataset: str | None, parent: str | None, device: str) -> list[str]:
        """Returns the arguments of train.py in the job."""
        named = {
            "--dataset": dataset,
            "--init-from": parent,
            "--device": device,
            "--out": f"checkpoints/{self.repo.rpartition('/')[2]}",
            "--push-to-hub": self.repo,
            "--log-to": "json",  # given here too, it is the same once more
        }
        words = [word for name, value in named.items() if value for word in (name, value)]
        return [*words, "--quiet", "--push-state", *self.arguments]


def requested(options: Namespace, arguments: list[str]) -> Request:
    """Returns the request by the parsed options and the arguments that they were parsed from. Raises UserError."""
    for name, reason in HERE.items():
        if getattr(options, name):
            raise UserError(f"--{name.replace('_', '-')} {reason}; leave it out with --on {options.on}.")
    others = sorted(set(options.log_to) - {"json"})
    if others:
        raise UserError(f"--log-to {others[0]} can't be followed from a job; leave it out with --on {options.on}.")
    resumed = _resumed(options)
    repo = options.push_to_hub or resumed
    if repo is None:
        raise UserError("The machine of a job is gone after it: say where the run goes with --push-to-hub OWNER/NAME.")
    hub.Repository(repo, revision=options.revision)  # raises for what is no name
    if options.resume is None and options.dataset is None:
        raise UserError("Say what to train on with --dataset, for example --dataset mnist, or continue a run with --resume.")
    _check_settings(options)
    return Request(repo, time_limit(options.timeout, options.minutes), _passed_on(options, arguments))


def _check_settings(options: Namespace) -> None:
    """Raises UserError for settings that a new run refuses, before they cost anything, and for those that only this process
    knows."""
    named = [value for field, value in options.settings if field == "loss" or field.endswith(".family")]
    for name in filter(None, (options.recipe, *named)):
        if name not in SHIPPED:
            raise UserError(
                f"A job has the project's own code, in which there is no {name}; choose what {options.on} can know."
            )
    if options.resume is None and options.init_from is None:
        settings.changed(options, RECIPES.get(options.recipe) or suggest(options.dataset))


def _resumed(options: Namespace) -> str | None:
    """Returns the repository of the run to resume; None without --resume. Raises UserError if it is not on the Hub."""
    if options.resume is None:
        return None
    if not options.resume or not hub.is_on_hub(options.resume):
        raise UserError(
            f"A job goes on with runs of the Hub, --resume OWNER/NAME, and {options.resume or 'none'} is given; upload one of "
            "this machine with python -m ganlib.hub push RUN OWNER/NAME --state."
        )
    return hub.parse(options.resume).repo


def time_limit(timeout: int | None, minutes: float | None = None) -> int:
    """Returns the seconds of a job by --timeout, or by the minutes that it trains. Raises UserError."""
    if timeout is None:
        return HOUR if minutes is None else round(60 * minutes) + STARTING
    if timeout < LEAST:
        raise UserError(f"A job needs some minutes to begin and two to save: give a --timeout of {LEAST // 60}m or more.")
    return timeout


def _passed_on(options: Namespace, arguments: list[str]) -> tuple[str, ...]:
    """Returns the arguments less those of REPLACED and SWITCHES."""
    parser = argparse.ArgumentParser(add_help=False)
    for name in REPLACED:
        parser.add_argument(f"--{name}")
    for name in SWITCHES:
        parser.add_argument(f"--{name}", action="store_true")
    _, rest = parser.parse_known_args(arguments)
    return tuple(rest)
