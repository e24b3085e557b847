"""Lists the runs, and caches their networks and the principal directions of their latents.

A name that a visitor sends must be that of a listed run or of a private one: "~" and its id, which is, or begins with, the
unguessable one of the job that trained it. Private runs are listed only for their owner.
"""

import logging
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from torch import nn

from ganlib import UserError, files
from ganlib.files import DamagedFile
from ganlib.inspection.directions import principal_directions
from ganlib.networks import Discriminator, Generator
from ganlib.runs.directions import Table
from ganlib.runs.run import Run, Snapshot

logger = logging.getLogger(__name__)

MOST_BYTES = 128 * 2**20  # of cached networks; one takes about 10 ms to read again
MOST_DIRECTIONS = 64  # snapshots whose directions are cached
DIRECTIONS = 10
PRIVATE = "~"  # prefix of private runs' names


@dataclass(frozen=True)
class Damage:
    """Damage of a run: the key of a sentence in `words`, and the error's message."""

    word: str
    detail: str


@dataclass(frozen=True)
class Entry:
    """A listed run: its valid snapshots, and its damage. One that has just begun has neither."""

    name: str
    opened: Run | None  # None if its config is damaged or not written yet
    snapshots: tuple[Snapshot, ...] = ()
    damage: Damage | None = None
    grids: tuple[Snapshot, ...] = ()  # the grids that the training wrote
    title: str | None = None  # of a private run, whose name is secret

    @property
    def run(self) -> Run:
        """The opened run. Raises UserError if it couldn't be opened; a run with snapshots was."""
        if self.opened is None:
            raise UserError(f"The run {self.shown} is damaged: {self.damage.detail if self.damage else 'it has no config'}")
        return self.opened

    @property
    def shown(self) -> str:
        """The name for sentences, captions and files; of a private run its title."""
        return self.title or self.name

    @property
    def private(self) -> bool:
        return self.name.startswith(PRIVATE)

    @property
    def from_hub(self) -> bool:
        """Whether it was opened from the Hub: only those names contain a slash."""
        return "/" in self.name

    @property
    def shipped(self) -> bool:
        """Whether it came with the project: such a run has no checkpoint to resume from."""
        return self.opened is not None and not self.from_hub and not self.opened.checkpoint_files.exist()

    def snapshot(self, images: int | None) -> Snapshot:
        """Returns the snapshot after `images` images, the last for None. Raises UserError if there is none."""
        found = [snapshot for snapshot in self.snapshots if images in (None, snapshot.images)]
        if not found:
            raise UserError(f"The run {self.shown} has no such snapshot.")
        return found[-1]


class PrivateRuns(Protocol):
    """The store of private runs: the page's training jobs."""

    folder: Path

    def place(self, run: str) -> tuple[Path, str] | None:
        """Returns the folder and the title of the run with this id; None if there is none."""

    def owns(self, visitor: object, run: str) -> bool:
        """Whether this visitor started the job of the run."""


class Library:
    """The runs in a folder, listed anew at each call, with bounded caches of their networks and directions.

    `jobs` holds the private runs; `first` is the name of the run that the page opens with. Thread-safe.
    """

    def __init__(
        self, checkpoints: Path, most_bytes: int = MOST_BYTES, jobs: PrivateRuns | None = None, first: str | None = None
    ):
        self.checkpoints, self.most_bytes, self.jobs = Path(checkpoints), most_bytes, jobs
        self._first = first
        self._lock, self._measuring = threading.RLock(), threading.Lock()
        self._entries: dict[str, tuple[tuple, Entry]] = {}
        self._fetched: dict[str, Path] = {}  # by OWNER/NAME on the Hub
        self._private: dict[str, tuple[tuple, Entry]] = {}
        self._networks: OrderedDict[tuple, Generator | Discriminator] = OrderedDict()
        self._directions: OrderedDict[tuple, np.ndarray] = OrderedDict()
        self._spoiled: dict[tuple, str] = {}

    def entries(self) -> dict[str, Entry]:
        """Returns all runs by name, in order. Reads only runs whose files changed since the last call."""
        with self._lock:
            fresh = {}
            for path in self._folders():
                if not (name := files.writable(path.name)).startswith(PRIVATE):
                    fresh[name] = self._current(self._entries, name, path)
            for name, path in self._fetched.items():  # fetched runs don't change
                fresh[name] = self._entries.get(name) or ((), self._read(path, name, None))
            self._entries = fresh
            return {name: entry for name, (_, entry) in fresh.items()}

    def add(self, name: str, path: Path) -> None:
        """Lists the run OWNER/NAME of the Hub, downloaded to `path`, from now on."""
        entry = self._read(path, name, None)  # before taking the lock: a run may have many snapshots
        with self._lock:
            self._fetched[name], self._entries[name] = path, ((), entry)

    def find(self, name: object) -> Entry:
        """Returns the run called `name`. Raises UserError unless it is listed, or private and present."""
        if isinstance(name, str) and name.startswith(PRIVATE) and (entry := self._find_private(name)):
            return entry
        entries = self.entries()
        if not isinstance(name, str) or name not in entries:
            listed = ", ".join(entries) or "none yet"
            raise UserError(f"There is no run with this name; the runs here are: {listed}.")
        return entries[name]

    def owned(self, entry: Entry, visitor: object) -> bool:
        """Whether a visitor may see all of a run: of a listed run anyone, of a private one its owner."""
        return not entry.private or (self.jobs is not None and self.jobs.owns(visitor, entry.name.removeprefix(PRIVATE)))

    def _find_private(self, name: str) -> Entry | None:
        place = self.jobs.place(name.removeprefix(PRIVATE)) if self.jobs else None
        with self._lock:
            if place is None or not _is_run(place[0]):
                self._private.pop(name, None)
                return None
            path, title = place
            self._private[name] = self._current(self._private, name, path, title)
            return self._private[name][1]

    def _current(
        self, known: dict[str, tuple[tuple, Entry]], name: str, path: Path, title: str | None = None
    ) -> tuple[tuple, Entry]:
        """Returns the stamp of the run's files, and the run: from `known` if the stamp is the same, else read from `path`."""
        mark = _mark(path)
        return known[name] if name in known and known[name][0] == mark else (mark, self._read(path, name, title))

    def first(self) -> Entry | None:
        """Returns the run that the page opens with: the one asked for, or else an undamaged one, shipped if possible. None
        without runs."""
        return min(
            self.entries().values(),
            key=lambda entry: (not entry.snapshots, entry.damage is not None, entry.name != self._first, not entry.shipped),
            default=None,
        )

    def generator(self, entry: Entry, snapshot: Snapshot) -> Generator:
        """Returns a snapshot's generator, cached. Raises DamagedFile; the run is then listed as damaged."""
        key = _stamp(snapshot.path)
        network = self._kept(key, lambda: self._load(entry, snapshot, key))
        assert isinstance(network, Generator)  # the key is that of a generator's file
        return network

    def discriminator(self, entry: Entry) -> Discriminator:
        """Returns a run's last discriminator, cached. Raises DamagedFile."""
        path = entry.run.discriminator_path
        network = self._kept(_stamp(path), lambda: self._load_discriminator(entry, path))
        assert isinstance(network, Discriminator)  # the key is that of a discriminator's file
        return network

    def directions(self, entry: Entry, snapshot: Snapshot) -> np.ndarray:
        """Returns the first principal directions of a snapshot's latent, (up to 10, dim), one standard deviation each."""
        recipe, key = entry.run.config.recipe, _stamp(snapshot.path)
        with self._measuring:  # its own lock, so that drawing isn't blocked
            if key not in self._directions:
                generator = self.generator(entry, snapshot)
                self._directions[key] = principal_directions(generator, recipe.latent_dim, recipe.latent, DIRECTIONS)
                if len(self._directions) > MOST_DIRECTIONS:
                    self._directions.popitem(last=False)
            self._directions.move_to_end(key)
            return self._directions[key]

    def named_directions(self, entry: Entry, snapshot: Snapshot) -> Table:
        """Returns what directions.json holds of a snapshot: {name: {"r2", "gradient"}}; nothing where it can't be read."""
        try:
            return entry.run.directions().get(snapshot.path.stem, {})
        except DamagedFile as error:
            logger.warning("%s Its sliders with names are left out.", error)
            return {}

    def without_paths(self, error: object) -> str:
        """Returns an error's message without the paths of this machine's folders."""
        message = files.writable(str(error))
        for folder in (self.checkpoints, *self._fetched.values()):
            message = message.replace(files.writable(f"{folder}/"), "")
        return re.sub(rf"{re.escape(str(self.jobs.folder))}/[^/]+/", "", message) if self.jobs else message

    def _kept(self, key: tuple, load: Callable[[], Generator | Discriminator]) -> Generator | Discriminator:
        with self._lock:
            if key not in self._networks:
                self._networks[key] = load()
                self._forget_oldest()
            self._networks.move_to_end(key)
            return self._networks[key]

    def _load_discriminator(self, entry: Entry, path: Path) -> Discriminator:
        try:
            return entry.run.discriminator()
        except DamagedFile:
            raise
        except Exception as error:
            raise DamagedFile(path, repr(error)) from error

    def _load(self, entry: Entry, snapshot: Snapshot, key: tuple) -> Generator:
        try:
            return entry.run.generator(snapshot)
        except Exception as error:
            self._spoiled[key] = self._message(snapshot.path, error)
            self._entries.pop(entry.name, None)
            self._private.pop(entry.name, None)
            if isinstance(error, DamagedFile):
                raise
            raise DamagedFile(snapshot.path, repr(error)) from error

    def _forget_oldest(self) -> None:
        sizes = {key: _bytes(network) for key, network in self._networks.items()}
        while len(self._networks) > 1 and sum(sizes.values()) > self.most_bytes:
            key, _ = self._networks.popitem(last=False)
            del sizes[key]

    def _folders(self) -> list[Path]:
        if not self.checkpoints.is_dir():
            return []
        paths = (path for path in self.checkpoints.iterdir() if path.is_dir() and not path.name.startswith("."))
        return sorted(filter(_is_run, paths))

    def _read(self, path: Path, name: str, title: str | None) -> Entry:
        try:
            run = Run.open(path, name if "/" in name else None)
            snapshots = run.snapshots()
        except Exception as error:
            return Entry(name, None, damage=Damage("damage_config", self._message(path, error)), title=title)
        wrong = {snapshot: self._wrong(snapshot) for snapshot in snapshots}
        whole = tuple(snapshot for snapshot in snapshots if not wrong[snapshot])
        reasons = [reason for reason in wrong.values() if reason]
        damage = Damage("damage_snapshot", reasons[0]) if reasons else None
        return Entry(name, run, whole, damage, tuple(run.grids()), title)

    def _wrong(self, snapshot: Snapshot) -> str | None:
        """Returns why a snapshot can't be shown, by its header or an earlier attempt to load it; None if it can."""
        try:
            files.read_settings(snapshot.path)
            return self._spoiled.get(_stamp(snapshot.path))
        except Exception as error:
            return self._message(snapshot.path, error)

    def _message(self, path: Path, error: Exception) -> str:
        """Returns the message of an error about a file; one that doesn't name the file gets its path and type.

        Callers catch every exception of a run: an unexpected one must not break the page for all other runs.
        """
        return self.without_paths(error if isinstance(error, UserError | OSError) else f"{path}: {error!r}")


def _is_run(path: Path) -> bool:
    return any(os.path.exists(path / part) for part in ("config.json", "snapshots"))


def _mark(path: Path) -> tuple:
    """Returns a stamp that changes when the run's files do."""
    return tuple(_stamp(file) for file in sorted([path / "config.json", *path.glob("snapshots/*.safetensors")]))


def _stamp(path: Path) -> tuple:
    try:
        stat = path.stat()
    except OSError:
        return (path, 0, 0)
    return (path, stat.st_mtime_ns, stat.st_size)


def _bytes(network: nn.Module) -> int:
    return sum(tensor.nbytes for tensor in network.state_dict().values())
