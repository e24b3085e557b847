"""Prints sentences and a progress bar."""

import shlex
from pathlib import Path
from typing import TextIO

from ganlib.training.events import (
    Begun,
    Diverged,
    Event,
    Failed,
    Finished,
    HealthRead,
    Progress,
    RolledBack,
    SnapshotSaved,
    Stopped,
)
from ganlib.training.loggers.bars import tqdm


class Console:
    """Prints sentences on `out`, and a progress bar on stderr unless `out` is stderr.

    Args:
        what: what is trained on what, "digits on mnist".
        look: the command that shows the run.
        interrupt: what Ctrl-C does.
        again: options that the command to continue has besides --resume.
    """

    def __init__(self, out: TextIO, errors: TextIO, what: str, look: str, interrupt: str = "saves and ends", again: str = ""):
        self._out, self._errors, self._what, self._look = out, errors, what, look
        self._interrupt, self._again = interrupt, again
        self._bar: tqdm | None = None
        self._run = Path()

    def handle(self, event: Event) -> None:
        if isinstance(event, Begun):
            return self._begin(event)
        bar = self._bar
        if bar is not None:  # an error may come before `Begun`
            bar.update(event.images - bar.n)
        match event:
            case Progress() if bar is not None:
                bar.set_description(f"epoch {event.epoch:.1f}", refresh=False)
                bar.set_postfix({name: f"{event.measures[name]:.2f}" for name in ("g_loss", "d_loss")})
            case SnapshotSaved():
                scores = ", ".join(f"{name} {value:.3g}" for name, value in event.scores.items())
                tqdm.write(f"{event.snapshot.label}: {event.grid}{f'; {scores}' if scores else ''}", self._out)
            case HealthRead():
                tqdm.write(event.reading.sentence, self._out)
            case RolledBack():
                tqdm.write(event.sentence, self._out)
            case Diverged() | Failed():
                self._end(event.message, self._errors)
            case Stopped():
                again = f"python train.py --resume {shlex.quote(str(self._run))}{self._again}"
                self._end(f"Saved after {event.images:,} images. Continue with: {again}", self._out)
            case Finished():
                done = f"Done after {event.images:,} images: {self._run}. Look at it with: {self._look}"
                self._end(done, self._out)

    def close(self) -> None:
        if self._bar is not None:  # a bar without a total has no truth value
            self._bar.close()

    def _begin(self, event: Begun) -> None:
        self._run = event.run
        begun = f"Training {self._what} into {event.run}; Ctrl-C {self._interrupt}."
        for sentence in (begun, *event.notes):
            print(sentence, file=self._out)
        look = {"unit": "img", "unit_scale": True, "smoothing": 0.1, "disable": self._out is self._errors}
        self._bar = tqdm(total=event.total, initial=event.images, file=self._errors, **look)

    def _end(self, sentence: str, file: TextIO) -> None:
        self.close()
        print(sentence, file=file)
