"""The progress of one run of a job: of its only one, or of one of a race."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ganlib import UserError
from ganlib.runs.run import Run

MOST_NOTES = 50


@dataclass
class Lane:
    """How far a run of a job is, by the events of train.py."""

    name: str = ""  # in a race: what is its own, such as "hinge"
    images: int = 0
    total: int | None = None
    seconds: float = 0.0  # of training
    speed: float | None = None  # images per second
    stretches: int = 0  # processes started and rollbacks: each may have removed lines of the history
    health: dict[str, Any] | None = None
    went_back: int | None = None  # images of the checkpoint to which it last rolled back
    notes: list[str] = field(default_factory=list)
    fault: str | None = None  # the sentence of the error that ended it

    def update(self, event: dict[str, Any]) -> None:
        self.images = event.get("images", self.images) if event["event"] != "begun" else self.images
        self.total = event.get("total", self.total)
        self.seconds = event.get("seconds", self.seconds)
        match event["event"]:
            case "begun":
                self.images, self.stretches, self.fault = event["images"], self.stretches + 1, None
                self.notes = [str(note) for note in event.get("notes", [])][:MOST_NOTES]
            case "progress":
                self.speed = event["images_per_second"]
            case "health":
                self.health = {key: event.get(key) for key in ("verdict", "reason", "numbers", "remedy")}
            case "rolled_back":
                self.stretches += 1
                self.went_back = event["images"]
            case "diverged" | "failed":
                self.fault = str(event.get("message", ""))

    def left(self, minutes: float) -> float:
        """Returns the seconds of training left, at most, of `minutes`."""
        return max(0.0, 60 * minutes - self.seconds)

    def complete(self, minutes: float) -> bool:
        """Whether it has reached its length, or has trained for `minutes` but for less than a second."""
        reached = self.total is not None and self.images >= self.total
        return reached or (self.seconds > 0 and self.left(minutes) < 1)

    def restore(self, path: Path) -> None:
        """Restores the progress from the history of the run at `path`, since the record was written when the process began."""
        for line in history(path)[-1:]:
            self.images, self.seconds = line["images"], line.get("seconds", self.seconds)


def history(path: Path) -> list[dict[str, Any]]:
    """Returns the lines of the history of the run at `path`; none before it has begun."""
    try:
        return Run.open(path).history()
    except UserError:
        return []
