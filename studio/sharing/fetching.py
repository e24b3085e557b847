"""Opens runs from the Hub for visitors: downloads them one at a time, and lists them for everyone until the server ends.

A run that is still being trained grows there; a page that shows it asks again.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from ganlib import UserError, hub
from ganlib.hub.errors import status
from studio import validation
from studio.library import Library
from studio.limits import Limits, in_public

LOOK = 30  # seconds between two looks whether a run has grown, for all visitors together
PATIENCE = 2  # seconds that an answer waits for the download
MOST_FETCHES = 8  # downloading or waiting
LONGEST_NAME = 500
MOST_BYTES = 512 * 2**20  # of one run: larger generators would occupy the cores


class Fetching:
    """Answers the question `fetch`; adds runs to `library`. Thread-safe."""

    def __init__(self, library: Library, limits: Limits):
        self._library, self._left = library, limits.hub_bytes
        self._lock, self._one_at_a_time = threading.Lock(), threading.Lock()
        self._fetches: dict[str, Future] = {}
        self._looked: dict[str, float] = {}  # when a listed run was last looked for, by name

    def answers(self) -> dict[str, Callable[[dict], dict]]:
        return {"fetch": self._fetch}

    def _fetch(self, question: dict) -> dict[str, Any]:
        """Downloads the run OWNER/NAME[@REVISION]; answers whether it is listed, and its number of snapshots. The page asks
        again until it is. With `grown`, what a listed run has got since is downloaded, too."""
        name = _name(validation.text("name", question.get("name"), LONGEST_NAME))
        grown = validation.yes_or_no("grown", question.get("grown", False))
        listed = name in self._library.entries()
        if not listed or (grown and self._look_is_due(name)):
            try:
                self._under_way(name).result(PATIENCE)
            except TimeoutError:
                pass  # the page asks again
            except UserError:
                if not listed:
                    raise
        entry = self._library.entries().get(name)
        return {"run": name, "there": entry is not None, "snapshots": len(entry.snapshots) if entry else 0}

    def _look_is_due(self, name: str) -> bool:
        """Whether a listed run may have grown, and wasn't looked for recently."""
        entry = self._library.find(name)
        length = entry.run.config.images
        ended = bool(length and entry.snapshots and entry.snapshots[-1].images >= length)
        with self._lock:
            if ended or time.monotonic() - self._looked.get(name, -LOOK) < LOOK:
                return False
            self._looked[name] = time.monotonic()
            return True

    def _under_way(self, name: str) -> Future:
        with self._lock:
            if name not in self._fetches:
                if len(self._fetches) >= MOST_FETCHES:
                    raise UserError("Too many runs are being fetched right now; try again in a minute.")
                self._fetches[name] = Future()
                threading.Thread(target=self._work, args=[name, self._fetches[name]], daemon=True).start()
            return self._fetches[name]

    def _work(self, name: str, fetch: Future) -> None:
        try:
            with self._one_at_a_time:
                self._pull(name)
            fetch.set_result(None)
        except Exception as error:
            fetch.set_exception(error)
        finally:
            with self._lock:
                del self._fetches[name]

    def _pull(self, name: str) -> None:
        kept = hub.kept_bytes(name)
        # A public server uses no token: visitors must not see the private repositories of its owner.
        try:
            path = hub.pull(name, token=False if in_public() else None, most_bytes=max(0, min(self._left, MOST_BYTES)))
        except UserError as error:
            if in_public() and status(error) in (401, 404):
                raise UserError(f"The Hub has no public run {name}; check the name.") from error
            raise
        finally:  # also if the run was rejected after the download
            self._left -= hub.kept_bytes(name) - kept
        self._library.add(name, path)


def _name(text: str) -> str:
    """Returns OWNER/NAME[@REVISION], also from the URL of its page. Raises UserError for anything else."""
    from huggingface_hub.constants import ENDPOINT

    name = text.strip().removeprefix("https://huggingface.co/").removeprefix(f"{ENDPOINT}/").rstrip("/")
    if not hub.is_name(name):
        raise UserError("Give the name of a run on the Hub as OWNER/NAME, or OWNER/NAME@REVISION.")
    return name
