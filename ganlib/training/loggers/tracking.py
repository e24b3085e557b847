"""Hands the events of a training to an experiment tracker: numbers, grids, health as alerts. A tracker that fails is left out.

A run has an id of its own, kept in its folder, so that a resumed run goes on in the tracker where it was.
"""

import logging
import secrets
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from ganlib import UserError, files, pictures
from ganlib.files import DamagedFile
from ganlib.training.events import Diverged, Event, Failed, GridSaved, HealthRead, Progress, RolledBack, SnapshotSaved
from ganlib.training.health import SOUND

PROJECT = "gan-studio"
KEPT = "tracking.json"  # in the run's folder: the id, and the images up to which numbers were handed over

logger = logging.getLogger(__name__)


class Tracker(Protocol):
    """A run in an experiment tracker."""

    def log(self, values: Mapping[str, Any], images: int) -> None:
        """Logs numbers after `images` images."""

    def show(self, picture: Image.Image, images: int) -> None:
        """Logs an RGB picture of samples."""

    def alert(self, title: str, text: str, serious: bool) -> None: ...

    def finish(self) -> None:
        """Flushes what was logged, and marks the run as ended."""


Begin = Callable[[str, str, Mapping[str, Any]], Tracker]  # from an id, a display name and a config


class Tracking:
    """Logs losses, mean logits, vitals, artefacts, speed, scores, grids and health to the tracker that `begin` makes.

    Args:
        name: the tracker's, for warnings.
        folder: the run's.
        config: the settings to show, without local paths.
        begin: begins the tracker's run or goes on with it. Raises UserError only where its package is missing.
    """

    def __init__(self, name: str, folder: Path, config: Mapping[str, Any], begin: Begin):
        self._name, self._kept = name, folder / KEPT
        self._id, self._logged = self._read()
        self._save()
        self._tracker: Tracker | None = None
        self._verdict = "too-early"

        def start() -> None:
            self._tracker = begin(self._id, folder.resolve().name, config)

        self._attempt(start)

    def handle(self, event: Event) -> None:
        if (tracker := self._tracker) is not None:
            self._attempt(lambda: self._pass_on(event, tracker))

    def close(self) -> None:
        if self._tracker is not None:
            self._attempt(self._tracker.finish)

    def _pass_on(self, event: Event, tracker: Tracker) -> None:
        match event:
            case Progress() if event.images > self._logged:  # a resumed run computes the rest anew, the same numbers
                values = event.measures | event.vitals | event.artefacts | {"images_per_second": event.images_per_second}
                tracker.log(values | {"epoch": event.epoch}, event.images)
                self._logged = event.images
                self._save()
            case SnapshotSaved():
                if event.scores:
                    tracker.log({f"scores/{name}": value for name, value in event.scores.items()}, event.images)
                tracker.show(_rgb(event.grid), event.images)
            case GridSaved():
                tracker.show(_rgb(event.grid), event.images)
            case HealthRead():
                self._tell_health(event, tracker)
            case RolledBack():
                self._logged = event.images
                tracker.alert("rolled back", event.sentence, serious=False)
            case Diverged() | Failed():
                tracker.alert(type(event).__name__.lower(), event.message, serious=True)

    def _tell_health(self, event: HealthRead, tracker: Tracker) -> None:
        """Alerts where the verdict changes to one that is not sound."""
        verdict, before = event.reading.verdict, self._verdict
        self._verdict = verdict
        if verdict not in (*SOUND, "too-early", before):
            tracker.alert(verdict, f"After {event.images:,} images. {event.reading.sentence}", serious=verdict == "diverging")

    def _attempt(self, do: Callable[[], None]) -> None:
        """Calls `do`; if the tracker fails, the training goes on without it. What it prints goes to stderr, since stdout may be
        for JSON lines."""
        try:
            with redirect_stdout(sys.stderr):
                do()
        except UserError:
            raise
        except Exception as error:
            self._tracker = None
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            logger.warning("%s has failed (%s); the training goes on without it.", self._name, reason)

    def _read(self) -> tuple[str, int]:
        with suppress(DamagedFile, KeyError, TypeError, ValueError):
            kept = files.read_json(self._kept)
            return str(kept["id"]), int(kept["images"])
        return secrets.token_hex(4), -1

    def _save(self) -> None:
        files.write_json(self._kept, {"id": self._id, "images": self._logged})


def _rgb(grid: Path) -> Image.Image:
    """Reads a grid; grey becomes RGB, since trackio leaves out pictures of one channel."""
    with Image.open(grid) as picture:
        return pictures.opaque(picture).convert("RGB")
