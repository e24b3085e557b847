"""Opens runs from the Hub for visitors: fetched one after another, then listed for everyone until the server ends."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from ganlib import UserError, hub
from ganlib.hub.errors import status
from studio import validation
from studio.library import Library
from studio.limits import Limits, in_public

PATIENCE = 2  # seconds that an answer waits for a run before it says that it is still coming
MOST_FETCHES = 8  # under way or waiting
LONGEST_NAME = 500
MOST_BYTES = 512 * 2**20  # of one run: the largest generators would keep the cores from all others


class Fetching:
    """Answers `fetch`, over `library`. Thread-safe."""

    def __init__(self, library: Library, limits: Limits):
        self._library, self._left = library, limits.hub_bytes
        self._lock, self._one_at_a_time = threading.Lock(), threading.Lock()
        self._fetches: dict[str, Future] = {}

    def answers(self) -> dict[str, Callable[[dict], dict]]:
        return {"fetch": self._fetch}

    def _fetch(self, question: dict) -> dict[str, Any]:
        """Whether the run OWNER/NAME[@REVISION] of the Hub is among the listed ones; until it is, the page asks again."""
        name = _name(validation.text("name", question.get("name"), LONGEST_NAME))
        if name not in self._library.entries():
            try:
                self._under_way(name).result(PATIENCE)
            except TimeoutError:
                return {"run": name, "there": False}
        return {"run": name, "there": True}

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
        # Strangers see what anyone may read, whatever the token of this machine may.
        try:
            path = hub.pull(name, token=False if in_public() else None, most_bytes=max(0, min(self._left, MOST_BYTES)))
        except UserError as error:
            if in_public() and status(error) in (401, 404):
                raise UserError(f"The Hub has no public run {name}; check the name.") from error
            raise
        finally:  # also for one that was refused once it was here
            self._left -= hub.kept_bytes(name) - kept
        self._library.add(name, path)


def _name(text: str) -> str:
    """OWNER/NAME[@REVISION], out of the address of its page too. Raises UserError where it is none."""
    from huggingface_hub.constants import ENDPOINT

    name = text.strip().removeprefix("https://huggingface.co/").removeprefix(f"{ENDPOINT}/").rstrip("/")
    if not hub.is_name(name):
        raise UserError("Give the name of a run on the Hub as OWNER/NAME, or OWNER/NAME@REVISION.")
    return name
