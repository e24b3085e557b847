"""Searches for settings of a recipe by many trainings, with Optuna (`pip install optuna`).

python -m ganlib.sweep digits.toml                  # what to vary, and what each trial may cost; docs/sweeps.md has the form
python -m ganlib.sweep digits.toml --report         # the trials as a table, the best first
python -m ganlib.sweep digits.toml --report digits.html      # with parallel coordinates and the best grids side by side
python app.py --checkpoints sweeps/digits           # the same in the page, and each trial as a run like any other
python -m ganlib.sweep digits.toml --on hf-jobs --workers 2 --push-to-hub OWNER/NAME    # on two machines, paid by the minute

The same command goes on with a sweep that was interrupted. Started several times, also on several machines that share the
folder or a database, its processes work on one study; what one of them leaves when it is killed, the others take up.
"""

if __name__ == "__main__":
    from ganlib import interrupts

    interrupts.end_at_once()  # on Ctrl-C during the imports below

import argparse
import os
import signal
import sys
from pathlib import Path

from ganlib import UserError, devices, files, interrupts, scoring
from ganlib.cli import options_of, positive_int, run_command
from ganlib.metrics.measures import IN_TRAINED, in_trained_features
from ganlib.planning import plan, train_options
from ganlib.runs.config import Config
from ganlib.sweep import html, jobs, report, study_file
from ganlib.sweep.study import Study, engine
from ganlib.sweep.study_file import Sweep
from ganlib.sweep.workers import Workers

TABLE = Path()  # --report without a file
HERE = ("dataset", "init-from", "device")  # options of train.py that may differ between the machines of a sweep


def main(arguments: list[str] | None = None) -> int:
    options = options_of(_parser(), arguments)
    sweep = study_file.read(options.file).on_this_machine({name: getattr(options, name.replace("-", "_")) for name in HERE})
    sweep = sweep.pushed_to(options.push_to_hub, options.private)
    if options.report is not None:
        return _report(Study(sweep, new=False), options.report)
    if options.on:
        return jobs.work(options, sweep)
    train_options.refuse_options_of_jobs(options)
    engine()  # refused before the pictures are read
    device = devices.pick(sweep.options.device)
    config = plan.planned(sweep.options, device).config  # reads the pictures once, before all trainings do
    _check(sweep, config)
    study = Study(sweep)
    study_file.keep(options.file, sweep)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    number = options.workers or (cores if device.type == "cpu" else 1)
    workers = Workers(study, number, max(1, cores // number), _moments(study, config))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if hasattr(signal, "SIGUSR1"):  # not on Windows
        signal.signal(signal.SIGUSR1, _time_is_up)
    try:
        workers.run()
    except TimeIsUp:
        print("The time is up; what was trained is saved. The same command goes on.", file=sys.stderr)
        return 0
    except KeyboardInterrupt:
        print("Interrupted; what was trained is saved. The same command goes on.", file=sys.stderr)
        return interrupts.CODE
    if study_file.SENT not in os.environ:  # whoever has started the job says so
        print("\n".join(report.closing(study, options.file)))
    return 0


class TimeIsUp(KeyboardInterrupt):
    """SIGUSR1, as before the time limit of a job."""


def _time_is_up(number: int, _: object) -> None:
    signal.signal(number, signal.SIG_IGN)  # a second one would interrupt the ending
    raise TimeIsUp


def _report(study: Study, file: Path) -> int:
    """Prints the report, or writes it to an HTML file."""
    if file == TABLE:
        print("\n".join(report.lines(study)))
    else:
        files.write(file, html.document(study))
    return 0


def _check(sweep: Sweep, config: Config) -> None:
    """Raises UserError if trials would have another recipe than `sweep.recipe`, or its measure can't judge them."""
    if config.recipe.name != sweep.recipe.name:
        other, own = config.recipe.name, sweep.recipe.name
        raise UserError(f'These pictures get the recipe {other} by default: say recipe = "{other}" or "{own}" in [train].')
    scoring.refuse_unfit([sweep.measure], config)
    if in_trained_features(sweep.figure.name, config.feature_network):
        raise UserError(f"{sweep.figure.name} measures {IN_TRAINED}, {config.feature_network}; choose another measure.")


def _moments(study: Study, config: Config) -> list[str]:
    """Returns the option of train.py for snapshots at the rungs, where these count images."""
    if study.sweep.images is None:
        return []
    return ["--snapshot-at", ",".join(f"{images / config.dataset_size:.9g}" for images in study.rungs)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ganlib.sweep", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, metavar="STUDY.toml", help="what to train, to vary and to measure")
    number = "trainings at a time (default: one for each core; one on a GPU); with --on the number of jobs (default: 1)"
    parser.add_argument("--workers", type=positive_int, help=number)
    told = "print the trials so far, or write them with pictures to this file, and begin none"
    parser.add_argument("--report", type=Path, nargs="?", const=TABLE, metavar="FILE.html", help=told)
    here = parser.add_argument_group("this machine, where [train] is of another")
    here.add_argument("--dataset", metavar="SET", help="where the same pictures are here")
    here.add_argument("--init-from", metavar="RUN[@EPOCH]", help="where the same run is here")
    here.add_argument("--device", help="auto | cpu | cuda | cuda:0 | mps")
    pushed = parser.add_argument_group("Hugging Face Hub")
    uploaded = "upload each trial's run, with its state, to OWNER/NAME-trial-000 and so on"
    pushed.add_argument("--push-to-hub", metavar="OWNER/NAME", help=uploaded)
    pushed.add_argument("--private", action="store_true", help="create the repositories as private")
    train_options.add_job(parser.add_argument_group(train_options.JOB), "1h")
    return parser


if __name__ == "__main__":
    run_command(main)
