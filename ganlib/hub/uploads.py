"""Uploads a run after each snapshot while it trains, in a background thread."""

import logging
import shlex
import sys
import threading
import time

from ganlib.hub.errors import Unreachable
from ganlib.hub.pushing import Repository
from ganlib.runs.run import Run
from ganlib.training.events import Event, SnapshotSaved

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0  # seconds before a retry; doubled each time
LAST_TRIES = 3  # once the training has ended

logger = logging.getLogger(__name__)


class Uploads:
    """Uploads `run` to `repository` after every snapshot; snapshots that are saved during an upload go into the next one.

    Errors are logged and retried after growing pauses. Nothing is raised: the training continues without the Hub.
    """

    def __init__(self, run: Run, repository: Repository, first_pause: float = FIRST_PAUSE):
        self._run, self._repository, self._first_pause = run, repository, first_pause
        self._due, self._over = threading.Event(), threading.Event()  # an upload is due; the training has ended
        self._trouble: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="uploads", daemon=True)
        self._thread.start()

    def handle(self, event: Event) -> None:
        """Handles an event of the training; a snapshot starts an upload."""
        if isinstance(event, SnapshotSaved):
            self._due.set()

    def close(self) -> None:
        """Marks the training as ended; the rest is uploaded in a few tries, for which `wait` waits."""
        self._over.set()
        self._due.set()

    def wait(self) -> bool:
        """Waits for the last upload. Returns whether all is uploaded; otherwise prints how to finish. Ctrl-C gives up."""
        print(f"Uploading the rest to {self._repository.address}; Ctrl-C leaves it.", file=sys.stderr)
        try:
            self._thread.join()
        except KeyboardInterrupt:
            self._trouble = self._trouble or Unreachable("The upload was interrupted.")
        if self._trouble is None:
            print(f"Uploaded: {self._repository.address}", file=sys.stderr)
        else:
            state = f"Not all of {self._run.path} is on the Hub. {self._trouble}"
            print(f"{state} Finish with: {self._command()}", file=sys.stderr)
        return self._trouble is None

    def _work(self) -> None:
        from huggingface_hub.utils import disable_progress_bars

        disable_progress_bars()  # the training has one already
        logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # errors are logged below, once
        pause, tries = self._first_pause, 0
        while True:
            self._due.wait()
            last = self._over.is_set()
            self._due.clear()
            self._trouble = self._send()
            if last and (self._trouble is None or not isinstance(self._trouble, Unreachable) or tries >= LAST_TRIES):
                return
            tries += last
            if isinstance(self._trouble, Unreachable):
                logger.warning("Not uploaded yet: %s Another try in %.0f seconds; the training goes on.", self._trouble, pause)
                (time.sleep if last else self._over.wait)(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                self._due.set()
            else:
                pause = self._first_pause
                if self._trouble:
                    logger.warning("Not uploaded: %s The next snapshot is another try.", self._trouble)

    def _send(self) -> Exception | None:
        """Uploads once. Returns the error, of any kind: this thread must not end before the training."""
        try:
            self._repository.send(self._run)
        except Exception as error:
            return error
        return None

    def _command(self) -> str:
        name = self._repository.name
        words = ["python", "-m", "ganlib.hub", "push", str(self._run.path), name.repo]
        words += ["--private"] if self._repository.private else []
        words += ["--state"] if self._repository.state else []
        return shlex.join(words + (["--revision", name.revision] if name.revision else []))
