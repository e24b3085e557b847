"""One visitor's upload: receives its files, takes them apart, shows its pictures, and writes them for a training."""

import base64
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ganlib import pictures
from ganlib.datasets.decoding import Crop, Preparation, prepare, preview
from ganlib.datasets.natural import FOLDER_IMAGE_SIZE, side_of, small_size
from ganlib.datasets.options import DEFAULT, ReadOptions
from ganlib.datasets.pixels.opening import open_image
from ganlib.datasets.survey import Survey
from ganlib.networks import FAMILIES
from ganlib.recipes import RECIPES, Recipe, suggest_for_pictures
from ganlib.sizes import Size, height_width
from studio.limits import Limits
from studio.uploads import data_files, file_facts
from studio.uploads.data_files import Taken
from studio.uploads.file_facts import Unusable
from studio.uploads.item import Item, rounded
from studio.uploads.report import classes_of, described, labels_of, report
from studio.uploads.unpacking import Unpacker

Sizes = Set[int]  # sides of squares
PATIENCE = 1.5  # seconds of examining pictures per answer
VIEW = 720  # pixels of the longer side of an uncropped view


def sizes_of(recipe: str) -> Sizes:
    """Returns the sides of the squares that a recipe's networks draw."""
    return set(FAMILIES[RECIPES[recipe].generator["family"]].SIZES)


class Upload:
    """One upload in `folder`, of the visitor with the hash `owner`. Callers must hold its `lock`."""

    def __init__(self, folder: Path, owner: str, limits: Limits):
        self._folder, self.owner, self._limits = folder, owner, limits
        self._items: dict[int, Item] = {}
        self._count = 0  # files received so far; numbers aren't reused
        self._kept = self._arriving = self._unpacked = 0  # bytes
        self._told: list[dict[str, Any]] = []  # what was chosen of archives
        self.lock = threading.RLock()
        self.used = time.time()
        self.trainings: list[Callable[[], bool]] = []  # whether each is over

    @property
    def num_bytes(self) -> int:
        """Bytes on the disk."""
        return self._kept + self._arriving + self._unpacked

    def over(self, oldest: float) -> bool:
        """Whether it can be deleted: its trainings are over, or it has none and was not used since `oldest`."""
        return all(over() for over in self.trainings) if self.trainings else self.used < oldest

    def receive(self, name: str, offset: int, data: bytes, last: bool) -> None:
        """Appends a piece of a file; `offset` 0 starts a file. Raises Unusable, or OSError if the disk is full: then call
        `abandon`."""
        if offset not in (0, self._arriving):
            raise Unusable("upload_torn")
        if offset == 0 and len(self._items) >= self._limits.pictures:
            raise self._too_many(1)
        if self._kept + offset + len(data) > self._limits.upload_bytes:
            raise Unusable("upload_full", most=self._limits.upload_bytes // 1_000_000)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._piece.open("ab" if offset else "wb") as file:
            file.write(data)
        self._arriving = offset + len(data)
        if last:
            self._keep(name)

    def abandon(self) -> None:
        """Deletes the incomplete file."""
        self._piece.unlink(missing_ok=True)
        self._arriving = 0

    @property
    def _piece(self) -> Path:
        return self._folder / "arriving"

    def _too_many(self, more: int) -> Unusable:
        return Unusable("upload_too_many", num=len(self._items) + more, most=self._limits.pictures)

    def _keep(self, name: str) -> None:
        if data_files.holds_many(self._piece, name):
            self._take_apart(name)
            self.abandon()
        else:
            self._arriving = 0
            self._add(name, self._piece)

    def _take_apart(self, name: str) -> None:
        """Takes the pictures out of the received archive, arrays, table or database; lists unusable ones with their reasons."""
        unpacker = Unpacker(self._folder / "unpacked", self._limits.upload_bytes - self.num_bytes)
        try:
            source = data_files.opened(self._piece, name, unpacker)
            self._arriving = self._piece.stat().st_size if self._piece.exists() else 0
            self._unpacked = sum(path.stat().st_size for path in unpacker.folder.rglob("*") if path.is_file())
            if len(self._items) + source.count > self._limits.pictures:
                raise self._too_many(source.count)
            for taken in data_files.pictures_of(source, self._limits.picture_pixels):
                self._take(taken)
            self._told += data_files.told(name, source)
        except Unusable as error:
            self._note(name, reason=error.sentence)
        finally:
            shutil.rmtree(unpacker.folder, ignore_errors=True)
            self._unpacked = 0

    def _take(self, taken: Taken) -> None:
        """Adds a picture of a file that holds many. Raises Unusable where there is no room for it."""
        if taken.reason:
            self._note(taken.name, reason=taken.reason)
            return
        if self._kept + self._unpacked + len(taken.content) > self._limits.upload_bytes:
            raise Unusable("upload_full", most=self._limits.upload_bytes // 1_000_000)
        picture = self._folder / "taken"
        picture.write_bytes(taken.content)
        self._add(taken.name, picture).label = taken.label

    def take_frames(self) -> None:
        """Replaces every file of several pictures by all of these. Raises Unusable where there is no room for them."""
        several = {number: item for number, item in self._usable().items() if item.frames > 1}
        if len(self._items) + (more := sum(item.frames - 1 for item in several.values())) > self._limits.pictures:
            raise self._too_many(more)
        labels = labels_of(self._usable())
        for number, item in several.items():
            for taken in data_files.frames_of(item.path, item.name, labels[number], self._limits.picture_pixels):
                self._take(taken)
            self.remove([number])

    def _add(self, name: str, file: Path) -> Item:
        item = self._note(name)
        file.rename(item.path)
        self._kept += item.path.stat().st_size
        return item

    def _note(self, name: str, reason: dict[str, Any] | None = None) -> Item:
        self._count += 1
        item = self._items[self._count] = Item(name, self._folder / f"{self._count:05}", reason=reason)
        return item

    def crop(self, number: int, left: int, top: int, across: int, size: Size) -> bool:
        """Sets the part of a picture, `across` pixels wide with the aspect of `size`. Returns False if there is no such picture
        or the part exceeds it."""
        height, width = height_width(size)
        part = Crop(left, top, across, max(1, rounded(across * height / width)))
        item = self._usable().get(number)
        if item is None or not part.within(item.seen.width, item.seen.height):
            return False
        item.chosen = part
        return True

    def remove(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            if item := self._items.pop(number, None):
                self._drop(item)

    def clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._items.clear()
        self._told.clear()
        self._kept = self._arriving = 0

    def view(self, number: int) -> str | None:
        """Returns an uncropped picture, as base64 of a WebP; None if there is none."""
        item = self._usable().get(number)
        if item is None:
            return None
        with open_image(item.path) as image:
            return base64.b64encode(pictures.webp(preview(image, VIEW))).decode()

    def look(self, size: Size | Sizes, channels: int | None, wanted: Sequence[int]) -> dict[str, Any]:
        """Returns the pictures, their report, and the crops of those `wanted`, as many as are ready within PATIENCE. `size` is
        that of the network, or the sizes that it may have."""
        deadline = time.monotonic() + PATIENCE
        for item in _until(deadline, self._unseen()):
            self._examine(item)
        usable, size, channels = self._usable(), self._drawn(size), channels or self._channels()
        doubles = file_facts.doubles([item.seen for item in usable.values()])
        shown = [number for number in wanted if number in usable]
        thumbs = {number: _thumb(self._prepared(usable[number], size, channels)) for number in _until(deadline, shown)}
        return {
            "pictures": [one | thumbs.get(one["n"], {}) for one in described(usable, size, doubles)],
            "size": size,
            "channels": channels,
            "pixelated": pictures.pixelated(size),
            "transparent": channels == pictures.RGBA,
            "drawn": repr(self._how(size, channels)),  # changes when the same squares look different
            "suited": self._suited(len(usable), channels).name,
            "report": report(self._items, usable, size, doubles) | {"told": self._chosen_of(size, channels)},
        }

    def write(self, folder: Path, size: Size | Sizes, channels: int | None, labels: bool = False) -> int:
        """Writes all crops as PNG files in order, with `labels` their classes in metadata.jsonl; returns the number of
        different pictures. Raises Unusable where not all have a class."""
        for item in self._unseen():
            self._examine(item)
        usable, size, channels = self._usable(), self._drawn(size), channels or self._channels()
        if labels:
            classes, without = classes_of(usable)
            if without or not classes:
                raise Unusable("upload_labels_missing")
            lines = [{"file_name": f"{number:05}.png", "label": label} for number, label in labels_of(usable).items()]
            (folder / "metadata.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        for number, item in usable.items():
            _image(self._prepared(item, size, channels)).save(folder / f"{number:05}.png")
        return len({item.seen.digest for item in usable.values()})

    def _usable(self) -> dict[int, Item]:
        return {number: item for number, item in self._items.items() if item.facts}

    def _unseen(self) -> list[Item]:
        return [item for item in self._items.values() if not (item.facts or item.reason)]

    def _examine(self, item: Item) -> None:
        try:
            item.facts = file_facts.facts(item.path, self._limits.picture_pixels)
        except Unusable as error:
            item.reason = error.sentence
            self._drop(item)

    def _drop(self, item: Item) -> None:
        if item.path.exists():
            self._kept -= item.path.stat().st_size
            item.path.unlink()

    def _channels(self) -> int:
        """Returns the channels as `datasets.load` would choose them."""
        return 1 if all(item.seen.grey for item in self._usable().values()) else 3

    def _drawn(self, size: Size | Sizes) -> Size:
        """Returns the size of the network: of those that it may have, about that of small pictures, else 64 or the largest."""
        if not isinstance(size, Set):
            return size
        side = max((side_of(item.seen.width, item.seen.height, DEFAULT.fit) for item in self._usable().values()), default=0)
        return small_size(side, size) or min(FOLDER_IMAGE_SIZE, max(size))

    def _suited(self, num: int, channels: int) -> Recipe:
        """Returns the recipe that train.py would choose."""
        return suggest_for_pictures(num, channels, *height_width(self._drawn(sizes_of("pictures"))))

    def _prepared(self, item: Item, size: Size, channels: int) -> np.ndarray:
        """Returns the picture that the network trains on, uint8 (channels, H, W)."""
        with open_image(item.path) as image:
            return prepare(image, self._how(size, channels), item.crop(size) if item.chosen else None)

    def _how(self, size: Size, channels: int) -> Preparation:
        """Returns how every picture is prepared, with the levels and the background that are decided for all of them."""
        decided = self._survey(size, channels).decided(_reading(channels))
        plain = Preparation.of(size, channels)
        return replace(plain, background=decided.background or plain.background, levels=decided.levels)

    def _survey(self, size: Size, channels: int) -> Survey:
        survey = Survey(Preparation.of(size, channels))
        for item in self._usable().values():
            survey.note(item.seen.seen)
        return survey

    def _chosen_of(self, size: Size, channels: int) -> list[dict[str, Any]]:
        """Returns what was chosen of archives and decided for all pictures, as keys of the page's words with values."""
        survey = self._survey(size, channels)
        return [*self._told, *data_files.told_of_all(survey.notes(survey.decided(_reading(channels)), asked_grey=False))]


def _reading(channels: int) -> ReadOptions:
    """Returns how train.py reads the pictures: transparent ones lie on a background, unless it is drawn."""
    return replace(DEFAULT, alpha=channels == pictures.RGBA)


def _until(deadline: float, items: Iterable) -> Iterator:
    """Yields at least one of `items`, and more until the deadline."""
    for item in items:
        yield item
        if time.monotonic() > deadline:
            return


def _thumb(square: np.ndarray) -> dict[str, str]:
    return {"thumb": base64.b64encode(pictures.webp(_image(square))).decode()}


def _image(square: np.ndarray) -> Image.Image:
    """Converts uint8 (C, S, S) to a Pillow image."""
    return Image.fromarray(square[0] if len(square) == 1 else square.transpose(1, 2, 0))
