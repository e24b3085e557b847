"""Races trainings: the same pictures, networks and seed under two to four settings, in turns in one process.

Whose seconds of training are fewest has the next turn, of about half a second, so that all have trained equally long at any
time. Each ends as it would alone, bit for bit, after as many images.
"""

import re
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

import torch

from ganlib import UserError
from ganlib.planning import plan, resuming, watching
from ganlib.training.events import Begun, Diverged, Event, Failed
from ganlib.training.loggers import Log
from ganlib.training.loggers.json_lines import JsonLines
from ganlib.training.loggers.sentences import Sentences
from ganlib.training.process_group import ProcessGroup
from ganlib.training.trainer import Trainer

Settings = Sequence[tuple[str, str]]  # fields of a recipe and their values as text, as those of --set
LEAST, MOST = 2, 4  # trainings of a race
REFUSED = ("on", "push_to_hub", "dry_run", "scores", "compile")  # options of a single training


class Lane:
    """One of the trainings of a race, called `name`. Its `trainer` holds its run's lock."""

    def __init__(self, name: str, trainer: Trainer, logs: list[Log], minutes: float | None, stop: watching.Stop):
        self.name, self.trainer, self._logs, self._stop = name, trainer, logs, stop
        self._events = trainer.events(minutes)
        self._last: Event | None = None
        self.over = False

    @property
    def code(self) -> int:
        """The exit code that its training would have."""
        return {Diverged: 1, Failed: 2}.get(type(self._last), 0)

    def begin(self, event: Begun) -> None:
        watching.tell(self._logs, event, self._stop)

    def turn(self) -> None:
        """Trains until its next event. An error ends this lane alone."""
        self.trainer.clock.go()
        try:
            event = next(self._events, None)
        except UserError as error:
            event = Failed(self.trainer.images, "refused", str(error))
        except (OSError, MemoryError, RuntimeError) as error:
            event = watching.failure(self.trainer, error)
        self.trainer.clock.pause()
        self.over = event is None
        if event is not None:
            self._last = event
            watching.tell(self._logs, event, self._stop)


def check(options: Namespace, processes: ProcessGroup | None) -> None:
    """Raises UserError for a race that can't be, or options that are not of a race."""
    if processes:
        raise UserError("A race is of one process: start it with python, without torchrun.")
    least = LEAST if options.resume is None else 1  # the others may be over
    if not least <= len(options.race) <= MOST:
        raise UserError(f"--race takes {least} to {MOST} trainings; give it once for each, not {len(options.race)} times.")
    if len({name_of(settings) for settings in options.race}) < len(options.race):
        raise UserError("Two trainings of this race have the same settings; leave one of them out.")
    for name in REFUSED:
        if getattr(options, name):
            raise UserError(f"--{name.replace('_', '-')} is of a single training: leave it out, or --race.")
    if set(options.log_to) - {"json"}:
        raise UserError("A race logs to json only: leave the other --log-to out, or --race.")


def run(options: Namespace, device: torch.device) -> int:
    """Begins or resumes the race of the options, and runs it to its end. Returns 0 if any training ended well, else the highest
    exit code. The options were checked. Raises UserError before anything has begun."""
    lanes: list[Lane] = []

    def stop(whole: bool) -> None:
        for lane in lanes:
            lane.trainer.stop(whole)

    for name, trainer, notes in _trainers(options, device):
        log = JsonLines(sys.stdout, name) if "json" in options.log_to else Sentences(sys.stdout, name)
        lanes.append(Lane(name, trainer, [log], options.minutes, stop))
        lanes[-1].begin(watching.beginning(trainer, options.minutes, notes))
        trainer.cores = lanes[0].trainer.cores
    with watching.ended_by_signals(stop):
        while racing := [lane for lane in lanes if not lane.over]:
            min(racing, key=lambda lane: lane.trainer.seconds).turn()
    codes = [lane.code for lane in lanes]
    return max(codes) if all(codes) else 0


def name_of(settings: Settings) -> str:
    """Returns the name of a training by what is its own: "hinge", "r1-0.5"; the last part of its run's folder."""
    parts = (value if field == "loss" else f"{field}-{value}" for field, value in settings)
    return "-".join(re.sub(r"[^\w.-]+", "-", part) for part in parts)


def path_of(stem: Path | str, settings: Settings) -> Path:
    """Returns the folder of a training's run: "mnist-hinge" beside "mnist-least-squares"."""
    return Path(f"{stem}-{name_of(settings)}")


def _trainers(options: Namespace, device: torch.device) -> list[tuple[str, Trainer, tuple[str, ...]]]:
    """Returns name, trainer and notes of each training. All new ones are planned before the first is begun."""
    named = [(name_of(settings), settings) for settings in options.race]
    if options.resume is not None:
        if not options.resume:
            raise UserError("Say which race to continue: --resume takes what was its --out.")
        told = [Namespace(**vars(options) | {"resume": str(path_of(options.resume, own))}) for _, own in named]
        return [(name, resuming.resumed(one, device), ()) for (name, _), one in zip(named, told, strict=True)]
    told = [_alone(options, own) for _, own in named]
    plans = [plan.planned(one, device) for one in told]
    for (_, settings), new, one in zip(named, plans, told, strict=True):
        stem = options.out or plan.CHECKPOINTS / plan.name_of(new.config, new.parent)
        one.out = path_of(stem, settings)
        if one.out.exists():
            raise UserError(f"{one.out} already exists; choose another --out, or continue the race with --resume {stem}.")
    return [(name, plan.begun(new, one, device), new.notes) for (name, _), new, one in zip(named, plans, told, strict=True)]


def _alone(options: Namespace, settings: Settings) -> Namespace:
    """Returns the options of one of the trainings: its settings replace those of all."""
    own = {field: None for field, _ in settings if hasattr(options, field)}
    return Namespace(**vars(options) | own | {"settings": [*options.settings, *settings]})
