"""Works on a sweep in jobs on the Hub, each of which runs `python -m ganlib.sweep` on the study in a database."""

import sys
import tomllib
from argparse import Namespace
from pathlib import Path

from ganlib import UserError
from ganlib.datasets.arguments import reading
from ganlib.remote import data, launch, parents, rental, request, workers
from ganlib.remote.job import SWEEP, Job
from ganlib.remote.leaving import later
from ganlib.remote.rental import Rental
from ganlib.sweep import report, shared, study_file
from ganlib.sweep.shared import Database
from ganlib.sweep.study import Study, engine
from ganlib.sweep.study_file import SENT, STORAGE, Sweep

MARKER = "ganlib/sweep/jobs.py"  # code without it is too old
PACKAGE = "optuna>=4.9"


def work(options: Namespace, sweep: Sweep) -> int:
    """Works on a sweep in jobs, by the options of `python -m ganlib.sweep`. Returns the exit code. Raises UserError."""
    from huggingface_hub import HfApi

    if sweep.repo is None:
        raise UserError("The machine of a job is gone after it: say where the runs go with --push-to-hub OWNER/NAME.")
    if sweep.options.data_root:
        raise UserError(f"data-root is a folder of this machine; leave it out of [train] with --on {options.on}.")
    engine()
    api, seconds = HfApi(), request.time_limit(options.timeout)
    database = shared.database(sweep.storage, api.endpoint)
    owner, machine = rental.place(api, options.flavor)
    dataset, pictures = data.found(api, sweep.options.dataset, reading(sweep.options), owner)
    parent, snapshot = parents.found(sweep.options.init_from, owner) if sweep.options.init_from else (None, None)
    uploads = tuple(upload for upload in (pictures, snapshot) if upload)
    rented = Rental(api, owner, machine, seconds, options.code, uploads, options.workers or 1)
    study = Study(sweep)  # raises if the database isn't reached, or the study is another's
    study_file.keep(options.file, sweep)
    launch.ask(rented.sentences(), options.yes)
    there = sweep.on_this_machine({"dataset": dataset, "init-from": parent, "device": machine.device(sweep.options.device)})
    code = workers.follow(_started(rented, options.file, there, database))
    print("\n".join(report.closing(study, options.file)))
    return code


def _started(rented: Rental, file: Path, sweep: Sweep, database: Database) -> list[Job]:
    """Uploads what the jobs need and starts them. Raises UserError, having said which are started."""
    running = rented.running(MARKER)
    rented.upload()
    settings = {
        SENT: shared.text(tomllib.loads(file.read_text(encoding="utf-8")), sweep.name),
        "PACKAGES": f"{PACKAGE} {database.package}".strip(),
    }
    here = [part for option in sweep.here for part in option]
    pushed = ["--push-to-hub", str(sweep.repo), *(["--private"] if sweep.private else [])]
    arguments, secrets = ["-m", SWEEP, "study.toml", *here, *pushed], {STORAGE: database.address}
    started: list[Job] = []
    try:
        for _ in range(rented.number):
            started.append(rented.start(running, arguments, sweep.name, settings, secrets))
            print(f"The job {started[-1].address} runs the code {running}.")
    except UserError:
        if started:
            print(f"Only {len(started)} of {rented.number} jobs have started. {later(started)}", file=sys.stderr)
        raise
    print(f"The runs go to {sweep.repository(0)} and so on.")
    return started
