"""Writes samples into a folder as separate files; an interrupted command continues where it stopped."""

import hashlib
import os
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn
from tqdm import tqdm

from ganlib import UserError, files
from ganlib.files import DamagedFile
from ganlib.runs.lock import RunLock
from ganlib.sampling.sample_files import METADATA, SampleFiles
from ganlib.sampling.samples import Place, seeds_text

SETTINGS = ".samples.json"  # what the folder's samples were begun with; hidden, so that it is no part of the set
AHEAD = 4  # batches that wait to be written while others are drawn
PNG_END = b"\0\0\0\0IEND\xaeB`\x82"


def write(folder: Path, made: SampleFiles, generator: nn.Module) -> int:
    """Draws what `folder` doesn't hold yet, and writes its metadata last. Returns the number of files that were there.

    Every file appears whole or not at all. Raises UserError for a folder that holds other things or samples of other settings,
    or that another process writes; OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept, waiting = 0, deque[Future[None]]()
    with RunLock(folder, "is being written"):
        begun = _claim(folder, made)
        with (
            ThreadPoolExecutor(os.cpu_count(), "png") as pool,
            tqdm(total=len(made.samples), unit="img", disable=None) as bar,  # None: unless stderr is a terminal
        ):
            for batch in made.samples.batches():
                places = enumerate(batch.places)
                missing = [row for row, place in places if not (begun and _is_whole(folder / made.name(place)))]
                kept += len(batch.places) - len(missing)
                if missing:
                    images = made.samples.draw(generator, batch)
                    waiting.append(pool.submit(_write, folder, made, [batch.places[row] for row in missing], images[missing]))
                while len(waiting) > AHEAD:
                    waiting.popleft().result()
                bar.update(len(batch.places))
            while waiting:
                waiting.popleft().result()
        files.write(folder / METADATA, "".join(made.metadata()))
    return kept


def _write(folder: Path, made: SampleFiles, places: Sequence[Place], images: np.ndarray) -> None:
    names = [made.name(place).rpartition("/") for place in places]
    for parent in {parent for parent, _, _ in names}:
        (folder / parent).mkdir(exist_ok=True)
    for (parent, _, name), place, image in zip(names, places, images, strict=True):
        _put(f"{folder}/{parent}" if parent else str(folder), name, made.png(place, image))


def _put(parent: str, name: str, content: bytes) -> None:
    """Writes a file by renaming a temporary one. Doesn't wait for the disk, which would take longer than drawing: what a power
    failure leaves incomplete is drawn again."""
    temporary = f"{parent}/.{name}{files.PARTIAL}"  # the same in every try, so that a kill leaves none for good
    try:
        with open(temporary, "wb") as file:
            file.write(content)
        os.replace(temporary, f"{parent}/{name}")
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _is_whole(path: Path) -> bool:
    """Whether a PNG is there, to its end."""
    try:
        with open(path, "rb") as file:
            file.seek(-len(PNG_END), os.SEEK_END)
            return file.read() == PNG_END
    except OSError:
        return False


def _claim(folder: Path, made: SampleFiles) -> bool:
    """Notes the settings in a new or empty folder; raises UserError unless they are those of the samples in any other.
    Returns whether the folder was begun before.

    `num` may grow, since it is the first of a seed that are there.
    """
    wished, path = _settings(made), folder / SETTINGS
    if begun := path.exists():
        there = files.read_json(path)
        if not isinstance(there, dict):
            raise DamagedFile(path, "it is no JSON object")
        for name, value in wished.items():
            noted = there.get(name)
            if noted != value and not (name == "num" and isinstance(noted, int) and noted < made.samples.num):
                raise UserError(f"{folder} was begun with {name} {noted}, now {value}; repeat that, or name another folder.")
    elif any(not name.startswith(".") for name in os.listdir(folder)):
        raise UserError(f"{folder} holds files that are no samples of this command; name a new or empty folder.")
    files.write_json(path, wished)
    return begun


def _settings(made: SampleFiles) -> dict[str, Any]:
    samples = made.samples
    with open(samples.snapshot.path, "rb") as file:
        weights = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "run": samples.run,
        "epoch": samples.snapshot.epoch,
        "weights": weights[:16],
        "seed": seeds_text(samples.seeds),
        "label": ", ".join(samples.config.labels[label] for label in samples.labels),
        "truncation": samples.truncation,
        "folders": made.folders,
        "num": samples.num,
    }
