"""Follows a job: its events into the loggers of a training here, its other lines on stderr, and what came of it at the end."""

import shlex
import sys
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from tqdm import tqdm

from ganlib.hub.errors import Unreachable
from ganlib.remote.job import Job
from ganlib.remote.leaving import later, leave_or_cancel
from ganlib.remote.outcome import exit_code, printable, reason
from ganlib.training.events import Begun, Diverged, Event, Failed, Finished, GridSaved, SnapshotSaved, Stopped
from ganlib.training.loggers import Log
from ganlib.training.loggers.console import Console
from ganlib.training.loggers.json_lines import JsonLines, from_line

if TYPE_CHECKING:
    from huggingface_hub import JobInfo


@dataclass(frozen=True)
class Following:
    """A job that trains a run, and how the training is continued after a time limit.

    Args:
        job: the job.
        repo: where its run goes on the Hub.
        options: the options of the job itself, for the command that continues: " --on hf-jobs --flavor t4-small".
    """

    job: Job
    repo: str
    options: str = " --on hf-jobs"
    as_json: bool = False  # events as JSON lines on stdout, sentences on stderr

    def follow(self) -> int:
        """Shows the training until the job has ended. Returns the exit code. Ctrl-C asks what becomes of the job."""
        try:
            return self._watch()
        except KeyboardInterrupt:
            return leave_or_cancel([self.job], self._left())
        except Unreachable as error:
            print(f"{error} The job goes on without being followed. {later([self.job])}", file=sys.stderr)
            return 1

    def _watch(self) -> int:
        out = sys.stderr if self.as_json else sys.stdout
        look = f"python -m ganlib.hub pull {self.repo} --out {shlex.quote(f'checkpoints/{self._name}')} && python app.py"
        asks = "asks whether to leave or to cancel the job"
        logs: list[Log] = [Console(out, sys.stderr, f"in the job {self.job.name}", look, asks, self.options)]
        logs += [JsonLines(sys.stdout)] if self.as_json else []
        last: Event | None = None
        said, parent = "", ""
        try:
            for line in self.job.lines():
                if event := from_line(line, parent):
                    last = self._moved(event)
                    parent = last.parent if isinstance(last, Begun) else parent
                    for log in logs:
                        log.handle(last)
                elif line.strip():
                    said = printable(line)
                    tqdm.write(said, sys.stderr)
        finally:
            for log in logs:
                log.close()
        return self._outcome(self.job.info(), last, said)

    @property
    def _name(self) -> str:
        return self.repo.rpartition("/")[2]

    def _moved(self, event: Event) -> Event:
        """Returns the event with the run's place on the Hub instead of that in the job."""
        match event:
            case Begun():
                return replace(event, run=Path(self.repo))
            case SnapshotSaved() | GridSaved():
                return replace(event, grid=Path(self.repo, *PurePosixPath(event.grid).parts[-2:]))
        return event

    def _outcome(self, info: "JobInfo", last: Event | None, said: str) -> int:
        """Prints how the job ended, where the events haven't told. Returns the exit code: that of train.py where it ended by
        itself, else 1."""
        stage, code = info.status.stage, exit_code(info)
        if stage == "COMPLETED":
            if not isinstance(last, Finished | Stopped):
                print(f"The job has ended: {self.job.address}", file=sys.stderr)
            return 0
        if not (stage == "ERROR" and code and isinstance(last, Diverged | Failed)):
            print(f"{reason(info, said)} {self._left()}", file=sys.stderr)
        return code or 1

    def _left(self) -> str:
        again = f"go on from there with: python train.py --resume {self.repo}{self.options}"
        return f"What was uploaded before is at {self.repo}; {again}"
