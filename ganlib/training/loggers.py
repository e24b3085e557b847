"""Loggers of a training, each of which gets every event: sentences with a progress bar, JSON lines, TensorBoard."""

import json
import shlex
from pathlib import Path
from typing import Any, Protocol, TextIO

import numpy as np
from PIL import Image
from tqdm import tqdm

from ganlib import UserError, pictures
from ganlib.training.events import (
    Advanced,
    Begun,
    Diverged,
    Estimated,
    Event,
    Failed,
    Finished,
    GridSaved,
    HealthRead,
    Progress,
    RolledBack,
    SnapshotSaved,
    Stopped,
)

KINDS: dict[type, str] = {  # names of the events in JSON lines
    Begun: "begun",
    Advanced: "advanced",
    Progress: "progress",
    SnapshotSaved: "snapshot",
    GridSaved: "grid",
    HealthRead: "health",
    RolledBack: "rolled_back",
    Diverged: "diverged",
    Failed: "failed",
    Stopped: "stopped",
    Finished: "finished",
    Estimated: "estimate",
}


class Log(Protocol):
    """Gets every event in order, and is closed after the last."""

    def handle(self, event: Event) -> None: ...

    def close(self) -> None: ...


class Console:
    """Prints sentences on `out`, and a progress bar on stderr unless `out` is stderr."""

    def __init__(self, out: TextIO, errors: TextIO, recipe: str, dataset: str, look: str):
        self._out, self._errors, self._what, self._look = out, errors, f"{recipe} on {dataset}", look
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
                again = f"python train.py --resume {shlex.quote(str(self._run))}"
                self._end(f"Saved after {event.images:,} images. Continue with: {again}", self._out)
            case Finished():
                done = f"Done after {event.images:,} images: {self._run}. Look at it with: {self._look}"
                self._end(done, self._out)

    def close(self) -> None:
        if self._bar is not None:  # a bar without a total has no truth value
            self._bar.close()

    def _begin(self, event: Begun) -> None:
        self._run = event.run
        for sentence in (f"Training {self._what} into {event.run}; Ctrl-C saves and ends.", *event.notes):
            print(sentence, file=self._out)
        look = {"unit": "img", "unit_scale": True, "smoothing": 0.1, "disable": self._out is self._errors}
        self._bar = tqdm(total=event.total, initial=event.images, file=self._errors, **look)

    def _end(self, sentence: str, file: TextIO) -> None:
        self.close()
        print(sentence, file=file)


class JsonLines:
    """Writes every event as a JSON object on a line of `out`, and flushes."""

    def __init__(self, out: TextIO):
        self._out = out

    def handle(self, event: Event | Estimated) -> None:
        print(json.dumps(as_json(event)), file=self._out, flush=True)

    def close(self) -> None:
        pass


class TensorBoard:
    """Logs losses, D's mean outputs, vitals, artefacts, speed, scores and grids for TensorBoard, in `folder`, over images seen.

    Raises UserError where the package is missing.
    """

    def __init__(self, folder: Path, images: int):
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise UserError("--log-to tensorboard needs a package that is not here: pip install tensorboard.") from error
        self._writer = SummaryWriter(str(folder), purge_step=images)  # drops what a killed run wrote after its state

    def handle(self, event: Event) -> None:
        match event:
            case Progress():
                values = event.measures | event.vitals | event.artefacts | {"images_per_second": event.images_per_second}
                self._write("", values, event.images)
            case SnapshotSaved():
                self._write("scores/", event.scores, event.images)
                self._show(event.grid, event.images)
            case GridSaved():
                self._show(event.grid, event.images)
            case HealthRead():
                self._writer.add_text("health", event.reading.sentence, event.images)

    def close(self) -> None:
        self._writer.close()

    def _write(self, group: str, values: dict[str, float], images: int) -> None:
        for name, value in values.items():
            self._writer.add_scalar(f"{group}{name}", value, images)

    def _show(self, grid: Path, images: int) -> None:
        with Image.open(grid) as picture:
            self._writer.add_image("grid", np.asarray(pictures.opaque(picture)), images, dataformats="HWC")


def as_json(event: Event | Estimated) -> dict[str, Any]:
    """Returns an event as a JSON object: its kind under `event`, its fields under their names, paths as text."""
    fields = vars(event)
    if isinstance(event, SnapshotSaved):
        fields = {"images": event.images, "epoch": event.snapshot.epoch, "grid": event.grid, "scores": event.scores}
    if isinstance(event, HealthRead):
        fields = {"images": event.images} | vars(event.reading)
    fields = {name: str(value) if isinstance(value, Path) else value for name, value in fields.items()}
    return {"event": KINDS[type(event)]} | fields
