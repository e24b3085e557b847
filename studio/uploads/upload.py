"""One visitor's upload: its files, the part cropped from each picture, and the report on them."""

import base64
import math
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from PIL import Image

from ganlib import pictures
from ganlib.datasets.decoding import Crop, Preparation, prepare, preview
from ganlib.datasets.options import DEFAULT
from ganlib.datasets.pixels.opening import open_image
from ganlib.datasets.survey import Survey
from ganlib.sizes import Size, height_width
from ganlib.training.finetuning import FEW
from studio.limits import Limits
from studio.uploads import data_files, file_facts
from studio.uploads.file_facts import Facts, Unusable

FEWEST = 16  # different pictures that a training needs
PATIENCE = 1.5  # seconds of examining pictures per answer
VIEW = 720  # pixels of the longer side of an uncropped view


@dataclass
class Item:
    """An uploaded file: not examined yet, a picture with `facts`, or unusable with a `reason`."""

    name: str  # given by the visitor; only displayed
    path: Path
    facts: Facts | None = None
    reason: dict[str, Any] | None = None
    chosen: Crop | None = None  # None for the centre

    @property
    def seen(self) -> Facts:
        """The facts of a picture that can be used."""
        assert self.facts is not None
        return self.facts

    def crop(self, size: Size) -> Crop:
        """Returns the part of the picture that becomes one of this size: the chosen one, with the size's aspect."""
        height, width = height_width(size)
        if self.chosen is None:
            return Crop.centred(self.seen.width, self.seen.height, width / height)
        across = min(self.chosen.width, max(1, _rounded(self.seen.height * width / height)))
        down = min(self.seen.height, max(1, _rounded(across * height / width)))
        left, top = min(self.chosen.left, self.seen.width - across), min(self.chosen.top, self.seen.height - down)
        return Crop(left, top, across, down)


class Upload:
    """One upload in `folder`, of the visitor with the hash `owner`. Callers must hold its `lock`."""

    def __init__(self, folder: Path, owner: str, limits: Limits):
        self._folder, self.owner, self._limits = folder, owner, limits
        self._items: dict[int, Item] = {}
        self._count = 0  # files received so far; numbers aren't reused
        self._kept = self._arriving = 0  # bytes
        self._told: list[dict[str, Any]] = []  # what was chosen of archives
        self.lock = threading.RLock()
        self.used = time.time()
        self.trainings: list[Callable[[], bool]] = []  # whether each is over

    @property
    def num_bytes(self) -> int:
        """Bytes on the disk."""
        return self._kept + self._arriving

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
        """Takes the pictures out of the received archive, arrays or table; lists unusable ones with their reasons."""
        unpacked = self._folder / "unpacked"
        try:
            source, nested = data_files.opened(self._piece, name, self._limits.upload_bytes - self.num_bytes)
            if len(self._items) + source.count + len(nested) > self._limits.pictures:
                raise self._too_many(source.count + len(nested))
            for taken in data_files.pictures_of(source, self._limits.picture_pixels):
                if taken.reason:
                    self._note(taken.name, reason=taken.reason)
                    continue
                if self._kept + len(taken.content) > self._limits.upload_bytes:
                    raise Unusable("upload_full", most=self._limits.upload_bytes // 1_000_000)
                unpacked.write_bytes(taken.content)
                self._add(taken.name, unpacked)
            for one in nested:
                self._note(PurePosixPath(one).name, reason=Unusable("upload_nested").sentence)
            self._told += data_files.told(name, source)
        except Unusable as error:
            self._note(name, reason=error.sentence)
        finally:
            unpacked.unlink(missing_ok=True)

    def _add(self, name: str, file: Path) -> None:
        path = self._note(name).path
        file.rename(path)
        self._kept += path.stat().st_size

    def _note(self, name: str, reason: dict[str, Any] | None = None) -> Item:
        self._count += 1
        item = self._items[self._count] = Item(name, self._folder / f"{self._count:05}", reason=reason)
        return item

    def crop(self, number: int, left: int, top: int, across: int, size: Size) -> bool:
        """Sets the part of a picture, `across` pixels wide with the aspect of `size`. Returns False if there is no such picture
        or the part exceeds it."""
        height, width = height_width(size)
        part = Crop(left, top, across, max(1, _rounded(across * height / width)))
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

    def look(self, size: Size, channels: int | None, wanted: Sequence[int]) -> dict[str, Any]:
        """Returns the pictures, their report, and the crops of those `wanted`, as many as are ready within PATIENCE."""
        deadline = time.monotonic() + PATIENCE
        for item in _until(deadline, self._unseen()):
            self._examine(item)
        usable, channels = self._usable(), channels or self._channels()
        doubles = file_facts.doubles([item.seen for item in usable.values()])
        shown = [number for number in wanted if number in usable]
        thumbs = {number: _thumb(self._prepared(usable[number], size, channels)) for number in _until(deadline, shown)}
        return {
            "pictures": [item | thumbs.get(item["n"], {}) for item in _listed(usable, size, doubles)],
            "size": size,
            "channels": channels,
            "pixelated": pictures.pixelated(size),
            "transparent": channels == pictures.RGBA,
            "drawn": repr(self._how(size, channels)),  # changes when the same squares look different
            "report": self._report(size, doubles) | {"told": self._chosen_of(size, channels)},
        }

    def write(self, folder: Path, size: Size, channels: int | None) -> int:
        """Writes all crops as PNG files in order; returns the number of different pictures."""
        for item in self._unseen():
            self._examine(item)
        usable, channels = self._usable(), channels or self._channels()
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

    def _prepared(self, item: Item, size: Size, channels: int) -> np.ndarray:
        """Returns the picture that the network trains on, uint8 (channels, H, W)."""
        with open_image(item.path) as image:
            return prepare(image, self._how(size, channels), item.crop(size) if item.chosen else None)

    def _how(self, size: Size, channels: int) -> Preparation:
        """Returns how every picture is prepared, with the levels and the background that are decided for all of them."""
        decided = self._survey(size, channels).decided(DEFAULT)
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
        return [*self._told, *data_files.told_of_all(survey.notes(survey.decided(DEFAULT), asked_grey=False))]

    def _report(self, size: Size, doubles: Sequence[tuple[int | None, int | None]]) -> dict[str, Any]:
        usable = list(self._usable().values())
        grey = sum(item.seen.grey for item in usable)
        different = len({item.seen.digest for item in usable})
        sizes = sorted(((item.seen.width, item.seen.height) for item in usable), key=min)
        return {
            "waiting": len(self._unseen()),
            "usable": len(usable),
            "different": different,
            "broken": [{"name": item.name, "reason": item.reason} for item in self._items.values() if item.reason],
            "grey": grey,
            "colour": len(usable) - grey,
            "sizes": {"smallest": sizes[0], "largest": sizes[-1]} if sizes else None,
            "enlarged": sum(item.crop(size).width < height_width(size)[1] for item in usable),
            "exact": sum(exact is not None for exact, _ in doubles),
            "near": sum(near is not None for _, near in doubles),
            "fewest": FEWEST,
            "enough": "too_few" if different < FEWEST else "few" if len(usable) < FEW else "enough",
        }


def _until(deadline: float, items: Iterable) -> Iterator:
    """Yields at least one of `items`, and more until the deadline."""
    for item in items:
        yield item
        if time.monotonic() > deadline:
            return


def _rounded(length: float) -> int:
    """Rounds as JavaScript does, halves upward, so that the page and the server crop alike."""
    return math.floor(length + 0.5)


def _listed(
    usable: dict[int, Item], size: Size, doubles: Sequence[tuple[int | None, int | None]]
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Describes each picture to the page; a duplicate by the number of its original."""
    numbers = list(usable)
    for (number, item), (exact, near) in zip(usable.items(), doubles, strict=True):
        crop = item.crop(size)
        yield {
            "n": number,
            "name": item.name,
            "width": item.seen.width,
            "height": item.seen.height,
            "crop": [crop.left, crop.top, crop.width],
            "duplicate_of": None if exact is None else numbers[exact],
            "near_of": None if near is None else numbers[near],
        }


def _thumb(square: np.ndarray) -> dict[str, str]:
    return {"thumb": base64.b64encode(pictures.webp(_image(square))).decode()}


def _image(square: np.ndarray) -> Image.Image:
    """Converts uint8 (C, S, S) to a Pillow image."""
    return Image.fromarray(square[0] if len(square) == 1 else square.transpose(1, 2, 0))
