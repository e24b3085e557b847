"""Prints the sentences of one of several trainings that take turns, each after its name."""

from typing import TextIO

from ganlib.training.events import Begun, Diverged, Event, Failed, Finished, HealthRead, Stopped


class Sentences:
    """Prints on `out` what happens to the training called `name`; no progress bar, since several would overwrite each other."""

    def __init__(self, out: TextIO, name: str):
        self._out, self._name = out, name

    def handle(self, event: Event) -> None:
        match event:
            case Begun():
                self._say(f"trains into {event.run}.", *event.notes)
            case HealthRead():
                self._say(f"after {event.images:,} images: {event.reading.sentence}")
            case Diverged() | Failed():
                self._say(event.message)
            case Stopped():
                self._say(f"saved after {event.images:,} images.")
            case Finished():
                self._say(f"done after {event.images:,} images.")

    def close(self) -> None:
        pass

    def _say(self, *sentences: str) -> None:
        for sentence in sentences:
            print(f"{self._name}: {sentence}", file=self._out, flush=True)
