"""Estimates a training's speed and memory by a few real steps: `train.py --dry-run` in a separate process."""

import shutil
import signal
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from ganlib import UserError
from studio.jobs import train_process
from studio.jobs.job import Job, Materials
from studio.jobs.manager import JobManager
from studio.jobs.request import TrainingRequest
from studio.limiter import Limiter

PATIENCE = 180.0  # seconds that a measurement may take while a job trains and visitors draw
KEPT = 64
PREFIX = "estimate-"  # of the folders of measurements


class Estimates:
    """Measures one request at a time and caches the last results. Thread-safe."""

    def __init__(self, jobs: JobManager):
        self._jobs, self._measuring = jobs, Limiter(1, "trainings are being estimated")
        self._known: dict[TrainingRequest, dict[str, Any]] = {}
        for left in jobs.folder.glob(f"{PREFIX}*"):  # left by a killed server
            shutil.rmtree(left, ignore_errors=True)

    def of(self, order: TrainingRequest, materials: Materials) -> dict[str, Any]:
        """Returns {images_per_second, bytes, seconds, shared} of a training; `shared` if another job trained meanwhile (the key
        `busy` would make the page retry). Raises UserError if it could not be measured."""
        if order.race:
            raise UserError("An estimate is of a single training; leave the race out.")
        alike = replace(order, minutes=0, images=None, seed=0, snapshot_every=None, grid_every=None)
        with tempfile.TemporaryDirectory(dir=self._jobs.folder, prefix=PREFIX) as folder, self._measuring:
            materials.put(Path(folder))
            measured = self._known.get(alike) or self._measured(order, Path(folder))
        if not measured["shared"]:
            self._known[alike] = measured
            if len(self._known) > KEPT:
                del self._known[next(iter(self._known))]
        seconds = 60 * order.minutes
        if order.images is not None:
            seconds = min(seconds, order.images / measured["images_per_second"])
        return measured | {"seconds": seconds}

    def _measured(self, order: TrainingRequest, folder: Path) -> dict[str, Any]:
        """Runs a few steps in `folder`; returns {images_per_second, bytes, shared}. Raises UserError if they fail."""
        job = Job("estimate", folder, owner="", order=order, created=0)
        arguments = [*job.arguments(self._jobs.device, 60 * order.minutes), "--dry-run"]
        shared, seen = self._jobs.busy(), {}
        for event in self._jobs.launch(arguments, folder, job.environment()):
            seen[event["event"]] = event
            if event["event"] == "launched":
                watchdog = threading.Timer(PATIENCE, train_process.end, [event["pid"], signal.SIGKILL])
                watchdog.daemon = True
                watchdog.start()
            elif event["event"] == "ended" and "launched" in seen:
                watchdog.cancel()
        if "estimate" not in seen:
            raise UserError(f"This training could not be tried: {_why(seen)}")
        return {name: seen["estimate"][name] for name in ("images_per_second", "bytes")} | {"shared": shared}


def _why(seen: dict[str, dict[str, Any]]) -> str:
    """Returns why there is no estimate, from the last event of each kind."""
    if "refused" in seen or seen["ended"]["code"] == 2:  # by ZeroGPU or by train.py
        return seen["ended"]["said"]
    return "it took too long, or too much memory."
