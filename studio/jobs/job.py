"""A training job: its request, the progress of its runs, and its record `job.json`, from which a restarted server continues."""

import hashlib
import shutil
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from ganlib import files
from ganlib.planning import race
from studio.drawing import sheets
from studio.jobs.lane import Lane
from studio.jobs.request import CHECKPOINTS, OWN, PICTURES, TrainingRequest, raced

RECORD, CACHE = "job.json", "cache"
ENDED = ("finished", "stopped", "failed")
BROKEN_OFF = ("paused", "interrupted", "failed")
IDLE = ("paused", "interrupted", *ENDED)  # neither running nor waiting


@dataclass
class Job:
    """A training job, or a race of several. Its folder holds the record, the runs, and the inputs of train.py.

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
    lanes: list[Lane] = field(default_factory=list)  # one for each run: a race has several
    changes: dict[str, str] = field(default_factory=dict)  # options of train.py that a remedy set for the next process
    links: dict[str, str] = field(default_factory=dict)  # `Materials.links`

    def __post_init__(self):
        self.lanes = self.lanes or [Lane(race.name_of(settings)) for settings in self.order.race] or [Lane()]

    def path(self, lane: Lane) -> Path:
        """Returns the folder of a lane's run."""
        return self.folder / (f"{self.name}-{lane.name}" if lane.name else self.name)

    @property
    def runs(self) -> dict[str, Lane]:
        """Its lanes by the ids of their runs: that of the job, and in a race `ID.2` and so on for all but the first."""
        return {f"{self.id}.{number}" if number > 1 else self.id: lane for number, lane in enumerate(self.lanes, 1)}

    @property
    def title(self) -> str:
        """The title, the same in every language: "mnist → 7", of a race "mnist → 7 × 2"."""
        return f"{self._title} × {len(self.lanes)}" if self.order.race else self._title

    def title_of(self, lane: Lane) -> str:
        """Returns the title of a lane's run: "mnist → 7", "mnist → 7: hinge"."""
        return f"{self._title}: {lane.name}" if lane.name else self._title

    @property
    def _title(self) -> str:
        order = self.order
        what = ", ".join(order.classes)
        if order.dataset is None:
            what = f"{order.pictures} ▦"
        elif order.dataset != order.of:
            what = f"{order.dataset} {what}".strip()
        return f"{order.of or order.recipe} → {what or order.dataset}"

    @property
    def name(self) -> str:
        """The name of its run in a .zip or as another job's parent, or of a race the first part of those: "mnist-7"."""
        return sheets.slug(self._title)

    @property
    def resumable(self) -> bool:
        """Whether it is suspended or failed, is not complete, and still has its pictures."""
        return (
            self.state in BROKEN_OFF
            and not self.complete
            and (self.order.dataset is not None or (self.folder / PICTURES).is_dir())
        )

    @property
    def racing(self) -> list[Lane]:
        """The lanes that the next process trains: of a race those that have neither failed nor reached their length."""
        over = (lane.fault is not None or lane.complete(self.order.minutes) for lane in self.lanes)
        return [lane for lane, ended in zip(self.lanes, over, strict=True) if not (self.order.race and ended)]

    @property
    def complete(self) -> bool:
        return all(lane.complete(self.order.minutes) for lane in self.racing)

    @property
    def remaining(self) -> float:
        """Seconds of training left, at most."""
        return sum(lane.left(self.order.minutes) for lane in self.racing)

    @property
    def images(self) -> int:
        return sum(lane.images for lane in self.lanes)

    @property
    def seconds(self) -> float:
        return sum(lane.seconds for lane in self.lanes)

    def belongs_to(self, visitor: Any) -> bool:
        return isinstance(visitor, str) and self.owner == digest(visitor)

    def arguments(self, device: str, seconds: float) -> list[str]:
        """Returns the arguments of train.py, run in the job's folder for the next `seconds`."""
        racing = self.racing
        where = ["--device", device, "--minutes", f"{round(seconds / 60 / len(racing), 4):g}"]
        if not all((self.path(lane) / "config.json").exists() for lane in self.lanes):
            for lane in self.lanes:
                shutil.rmtree(self.path(lane), ignore_errors=True)
            return [*self.order.arguments(), *where, "--out", self.name]
        going = [settings for settings in self.order.race if race.name_of(settings) in {lane.name for lane in racing}]
        return ["--resume", self.name, *raced(going), *where, *(part for option in self.changes.items() for part in option)]

    def environment(self) -> dict[str, str]:
        """Returns environment variables of train.py: uploads are cached in the job's folder, to be deleted with it."""
        return {} if self.order.dataset else {"GANLIB_CACHE": str(self.folder / CACHE)}

    def forget_pictures(self) -> None:
        for name in (PICTURES, CACHE):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def update(self, event: dict[str, Any]) -> None:
        """Updates the progress by an event of train.py, which in a race names its lane."""
        for lane in self.lanes:
            if event.get("lane", "") == lane.name:
                lane.update(event)

    def restore_progress(self) -> None:
        for lane in self.lanes:
            lane.restore(self.path(lane))

    def restore_links(self) -> None:
        """Makes the links that its folder lacks because it was kept elsewhere. Raises OSError."""
        for name, target in self.links.items():
            link(self.folder / name, target)

    def save(self) -> None:
        """Writes the record. Raises OSError."""
        record = asdict(self) | {"order": self.order.to_json()}
        del record["folder"], record["id"]
        files.write_json(self.folder / RECORD, record)

    @classmethod
    def read(cls, folder: Path) -> "Job":
        """Reads the job in `folder`. Raises UserError, OSError, TypeError, KeyError or ValueError if it has no valid record."""
        record = files.read_json(folder / RECORD)
        order = TrainingRequest.from_json(record.pop("order"))
        if "lanes" not in record:  # by a version without races, whose jobs had the fields of their only lane
            record["lanes"] = [{known.name: record.pop(known.name) for known in fields(Lane) if known.name in record}]
        lanes = [Lane(**lane) for lane in record.pop("lanes")]
        return cls(id=folder.name, folder=folder, order=order, lanes=lanes, **record)


@dataclass(frozen=True)
class Materials:
    """The inputs of a training: the folder of runs, the name and folder of a private run to start from, and a folder of
    uploaded pictures."""

    checkpoints: Path
    parent: tuple[str, Path] | None = None
    pictures: Path | None = None

    @property
    def links(self) -> dict[str, str]:
        """The folders of runs by the names under which a job finds them, which reveal no path of this machine."""
        own = {f"{OWN}/{self.parent[0]}": str(self.parent[1].resolve())} if self.parent else {}
        return {CHECKPOINTS: str(self.checkpoints.resolve())} | own

    def put(self, folder: Path) -> None:
        """Links the runs into `folder`, and moves the pictures there."""
        for name, target in self.links.items():
            link(folder / name, target)
        if self.pictures is not None:
            shutil.move(self.pictures, folder / PICTURES)
            self.pictures.parent.rmdir()

    def discard(self) -> None:
        """Deletes the pictures, if `put` has not moved them."""
        if self.pictures is not None:
            shutil.rmtree(self.pictures.parent, ignore_errors=True)


def link(path: Path, folder: str) -> None:
    """Makes `path` a link to a folder, unless it is one."""
    if not path.is_symlink():
        path.parent.mkdir(exist_ok=True)
        path.symlink_to(folder, target_is_directory=True)


def digest(visitor: str) -> str:
    """Returns the hash of a visitor's token, which is stored in place of the token."""
    return hashlib.sha256(visitor.encode()).hexdigest()
