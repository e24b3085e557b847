"""One go at a trial: train.py in a process of its own, from the start or from the saved state, to whatever ends it."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ganlib import UserError, files, scoring
from ganlib.hub import states
from ganlib.metrics import measures
from ganlib.runs.checkpoint_files import CheckpointFiles
from ganlib.runs.lock import RunLock
from ganlib.runs.run import Run
from ganlib.sweep.study_file import Sweep
from ganlib.training.events import Advanced, Begun, Diverged, Event, Failed, Finished, HealthRead, SnapshotSaved, Stopped
from ganlib.training.health import SOUND
from ganlib.training.loggers.json_lines import from_line

SCRIPT = Path(__file__).resolve().parents[2] / "train.py"
LOGS = "logs"  # folder of what the trainings say besides events
POLL = 0.5  # seconds between two looks at a run that another process still holds
RESUMED_WITH = ("--device", "--precision", "--compile", "--data-root", "--on-divergence")

Ending = Literal["finished", "pruned", "failed", "killed", "interrupted"]
Report = Callable[[float, int, int], str | None]  # a value, the images and the cost so far; returns why the trial ends


@dataclass(frozen=True)
class Outcome:
    """How a go at a trial ended, and why; `value` of a finished one."""

    ending: Ending
    reason: str = ""
    value: float | None = None


class Training:
    """The run of trial `number`, in a folder of the sweep's.

    Args:
        sweep: the sweep.
        number: the trial's.
        arguments: options of train.py for a new run.
        threads: of the process.
        repo: on the Hub, where the run goes; None if it stays here.
        left: whether the trial was left after it had reported a value, so that its run may be on the Hub.
    """

    def __init__(
        self, sweep: Sweep, number: int, arguments: list[str], threads: int, repo: str | None = None, left: bool = False
    ):
        self._sweep, self._new, self._threads = sweep, arguments, threads
        self._repo, self._left = repo, left
        self.folder = folder_of(sweep, number)
        self._state = CheckpointFiles(self.folder).last
        self._log = sweep.folder / LOGS / f"{self.folder.name}.txt"
        self._process: subprocess.Popen | None = None
        self._interrupted = False
        self._seconds = 0.0  # of training, at the last event that said so

    def interrupt(self) -> None:
        """Ends the process after the current step, with its state saved. Safe from another thread."""
        self._interrupted = True
        self._stop()

    def run(self, report: Report, begun: Callable[[int], None]) -> Outcome:
        """Trains to the end, or until `report`, called with each new value, or the run's health says that it should end.
        `begun` is called with the images seen at the start."""
        while not self._is_free():  # its worker was killed; train.py ends at its next step, for want of a reader
            if self._interrupted:
                return Outcome("interrupted")
            time.sleep(POLL)
        last: Event | None = None
        reason = None
        with self._started() as process:
            for event in self._events(process):
                last = event
                if isinstance(event, Begun):
                    begun(event.images)
                if reason is None and (reason := self._objection(event, report)):
                    self._stop()
        if reason or isinstance(last, Finished):
            return Outcome("pruned", reason) if reason else Outcome("finished", value=self._final_value())
        if self._interrupted:
            return Outcome("interrupted")
        if isinstance(last, Failed):
            return Outcome("failed", last.message)
        if isinstance(last, Stopped) or process.returncode < 0:
            return Outcome("killed", "its training was killed again and again")
        return Outcome("failed", self._last_words())

    def _is_free(self) -> bool:
        lock = RunLock(self.folder)
        try:
            if self.folder.is_dir():
                lock.acquire()
        except UserError:
            return False
        lock.release()
        return True

    @contextmanager
    def _started(self) -> Iterator[subprocess.Popen]:
        self._log.parent.mkdir(exist_ok=True)
        told = ["--quiet", "--log-to", "json", "--scores", self._sweep.measure]
        command = [sys.executable, str(SCRIPT), *self._arguments(), *told]
        threads = {"OMP_NUM_THREADS": str(self._threads)} | os.environ
        with (
            self._log.open("a", encoding="utf-8") as log,
            subprocess.Popen(  # in a session of its own: Ctrl-C reaches the sweep alone, which then ends its trainings
                command, stdout=subprocess.PIPE, stderr=log, env=threads, text=True, encoding="utf-8", start_new_session=True
            ) as process,
        ):
            self._process = process
            if self._interrupted:
                self._stop()
            yield process

    def _stop(self) -> None:
        if self._process is not None:
            self._process.terminate()

    @staticmethod
    def _events(process: subprocess.Popen) -> Iterator[Event]:
        assert process.stdout
        yield from filter(None, map(from_line, process.stdout))

    def _arguments(self) -> list[str]:
        """Returns the options to go on with, or to begin with; what was begun without a saved state begins anew."""
        if not self._state.exists():
            shutil.rmtree(self.folder, ignore_errors=True)
            self._fetch()
        if not self._state.exists():
            return [*self._new, "--out", str(self.folder), *self._uploaded()]
        moved = [option for option in self._sweep.here if option[0] == "--dataset"]
        kept = [*(option for option in self._sweep.trained if option[0] in RESUMED_WITH), *moved]
        options = [part for option in kept for part in option]
        return ["--resume", str(self.folder), *options, *self._time_left(), *self._uploaded()]

    def _fetch(self) -> None:
        """Downloads what another machine has uploaded of the trial, if it has."""
        if self._repo and self._left:
            with suppress(UserError):
                states.fetch(self._repo, self.folder)

    def _uploaded(self) -> list[str]:
        if self._repo is None:
            return []
        return ["--push-to-hub", self._repo, "--push-state", *(["--private"] if self._sweep.private else [])]

    def _time_left(self) -> list[str]:
        if self._sweep.minutes is None:
            return []
        spent = files.read_settings(self._state).get("seconds", 0) / 60
        return ["--minutes", f"{max(self._sweep.minutes - spent, 1e-3):.4f}"]

    def _objection(self, event: Event, report: Report) -> str | None:
        """Returns why the trial should end, if it should."""
        match event:
            case Advanced():
                self._seconds = event.seconds
            case SnapshotSaved() if event.images and self._sweep.figure.name in event.scores:
                cost = event.images if self._sweep.images else round(self._seconds)
                return report(event.scores[self._sweep.figure.name], event.images, cost)
            case HealthRead() if event.reading.verdict not in (*SOUND, "too-early"):
                return event.reading.sentence
            case Diverged():
                return event.message
        return None

    def _final_value(self) -> float:
        """Returns the figure of the run's last snapshot; measures it if the training was killed before it did."""
        run, name = Run.open(self.folder), self._sweep.figure.name
        snapshot = run.snapshots()[-1]
        known = run.scores()["snapshots"].get(snapshot.path.stem, {})
        if name in known:
            return known[name]["value"]
        data = scoring.Data(scoring.Data.of(run).training, None)
        scores = scoring.score(run, snapshot, data, [self._sweep.measure], measures.FEWER)
        run.save_scores(data.reference(run.config), {snapshot.images: scores})
        return scores[name][0]

    def _last_words(self) -> str:
        """Returns the last line that train.py has said."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        return next(filter(None, map(str.strip, reversed(lines))), "it ended without a word")


def folder_of(sweep: Sweep, number: int) -> Path:
    """Returns the folder of a trial's run."""
    return sweep.folder / f"trial-{number:03d}"
