"""Starts, pauses, resumes, stops and deletes the training jobs of the page, within the visitors' limits.

Jobs belong to the server, run one after another, and survive reloads of the page and restarts of the server. A job runs
`python train.py` in its own folder. Pausing and stopping send a signal, on which train.py saves a snapshot and a checkpoint;
resuming uses `--resume`. Anyone who knows a job's id may view it; only the visitor who started it may change it.
"""

import signal
import threading
import time
from pathlib import Path
from typing import Any

from ganlib import UserError
from ganlib.runs.run import Run
from studio.jobs import train_process
from studio.jobs.job import ENDED, IDLE, Job, Materials
from studio.jobs.lane import Lane
from studio.jobs.queue import JobQueue
from studio.jobs.remedies import changes
from studio.jobs.request import TrainingRequest
from studio.jobs.running import Launch, Outcome
from studio.jobs.store import JobStore
from studio.limits import Limits

SWEEP = 300.0  # seconds between sweeps
ABSENT = "There is no job with this id; it may have been deleted."


class JobManager:
    """The jobs in a folder, and the thread that runs them on `device` in order of arrival. Thread-safe.

    `launch` runs train.py (`train_process.train`), for at most `slice_minutes` at a time unless None. Two servers never share
    a folder: the second uses `folder`-2. With `keep` the jobs are copied there, from which a new server with an empty folder
    takes them.
    """

    def __init__(
        self,
        folder: Path,
        limits: Limits,
        device: str = "auto",
        launch: Launch = train_process.train,
        slice_minutes: float | None = None,
        keep: Path | None = None,
    ):
        self._records = JobStore(folder, keep)
        self.folder, self.limits, self.device, self.launch = self._records.folder, limits, device, launch
        self.lasting = keep is not None  # over a restart that empties the disk
        self._lock, self._closed = threading.RLock(), threading.Event()
        self._runner = JobQueue(self._records, self._lock, device, launch, slice_minutes, self._is_full)
        threading.Thread(target=self._sweep_often, name="sweeper", daemon=True).start()

    # ------------------------------------------------------------------------------------------ actions of visitors

    def start(self, visitor: str, order: TrainingRequest, materials: Materials) -> str:
        """Queues a job and returns its id. Raises UserError if a limit is reached."""
        self.sweep()
        with self._lock:
            self._check_limits(visitor)
            job = self._records.add(visitor, order, materials)
            self._runner.put(job)
        return job.id

    def of(self, visitor: Any) -> list[Job]:
        """Returns a visitor's jobs, newest first."""
        with self._lock:
            owned = [job for job in self._records if job.belongs_to(visitor)]
        return sorted(owned, key=lambda job: -job.created)

    def find(self, id: Any, owner: str | None = None) -> Job:
        """Returns the job `id`. Raises UserError if there is none, or if it isn't `owner`'s."""
        job = self._records.find(id)
        if job is None:
            raise UserError(ABSENT)
        if owner is not None and not job.belongs_to(owner):
            raise UserError("Only the visitor who began this job may do this.")
        return job

    def place(self, run: str) -> tuple[Path, str] | None:
        """Returns the folder and the title of a job's run, by its id (`Job.runs`); None if there is no such run."""
        job = self._job_of(run)
        lane = job.runs.get(run) if job else None
        return (job.path(lane), job.title_of(lane)) if job and lane else None

    def owns(self, visitor: Any, run: str) -> bool:
        """Whether this visitor started the job of the run with this id."""
        job = self._job_of(run)
        return job is not None and job.belongs_to(visitor)

    def _job_of(self, run: str) -> Job | None:
        return self._records.find(run.partition(".")[0])

    def pause(self, job: Job) -> None:
        """Saves the job and suspends it until it is resumed."""
        with self._lock:
            if self._runner.runs(job):
                self._runner.end("pause", train_process.WHOLE)
            elif job.state == "waiting":
                self._runner.drop(job)
                self._records.set_state(job, "paused")

    def stop(self, job: Job) -> None:
        """Ends the job permanently; its run so far is kept."""
        with self._lock:
            if self._runner.runs(job):
                self._runner.end("stop", train_process.WHOLE)
            elif job.state not in ENDED:
                self._runner.drop(job)
                self._records.finish(job, Outcome("stopped"))

    def resume(self, job: Job) -> None:
        """Queues a paused, interrupted or failed job again. Raises UserError."""
        with self._lock:
            self._check_resumable(job)
            self._runner.put(job)

    def remedy(self, job: Job, kind: str) -> None:
        """Continues with the options of the remedy `kind` (`remedies.KINDS`), ahead of all waiting jobs. Raises UserError."""
        if job.order.race:
            raise UserError("The trainings of a race go on as they began; train one anew to change it.")
        with self._lock:
            if not self._runner.runs(job):
                self._check_resumable(job)
            job.changes |= changes(Run.open(job.path(job.lanes[0])).config, kind)
            if self._runner.runs(job):
                self._runner.end("again")
            else:
                self._runner.put(job, first=True)

    def delete(self, job: Job) -> None:
        """Deletes the job and its files, running or not."""
        with self._lock:
            self._runner.drop(job)
            self._records.forget(job)
            if self._runner.runs(job):  # its files are deleted when its process has ended
                self._runner.end("delete", signal.SIGKILL)
            else:
                self._records.remove(job)

    def state(self, job: Job) -> dict[str, Any]:
        """Returns the state of a job for the page, and under "lanes" how far each of its runs is, all of one moment; times in
        seconds."""
        with self._lock:
            running = self._runner.runs(job)
            return {
                "state": job.state,
                "place": self._runner.place(job),
                "images": job.images,
                "minutes": job.order.minutes * len(job.lanes),
                "seconds": job.seconds,
                "eta": sum(_seconds_left(lane, job) for lane in job.racing) if running and job.begun else None,
                "reason": job.reason,
                "detail": job.detail,
                "resumable": job.resumable,
                "begun": job.begun,
                "ended": job.ended,
                "lanes": [_progress(lane, running) for lane in job.lanes],
            }

    def busy(self) -> bool:
        """Whether a job runs."""
        return self._runner.running is not None

    def bytes(self) -> int:
        """Returns the size of the folder in bytes."""
        return self._records.bytes()

    def sweep(self) -> None:
        """Deletes the jobs that are older than `limits.kept_hours`."""
        oldest = time.time() - 3600 * self.limits.kept_hours
        with self._lock:
            for job in [job for job in self._records if job.state in IDLE and job.changed < oldest]:
                self.delete(job)

    def close(self) -> None:
        """Interrupts the running job after it has saved, and releases the folder."""
        self._closed.set()
        self._runner.close()
        self._records.release()

    # ------------------------------------------------------------------------------------------ the limits

    def _check_limits(self, visitor: str) -> None:
        if len(self.of(visitor)) >= self.limits.jobs:
            raise UserError(f"You may have {self.limits.jobs} trainings here; delete one first.")
        if self._runner.waiting >= self.limits.waiting:
            raise UserError("Too many trainings wait already; try again later.")
        if self._is_full():
            raise UserError("The room for trainings on this server is used up; try again later.")

    def _check_resumable(self, job: Job) -> None:
        if not job.resumable:
            raise UserError("This training can't be continued: it runs or waits already, or it is over.")

    def _is_full(self) -> bool:
        return self.bytes() >= self.limits.disk_bytes

    def _sweep_often(self) -> None:
        while not self._closed.wait(SWEEP):
            self.sweep()


def _progress(lane: Lane, running: bool) -> dict[str, Any]:
    """Returns how far a run of a job is, for the page; times in seconds."""
    return {
        "images": lane.images,
        "total": lane.total,
        "seconds": lane.seconds,
        "images_per_second": lane.speed if running else None,
        "health": lane.health,
        "went_back": lane.went_back,
        "notes": list(lane.notes),
        "stretches": lane.stretches,
        "fault": lane.fault,
    }


def _seconds_left(lane: Lane, job: Job) -> float:
    """Returns the seconds that a lane still trains, by its speed and by its time."""
    left = lane.left(job.order.minutes)
    return max(0.0, min(left, (lane.total - lane.images) / lane.speed)) if lane.total and lane.speed else left
