"""Lists the runs, and caches their networks and the principal directions of their latents.

Every name that a visitor sends is looked up here among the listed ones, or is that of a private run: "~" and the id of the
job that trained it, which nobody guesses. Those are listed to nobody but their owner.
"""

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
from ganlib.runs.run import Run, Snapshot

MOST_BYTES = 512 * 2**20  # of the networks that are kept in memory
MOST_DIRECTIONS = 64  # snapshots whose directions are kept
DIRECTIONS = 10
PRIVATE = "~"  # no listed run begins with it


@dataclass(frozen=True)
class Damage:
    """What is wrong with a run: the key of a sentence in `words`, and the detail as it was found."""

    word: str
    detail: str


@dataclass(frozen=True)
class Entry:
    """A run as it is listed: with what is whole of it, and what is damaged. One that has just begun holds neither."""

    name: str
    opened: Run | None  # None where its config is damaged, or not there yet
    snapshots: tuple[Snapshot, ...] = ()
    damage: Damage | None = None
    grids: tuple[Snapshot, ...] = ()  # the pictures that the training left
    title: str | None = None  # of a private run, whose name is a secret

    @property
    def run(self) -> Run:
        """The run itself. Raises UserError where it can't be opened; one with snapshots was."""
        if self.opened is None:
            raise UserError(f"The run {self.shown} is damaged: {self.damage.detail if self.damage else 'it has no config'}")
        return self.opened

    @property
    def shown(self) -> str:
        """What it is called in sentences, captions and files that may be passed on."""
        return self.title or self.name

    @property
    def private(self) -> bool:
        return self.name.startswith(PRIVATE)

    @property
    def from_hub(self) -> bool:
        """Whether it was opened from the Hub: no folder's name holds a slash."""
        return "/" in self.name

    @property
    def shipped(self) -> bool:
        """Whether it came with the project: those hold no state to resume from."""
        return self.opened is not None and not self.from_hub and not self.opened.checkpoint_files.exist()

    def snapshot(self, images: int | None) -> Snapshot:
        """The snapshot after `images` images, the last for None. Raises UserError when it isn't there."""
        found = [snapshot for snapshot in self.snapshots if images in (None, snapshot.images)]
        if not found:
            raise UserError(f"The run {self.shown} has no such snapshot.")
        return found[-1]


class Shelf(Protocol):
    """Where private runs are kept: the page's own trainings."""

    folder: Path

    def place(self, id: str) -> tuple[Path, str] | None:
        """Where the run of the job `id` lies, and its title; None without such a job."""

    def owns(self, visitor: object, id: str) -> bool:
        """Whether it is the visitor who began this job."""


class Library:
    """The runs in a folder, listed anew whenever they are asked for, and a bounded few of their networks and directions.

    `jobs` keeps the private ones. Safe to use from several threads.
    """

    def __init__(self, checkpoints: Path, most_bytes: int = MOST_BYTES, jobs: Shelf | None = None):
        self.checkpoints, self.most_bytes, self.jobs = Path(checkpoints), most_bytes, jobs
        self._lock, self._measuring = threading.RLock(), threading.Lock()
        self._entries: dict[str, tuple[tuple, Entry]] = {}
        self._fetched: dict[str, Path] = {}  # by OWNER/NAME on the Hub
        self._private: dict[str, tuple[tuple, Entry]] = {}
        self._networks: OrderedDict[tuple, Generator | Discriminator] = OrderedDict()
        self._directions: OrderedDict[tuple, np.ndarray] = OrderedDict()
        self._spoiled: dict[tuple, str] = {}

    def entries(self) -> dict[str, Entry]:
        """All runs by name, in order. Only runs whose files changed since the last time are read."""
        with self._lock:
            fresh = {}
            for path in self._folders():
                if not (name := files.writable(path.name)).startswith(PRIVATE):
                    fresh[name] = self._current(self._entries, name, path)
            for name, path in self._fetched.items():  # what was fetched does not change
                fresh[name] = self._entries.get(name) or ((), self._read(path, name, None))
            self._entries = fresh
            return {name: entry for name, (_, entry) in fresh.items()}

    def add(self, name: str, path: Path) -> None:
        """Lists the run OWNER/NAME of the Hub, which lies in `path`, from now on."""
        entry = self._read(path, name, None)  # before others have to wait: there may be many snapshots
        with self._lock:
            self._fetched[name], self._entries[name] = path, ((), entry)

    def find(self, name: object) -> Entry:
        """The run called `name`. Raises UserError unless it is one of the listed names, or a private one that is there."""
        if isinstance(name, str) and name.startswith(PRIVATE) and (entry := self._find_private(name)):
            return entry
        entries = self.entries()
        if not isinstance(name, str) or name not in entries:
            listed = ", ".join(entries) or "none yet"
            raise UserError(f"There is no run with this name; the runs here are: {listed}.")
        return entries[name]

    def owned(self, entry: Entry, visitor: object) -> bool:
        """Whether a visitor may see all of a run: of a private one, whether it is theirs."""
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
        """The run in `path` with the mark of its files, as it is known where they are the same."""
        mark = _mark(path)
        return known[name] if name in known and known[name][0] == mark else (mark, self._read(path, name, title))

    def first(self) -> Entry | None:
        """The run that the page opens with: a whole and shipped one where there is one. None without runs."""
        return min(
            self.entries().values(),
            key=lambda entry: (not entry.snapshots, entry.damage is not None, not entry.shipped, entry.name != "mnist"),
            default=None,
        )

    def generator(self, entry: Entry, snapshot: Snapshot) -> Generator:
        """The generator of a snapshot, from memory where it is kept. Raises DamagedFile; the run is then listed so."""
        key = _stamp(snapshot.path)
        network = self._kept(key, lambda: self._load(entry, snapshot, key))
        assert isinstance(network, Generator)  # that of its own file
        return network

    def discriminator(self, entry: Entry) -> Discriminator:
        """The last discriminator of a run, kept among the generators. Raises DamagedFile."""
        path = entry.run.path / "discriminator.safetensors"
        network = self._kept(_stamp(path), lambda: self._load_discriminator(entry, path))
        assert isinstance(network, Discriminator)  # that of its own file
        return network

    def directions(self, entry: Entry, snapshot: Snapshot) -> np.ndarray:
        """The strongest principal directions of a snapshot's latent, (up to 10, dim), one standard deviation each."""
        recipe, key = entry.run.config.recipe, _stamp(snapshot.path)
        with self._measuring:  # not the lock of the generators: others draw meanwhile
            if key not in self._directions:
                generator = self.generator(entry, snapshot)
                self._directions[key] = principal_directions(generator, recipe.latent_dim, recipe.latent, DIRECTIONS)
                if len(self._directions) > MOST_DIRECTIONS:
                    self._directions.popitem(last=False)
            self._directions.move_to_end(key)
            return self._directions[key]

    def private(self, error: object) -> str:
        """The words of an error without where the folders lie on this machine."""
        told = files.writable(str(error))
        for folder in (self.checkpoints, *self._fetched.values()):
            told = told.replace(files.writable(f"{folder}/"), "")
        return re.sub(rf"{re.escape(str(self.jobs.folder))}/[^/]+/", "", told) if self.jobs else told

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
            self._spoiled[key] = self._told(snapshot.path, error)
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
            return Entry(name, None, damage=Damage("damage_config", self._told(path, error)), title=title)
        wrong = {snapshot: self._wrong(snapshot) for snapshot in snapshots}
        whole = tuple(snapshot for snapshot in snapshots if not wrong[snapshot])
        reasons = [reason for reason in wrong.values() if reason]
        damage = Damage("damage_snapshot", reasons[0]) if reasons else None
        return Entry(name, run, whole, damage, tuple(run.grids()), title)

    def _wrong(self, snapshot: Snapshot) -> str | None:
        """Why a snapshot can't be shown, as far as its header or an attempt to load it tells."""
        try:
            files.read_settings(snapshot.path)
            return self._spoiled.get(_stamp(snapshot.path))
        except Exception as error:
            return self._told(snapshot.path, error)

    def _told(self, path: Path, error: Exception) -> str:
        """What went wrong with a file: in the error's own words where it names the file, and else with its kind.

        Every exception is caught around a run: one that nobody foresaw must not take the page of all others down.
        """
        return self.private(error if isinstance(error, UserError | OSError) else f"{path}: {error!r}")


def _is_run(path: Path) -> bool:
    return any(os.path.exists(path / part) for part in ("config.json", "snapshots"))


def _mark(path: Path) -> tuple:
    """What changes when a run's files do."""
    return tuple(_stamp(file) for file in sorted([path / "config.json", *path.glob("snapshots/*.safetensors")]))


def _stamp(path: Path) -> tuple:
    try:
        stat = path.stat()
    except OSError:
        return (path, 0, 0)
    return (path, stat.st_mtime_ns, stat.st_size)


def _bytes(network: nn.Module) -> int:
    return sum(tensor.nbytes for tensor in network.state_dict().values())
