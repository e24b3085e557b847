"""One training in a job of the Hub as the page shows it: uploaded, started and followed in a thread."""

import logging
import secrets
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ganlib import UserError
from ganlib.hub.errors import Unreachable
from ganlib.remote import outcome
from ganlib.remote.job import Job
from ganlib.training.events import Advanced, Begun, Diverged, Event, Failed, Finished, Progress, SnapshotSaved, Stopped
from ganlib.training.loggers.json_lines import from_line

if TYPE_CHECKING:
    from huggingface_hub import HfApi

MOST_LINES = 200  # of the log that are kept
UPLOADING, LOST = "UPLOADING", "LOST"  # stages besides the Hub's: before there is a job, and when the Hub can't be reached

log = logging.getLogger(__name__)


class Rented:
    """A training in a job of `owner` whose run goes to `repo`. Thread-safe. Its state is for the owner only; `told` phrases
    an error for the page."""

    def __init__(self, owner: str, repo: str, told: Callable[[UserError], str]):
        self.id, self.owner, self.repo, self._told = secrets.token_urlsafe(16), owner, repo, told
        self.job: Job | None = None
        self._stage, self._said, self._over = UPLOADING, "", False
        self._progress: dict[str, Any] = {"images": 0, "total": None, "images_per_second": None, "snapshots": 0}
        self._lines: deque[str] = deque(maxlen=MOST_LINES)
        self._count = 0
        self._end: Event | None = None
        self._lock = threading.Lock()

    @property
    def over(self) -> bool:
        """Whether it has ended and its log has been read to the end."""
        return self._over

    def begin(self, start: Callable[[], Job]) -> None:
        """Starts the job by `start()` in a thread, and follows it."""
        threading.Thread(target=self._work, args=[start], name="rented", daemon=True).start()

    def state(self, since: int = 0) -> dict[str, Any]:
        """Returns how it stands, and the lines of its log after the first `since` that are kept."""
        with self._lock:
            lines = [*self._lines][max(0, since - self._count + len(self._lines)) :]
            return self._progress | {
                "id": self.id, "repo": self.repo, "job": self.job.name if self.job else None,
                "address": self.job.address if self.job else None, "stage": self._stage, "said": self._said, "over": self.over,
                "lines": lines, "count": self._count,
            }  # fmt: skip

    def cancel(self, api: "HfApi") -> None:
        """Ends the job by the owner's present token. Raises UserError."""
        if self.job is None:
            raise UserError("This training is not started yet; wait until it is uploaded.")
        replace(self.job, api=api).cancel()

    def _work(self, start: Callable[[], Job]) -> None:
        try:
            job = start()
            with self._lock:
                self.job, self._stage = job, job.info().status.stage
            self._follow(job)
        except Unreachable as error:
            self._stop(LOST if self.job else "ERROR", self._told(error))
        except UserError as error:
            self._stop("ERROR", self._told(error))
        except Exception:
            log.exception("a training in a job could not be followed")
            self._stop(LOST if self.job else "ERROR", "An error on this server broke it off.")

    def _follow(self, job: Job) -> None:
        last = ""
        for line in job.lines():
            event = from_line(line)
            with self._lock:
                self._stage = "RUNNING"
                if event:
                    self._take(event)
                elif line.strip():
                    last = outcome.printable(line)
                    self._lines.append(last)
                    self._count += 1
        info = job.info()
        ended_well = info.status.stage == "COMPLETED"
        told = getattr(self._end, "message", "") if isinstance(self._end, Diverged | Failed) else ""
        self._stop(info.status.stage, "" if ended_well else told or outcome.reason(info, last))

    def _take(self, event: Event) -> None:
        match event:
            case Begun():
                self._progress |= {"images": event.images, "total": event.total}
            case Progress():
                self._progress |= {
                    "images": event.images, "total": event.total, "images_per_second": event.images_per_second,
                }  # fmt: skip
            case SnapshotSaved():
                self._progress["snapshots"] += 1
            case Advanced():
                self._progress["images"] = event.images
            case Finished() | Stopped() | Diverged() | Failed():
                self._end = event

    def _stop(self, stage: str, said: str) -> None:
        with self._lock:
            self._stage, self._said, self._over = stage, said, True
