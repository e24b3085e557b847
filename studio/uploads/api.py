"""Answers the page's questions about uploads: receives files in pieces, reports on them, and deletes unused uploads.

Visitors can't see each other's uploads. Problems of a file or an upload aren't errors: they are answered under `refused` by the
key of a sentence in `words`, which the page shows in the visitor's language.
"""

import hashlib
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any

from ganlib import UserError
from ganlib.datasets.decoding import MIN_SIDE
from ganlib.recipes import RECIPES
from ganlib.sizes import Size, written
from studio import validation
from studio.limiter import Limiter
from studio.limits import Limits
from studio.uploads.file_facts import Unusable
from studio.uploads.report import FEWEST
from studio.uploads.upload import Sizes, Upload, sizes_of

MOST_PIECE = 4 * 2**20  # bytes
MOST_NAME = 200
MOST_SIZE = 512  # of a network, in pixels
MOST_OPEN = 1000  # uploads
SWEEP = 30  # seconds between sweeps
SETS, SETS_KEPT = "sets", 3600  # folder of sets prepared for trainings, and seconds until an unused one is deleted


class Uploads:
    """The uploads in `folder`, one per visitor. Deletes what an earlier server left there.

    `used()` returns the bytes that count towards `limits.disk_bytes`, including the folder's; None counts the folder alone.
    Thread-safe.
    """

    def __init__(self, folder: Path, limits: Limits, used: Callable[[], int] | None = None):
        self._folder, self._limits, self._bytes = Path(folder), limits, used or self._own_bytes
        self._lock, self._looking = threading.Lock(), Limiter(2, "uploads are being looked through")
        self._open: dict[str, Upload] = {}  # by id
        shutil.rmtree(self._folder, ignore_errors=True)
        threading.Thread(target=self._sweep_for_ever, name="uploads", daemon=True).start()

    def answers(self) -> dict[str, Callable[[dict], dict]]:
        answers = {
            "upload_find": self._find,
            "upload_begin": self._begin,
            "upload_part": self._part,
            "upload_look": self._look,
            "upload_view": self._view,
            "upload_crop": self._crop,
            "upload_remove": self._remove,
            "upload_frames": self._frames,
            "upload_clear": self._clear,
        }
        return {what: _refusing(answer) for what, answer in answers.items()}

    def folder(
        self, visitor: str, upload: str, size: Size | Sizes, channels: int | None, labels: bool = False
    ) -> Path:  # fmt: skip
        """Writes the cropped squares as PNG files into a new folder, which the training moves, and returns it.

        `size` is as in `Upload.look`; `channels` None means 1 if all pictures are grey, else 3; with `labels` the classes are
        beside the pictures. Raises UserError if the upload isn't the visitor's or holds too few pictures.
        """
        found = self._owned(visitor, upload)
        if self._bytes() >= self._limits.disk_bytes:
            raise Unusable("upload_disk")
        folder = Path(_made(self._folder / SETS), "uploaded-pictures")  # the data set's name in the run
        folder.mkdir()
        try:
            with found.lock, self._looking:
                different = found.write(folder, size, channels, labels)
        except UserError:
            shutil.rmtree(folder.parent)
            raise
        if different < FEWEST:
            shutil.rmtree(folder.parent)
            raise UserError(f"The upload holds {different} different pictures; a training needs {FEWEST} at least: add more.")
        return folder

    def keep_until(self, visitor: str, upload: str, over: Callable[[], bool]) -> None:
        """Keeps an upload until its training is `over()`; then it is deleted."""
        self._owned(visitor, upload).trainings.append(over)

    def sweep(self) -> None:
        """Deletes the uploads whose trainings are over, and those without a training after `limits.kept_hours` without use."""
        now = time.time()
        with self._lock:
            old = [name for name, upload in self._open.items() if upload.over(now - 3600 * self._limits.kept_hours)]
            gone = [self._open.pop(name) for name in old]
        for upload in gone:
            with upload.lock:
                upload.clear()
        for folder in (self._folder / SETS).glob("*"):
            with suppress(OSError):  # moved meanwhile by a training
                if folder.stat().st_mtime < now - SETS_KEPT:
                    shutil.rmtree(folder)

    # ------------------------------------------------------------------------------------------------- the page's questions

    def _find(self, question: dict) -> dict[str, Any]:
        """Returns the visitor's upload, None without one, and the limits of uploads."""
        upload, limits = self._of(validation.visitor(question.get("visitor"))), self._limits
        most = {"pictures": limits.pictures, "bytes": limits.upload_bytes, "pixels": limits.picture_pixels}
        return {"upload": upload, "limits": most | {"hours": limits.kept_hours}}

    def _begin(self, question: dict) -> dict[str, Any]:
        """Returns the visitor's upload; creates one if there is none."""
        visitor = validation.visitor(question.get("visitor"))
        with self._lock:
            if upload := self._of(visitor):
                return {"upload": upload}
            if len(self._open) >= MOST_OPEN:
                raise Unusable("upload_busy")
            upload = secrets.token_urlsafe(16)
            self._open[upload] = Upload(self._folder / upload, _hash(visitor), self._limits)
        return {"upload": upload}

    def _part(self, question: dict) -> dict[str, Any]:
        upload = self._asked(question)
        name = validation.text("name", question.get("name"), MOST_NAME)
        offset = validation.whole("offset", question.get("offset"), 0, self._limits.upload_bytes)
        data, last = question.get("data"), validation.yes_or_no("last", question.get("last"))
        content = validation.decode(data)
        if len(content) > MOST_PIECE or (data and not content):
            raise UserError(f"data must be at most {MOST_PIECE:,} bytes, as base64.")
        with upload.lock:
            try:
                if self._bytes() + len(content) > self._limits.disk_bytes:
                    raise Unusable("upload_disk")
                upload.receive(name, offset, content, last)
            except (Unusable, OSError) as error:
                upload.abandon()
                raise error if isinstance(error, Unusable) else Unusable("upload_disk") from None
        return {}

    def _look(self, question: dict) -> dict[str, Any]:
        """Returns the crops at a network's `size`, null for what suits the pictures and the `recipe`, with the pictures of
        those numbered in `thumbs`. While `report.waiting` files are unexamined, the page must ask again."""
        upload = self._asked(question)
        size: Size | Sizes
        if question.get("size") is None:
            size = sizes_of(validation.one_of("recipe", question.get("recipe"), RECIPES))
        else:
            size = validation.size("size", question["size"], MIN_SIDE, MOST_SIZE)
        channels = question.get("channels")
        if channels is not None and validation.whole("channels", channels, 1, 4) == 2:
            raise UserError("channels must be 1, 3, 4 or null.")
        wanted = validation.some("thumbs", question.get("thumbs", []), 0, self._limits.pictures)
        numbers = [validation.whole("thumbs", number, 1, 10**9) for number in wanted]
        with upload.lock, self._looking:
            return upload.look(size, channels, numbers)

    def _view(self, question: dict) -> dict[str, Any]:
        upload = self._asked(question)
        with upload.lock, self._looking:
            picture = upload.view(_number(question))
        if picture is None:
            raise UserError("There is no such picture in this upload.")
        return {"picture": picture}

    def _crop(self, question: dict) -> dict[str, Any]:
        upload, number = self._asked(question), _number(question)
        left, top = (validation.whole(edge, question.get(edge), 0, 10**6) for edge in ("left", "top"))
        side = validation.whole("side", question.get("side"), MIN_SIDE, 10**6)  # the width
        size = validation.size("size", question.get("size", MOST_SIZE), MIN_SIDE, MOST_SIZE)
        with upload.lock:
            if not upload.crop(number, left, top, side, size):
                shape = "a square" if isinstance(size, int) else f"the width of a part of the shape {written(size)}"
                raise UserError(f"left, top and side must be {shape} in a picture of this upload.")
        return {}

    def _remove(self, question: dict) -> dict[str, Any]:
        """Removes the picture `n`, or the pictures in the list `n`."""
        upload, numbers = self._asked(question), question.get("n")
        numbers = validation.some("n", numbers if isinstance(numbers, list) else [numbers], 1, self._limits.pictures)
        with upload.lock:
            upload.remove([validation.whole("n", number, 1, 10**9) for number in numbers])
        return {}

    def _frames(self, question: dict) -> dict[str, Any]:
        """Takes all pictures of the files that hold several, of which the first ones were taken."""
        upload = self._asked(question)
        with upload.lock, self._looking:
            upload.take_frames()
        return {}

    def _clear(self, question: dict) -> dict[str, Any]:
        upload = self._asked(question)
        with upload.lock:
            upload.clear()
        return {}

    # ------------------------------------------------------------------------------------------------- ownership

    def _of(self, visitor: str) -> str | None:
        owner = _hash(visitor)
        return next((name for name, upload in self._open.copy().items() if upload.owner == owner), None)

    def _asked(self, question: dict) -> Upload:
        return self._owned(validation.visitor(question.get("visitor")), question.get("upload"))

    def _owned(self, visitor: str, name: Any) -> Upload:
        """Returns the visitor's own upload. Raises the same error for another visitor's upload as for a missing one."""
        upload = self._open.get(name) if isinstance(name, str) else None
        if upload is None or upload.owner != _hash(visitor):
            raise Unusable("upload_gone")
        upload.used = time.time()
        return upload

    def _own_bytes(self) -> int:
        return sum(upload.num_bytes for upload in self._open.copy().values())

    def _sweep_for_ever(self) -> None:
        while True:
            self.sweep()
            time.sleep(SWEEP)


def _refusing(answer: Callable[[dict], dict]) -> Callable[[dict], dict]:
    """Wraps a handler: answers an Unusable under `refused`."""

    @wraps(answer)
    def answered(question: dict) -> dict[str, Any]:
        try:
            return answer(question)
        except Unusable as error:
            return {"refused": error.sentence}

    return answered


def _number(question: dict) -> int:
    return validation.whole("n", question.get("n"), 1, 10**9)


def _hash(visitor: str) -> str:
    return hashlib.sha256(visitor.encode()).hexdigest()


def _made(folder: Path) -> str:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return tempfile.mkdtemp(dir=folder)
