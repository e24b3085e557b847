"""Finds the real pictures that a run was trained on, if they are on this machine.

Opens only what the run's config names, downloads nothing, and rejects pictures whose fingerprint differs.
"""

import logging
import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ganlib import UserError
from ganlib.datasets import BUILT_IN, ImageSet
from ganlib.datasets.decoding import Preparation, prepare
from ganlib.datasets.pixels.opening import open_image
from ganlib.metrics.memorisation import unseen_distances
from ganlib.runs.run import Run
from ganlib.scoring import Data
from studio.jobs.request import PICTURES
from studio.library import Entry

MOST_SETS = 3  # cached; large ones are memory-mapped
PATIENCE = 4.0  # seconds that a question waits for a set to be read
QUERIES, FEWEST_QUERIES = 300, 50  # pictures whose distance from the training set is measured
QUICK = QUERIES * 60_000 * 28**2  # queries times training images times their values, computed in about a second


@dataclass(frozen=True)
class Found:
    """Whether a run's pictures are on this machine: "here", being read ("coming"), or not ("away")."""

    state: Literal["here", "coming", "away"]
    data: Data | None = None


class RealImages:
    """Reads the pictures of runs in the background, once for all runs of a set. Thread-safe."""

    def __init__(self) -> None:
        self._lock, self._measuring = threading.Lock(), threading.Lock()
        self._reader = ThreadPoolExecutor(1, "originals")
        self._sets: OrderedDict[tuple, Future[Data | None]] = OrderedDict()
        self._distances: dict[tuple, np.ndarray] = {}

    def of(self, entry: Entry) -> Found:
        """Returns the pictures of a run if they are read within PATIENCE seconds, else their state."""
        if entry.from_hub and entry.run.config.source not in BUILT_IN:
            return Found("away")  # an untrusted config must not name folders of this machine
        if uploaded(entry):  # never cached: deleting an upload must take effect at once
            data = _uploaded(entry)
            return Found("here", data) if data else Found("away")
        key = _key(entry.run)
        with self._lock:
            if key not in self._sets:
                self._sets[key] = self._reader.submit(_read, entry.run)
                self._forget_oldest()
            self._sets.move_to_end(key)
            reading = self._sets[key]
        wait([reading], PATIENCE)
        if not reading.done():
            return Found("coming")
        data = reading.result()
        if data is None:
            with self._lock:  # retried at the next question: a disk may have been mounted
                self._sets.pop(key, None)
        return Found("here", data) if data else Found("away")

    def unseen_distances(self, entry: Entry, data: Data, label: int | None) -> np.ndarray:
        """Returns the sorted distances, in grey levels, of real pictures not trained on (of `label` unless None) from the
        training set. Empty if there are none.
        """
        flip = entry.run.config.recipe.flip
        key = (*_key(entry.run), flip, label)
        with self._measuring:
            if key not in self._distances:
                self._distances[key] = _measured(data, label, flip)
            return self._distances[key]

    def _forget_oldest(self) -> None:
        while len(self._sets) > MOST_SETS:
            self._sets.popitem(last=False)


def uploaded(entry: Entry) -> bool:
    """Whether a run is trained on a visitor's upload."""
    return entry.private and entry.run.config.source == PICTURES


def _uploaded(entry: Entry) -> Data | None:
    """Returns the uploaded pictures beside a private run, until its training is over; they have the network's size already."""
    config, squares = entry.run.config, []
    try:
        for path in sorted((entry.run.path.parent / PICTURES).iterdir()):
            with open_image(path) as image:
                squares.append(prepare(image, Preparation.of(config.image_size, config.channels)))
    except OSError:  # deleted, perhaps while reading
        return None
    return Data(ImageSet(np.stack(squares), None, None, config.dataset, config.fingerprint), None) if squares else None


def _key(run: Run) -> tuple:
    config = run.config
    return (config.source, config.image_size, config.channels, config.fingerprint, config.class_names)


def _read(run: Run) -> Data | None:
    try:
        return Data.at_hand(run)
    except UserError:
        return None
    except Exception:  # the page must work without them
        logging.getLogger(__name__).exception("the pictures of %s could not be read", run.name)
        return None


def _measured(data: Data, label: int | None, flip: bool) -> np.ndarray:
    training, held_out = data.training.images, data.held_out
    num = int(np.clip(QUICK / training.size, FEWEST_QUERIES, QUERIES))
    if held_out is None:
        distances = unseen_distances(training, None, num, flip)
    else:
        every = label is None or held_out.labels is None
        chosen = np.arange(len(held_out)) if every else np.flatnonzero(held_out.labels == label)
        chosen = np.sort(np.random.default_rng(0).permutation(chosen)[:num])
        distances = unseen_distances(training, held_out.images[chosen], num, flip) if len(chosen) else np.empty(0)
    return np.sort(distances[np.isfinite(distances)])
