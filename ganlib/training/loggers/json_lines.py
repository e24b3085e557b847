"""Writes events as JSON lines, and reads them again."""

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, TextIO

from ganlib.runs.run import Snapshot
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
from ganlib.training.health import Reading

KINDS: dict[type, str] = {  # names of the events in the lines
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


class JsonLines:
    """Writes every event as a JSON object on a line of `out`, and flushes; of a race with the name of its `lane`."""

    def __init__(self, out: TextIO, lane: str | None = None):
        self._out, self._lane = out, {} if lane is None else {"lane": lane}

    def handle(self, event: Event | Estimated) -> None:
        print(json.dumps(as_json(event) | self._lane), file=self._out, flush=True)

    def close(self) -> None:
        pass


def as_json(event: Event | Estimated) -> dict[str, Any]:
    """Returns an event as a JSON object: its kind under `event`, its fields under their names, paths as text."""
    fields = vars(event)
    if isinstance(event, SnapshotSaved):
        fields = {"images": event.images, "epoch": event.snapshot.epoch, "grid": event.grid, "scores": event.scores}
    if isinstance(event, HealthRead):
        fields = {"images": event.images} | vars(event.reading)
    fields = {name: str(value) if isinstance(value, Path) else value for name, value in fields.items()}
    return {"event": KINDS[type(event)]} | fields


def from_line(line: str, parent: str = "") -> Event | None:
    """Returns the event on a line of JsonLines, None for any other line. Paths are those of the machine that wrote it; `parent`
    is that of the run (`Begun.parent`), which the label of its first snapshot names."""
    try:
        value = json.loads(line)
        make = _READ[value.pop("event")]
        return make(value | ({"parent": parent} if make is _snapshot else {}))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _snapshot(value: dict[str, Any]) -> SnapshotSaved:
    grid = Path(value["grid"])
    path = grid.parents[1] / "snapshots" / f"{grid.stem}.safetensors"
    return SnapshotSaved(Snapshot(value["images"], value["epoch"], path, value["parent"]), grid, value["scores"])


def _health(value: dict[str, Any]) -> HealthRead:
    return HealthRead(value.pop("images"), Reading(**value))


def _plain(kind: type) -> Callable[[dict[str, Any]], Any]:
    """Returns the reader of events whose fields are written under their names."""
    conversions = {"run": Path, "grid": Path, "notes": tuple}
    known = {field.name: conversions.get(field.name, lambda value: value) for field in fields(kind)}
    return lambda value: kind(**{name: known[name](item) for name, item in value.items()})


_READ: dict[str, Callable[[dict[str, Any]], Any]] = {name: _plain(kind) for kind, name in KINDS.items()}
_READ |= {KINDS[SnapshotSaved]: _snapshot, KINDS[HealthRead]: _health}
