"""One training job: its request, its progress, and its record `job.json`, from which a restarted server continues."""

import hashlib
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ganlib import UserError, files
from ganlib.runs.run import Run
from studio.drawing import sheets
from studio.jobs.request import CHECKPOINTS, OWN, PICTURES, TrainingRequest

RECORD, CACHE = "job.json", "cache"
ENDED = ("finished", "stopped", "failed")
BROKEN_OFF = ("paused", "interrupted", "failed")
IDLE = ("paused", "interrupted", *ENDED)  # neither running nor waiting
MOST_NOTES = 50


@dataclass
class Job:
    """A training job. Its folder holds the record, the run, and the inputs of train.py.

    States: waiting, running, stopping (pausing or stopping), paused, interrupted (by the server's end or a signal from
    outside), finished, stopped, failed.
    """

    id: str
    folder: Path
    owner: str  # a digest of the visitor's token
    order: TrainingRequest
    created: float  # Unix time in seconds, as all times
    state: str = "waiting"
    changed: float = 0.0  # time of the last change of state; begun and ended are None until then
    begun: float | None = None
    ended: float | None = None
    reason: str | None = None  # key of the reason of a failure
    detail: str = ""  # train.py's message about it
    images: int = 0
    total: int | None = None
    seconds: float = 0.0  # of training
    speed: float | None = None  # images per second
    stretches: int = 0  # processes started and rollbacks: each may have removed lines of the history
    health: dict[str, Any] | None = None
    went_back: int | None = None  # images of the checkpoint to which it last rolled back
    notes: list[str] = field(default_factory=list)
    changes: dict[str, str] = field(default_factory=dict)  # options of train.py that a remedy set for the next process

    @property
    def path(self) -> Path:
        return self.folder / self.name

    @property
    def title(self) -> str:
        """The title, the same in every language: "mnist → 7"."""
        order = self.order
        what = ", ".join(order.classes)
        if order.dataset is None:
            what = f"{order.pictures} ▦"
        elif order.dataset != order.of:
            what = f"{order.dataset} {what}".strip()
        return f"{order.of or order.recipe} → {what or order.dataset}"

    @property
    def name(self) -> str:
        """The name of its run in a .zip or as another job's parent: "mnist-7"."""
        return sheets.slug(self.title)

    @property
    def resumable(self) -> bool:
        """Whether it is suspended or failed, is not complete, and still has its pictures."""
        return (
            self.state in BROKEN_OFF
            and not self.complete
            and (self.order.dataset is not None or (self.folder / PICTURES).is_dir())
        )

    @property
    def complete(self) -> bool:
        return self.remaining < 1 or (self.total is not None and self.images >= self.total)

    @property
    def remaining(self) -> float:
        """Seconds of training left, at most."""
        return max(0.0, 60 * self.order.minutes - self.seconds)

    def belongs_to(self, visitor: Any) -> bool:
        return isinstance(visitor, str) and self.owner == digest(visitor)

    def arguments(self, device: str, seconds: float) -> list[str]:
        """Returns the arguments of train.py, run in the job's folder for the next `seconds`."""
        where = ["--device", device, "--minutes", f"{round(seconds / 60, 4):g}"]
        if not (self.path / "config.json").exists():
            shutil.rmtree(self.path, ignore_errors=True)
            return [*self.order.arguments(), *where, "--out", self.name]
        return ["--resume", self.name, *where, *(part for option in self.changes.items() for part in option)]

    def environment(self) -> dict[str, str]:
        """Returns environment variables of train.py: uploads are cached in the job's folder, to be deleted with it."""
        return {} if self.order.dataset else {"GANLIB_CACHE": str(self.folder / CACHE)}

    def forget_pictures(self) -> None:
        for name in (PICTURES, CACHE):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def update(self, event: dict[str, Any]) -> None:
        """Updates the progress by an event of train.py."""
        self.images = event.get("images", self.images) if event["event"] != "begun" else self.images
        self.total = event.get("total", self.total)
        self.seconds = event.get("seconds", self.seconds)
        match event["event"]:
            case "begun":
                self.images, self.stretches = event["images"], self.stretches + 1
                self.notes = [str(note) for note in event.get("notes", [])][:MOST_NOTES]
            case "progress":
                self.speed = event["images_per_second"]
            case "health":
                self.health = {key: event.get(key) for key in ("verdict", "reason", "numbers", "remedy")}
            case "rolled_back":
                self.stretches += 1
                self.went_back = event["images"]

    def restore_progress(self) -> None:
        """Restores the progress from the history, since the record was written when the process began."""
        for line in self.history()[-1:]:
            self.images, self.seconds = line["images"], line.get("seconds", self.seconds)

    def history(self) -> list[dict[str, Any]]:
        """Returns the lines of the run's history so far."""
        try:
            return Run.open(self.path).history()
        except UserError:
            return []

    def save(self) -> None:
        """Writes the record. Raises OSError."""
        record = asdict(self) | {"order": self.order.to_json()}
        del record["folder"], record["id"]
        files.write_json(self.folder / RECORD, record)

    @classmethod
    def read(cls, folder: Path) -> "Job":
        """Reads the job in `folder`. Raises UserError, OSError, TypeError, KeyError or ValueError if it has no valid record."""
        record = files.read_json(folder / RECORD)
        return cls(id=folder.name, folder=folder, **record | {"order": TrainingRequest.from_json(record["order"])})


@dataclass(frozen=True)
class Materials:
    """The inputs of a training: the folder of runs, the name and folder of a private run to start from, and a folder of
    uploaded pictures."""

    checkpoints: Path
    parent: tuple[str, Path] | None = None
    pictures: Path | None = None

    def put(self, folder: Path) -> None:
        """Links the runs into `folder` under names that reveal no path of this machine, and moves the pictures there."""
        (folder / CHECKPOINTS).symlink_to(self.checkpoints.resolve(), target_is_directory=True)
        if self.parent is not None:
            name, path = self.parent
            (folder / OWN).mkdir()
            (folder / OWN / name).symlink_to(path.resolve(), target_is_directory=True)
        if self.pictures is not None:
            shutil.move(self.pictures, folder / PICTURES)
            self.pictures.parent.rmdir()

    def discard(self) -> None:
        """Deletes the pictures, if `put` has not moved them."""
        if self.pictures is not None:
            shutil.rmtree(self.pictures.parent, ignore_errors=True)


def digest(visitor: str) -> str:
    """Returns the hash of a visitor's token, which is stored in place of the token."""
    return hashlib.sha256(visitor.encode()).hexdigest()
