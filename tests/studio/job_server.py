"""Runs a server of training jobs that a test can kill: python job_server.py FOLDER starts one training and queues another,
prints the first one's state at every change, and runs until it is ended."""

import sys
import time
from pathlib import Path

from studio.jobs.job import Materials
from studio.jobs.manager import JobManager
from studio.jobs.request import TrainingRequest
from studio.limits import Limits

ANN = "a" * 32
ORDER = TrainingRequest(minutes=5, seed=0, recipe="mlp", dataset="digits", grid_every=5)


def main() -> None:
    jobs = JobManager(Path(sys.argv[1]), Limits(), "cpu")
    first, _ = (jobs.find(jobs.start(ANN, ORDER, Materials(Path("checkpoints")))) for _ in range(2))
    while True:
        print(first.images, jobs._runner.running and jobs._runner.running._pid, flush=True)
        time.sleep(0.1)


if __name__ == "__main__":
    main()
