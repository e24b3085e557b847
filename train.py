"""Trains a GAN and writes a run that `python app.py` shows.

python train.py --dataset mnist                              # ten minutes on two CPU cores
python train.py --dataset path/to/pictures --minutes 60      # your own folder or .zip; subfolders are classes
python train.py --resume                                     # continues the run that was trained last

python train.py --dataset mnist --set r1=0.5 --set generator.width=32        # with other settings than the recipe's
python train.py --dataset mnist --classes 7 --init-from checkpoints/mnist    # fine-tunes another run
python train.py --dataset mnist --on hf-jobs --push-to-hub OWNER/NAME        # on a GPU of the Hub, paid by the minute
torchrun --nproc-per-node=2 train.py --dataset mnist         # the same on two GPUs, or with two processes on the CPU
"""

if __name__ == "__main__":
    from ganlib import imports

    imports.begin()

import argparse
import shlex
import sys
from collections.abc import Collection
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TextIO

from ganlib import UserError, devices, hub, scoring
from ganlib.cli import options_of, run_command
from ganlib.hub.pushing import published
from ganlib.hub.uploads import Uploads
from ganlib.metrics import measures
from ganlib.networks import compiling
from ganlib.planning import plan, race, resuming, train_options, watching
from ganlib.planning.registration import recipes
from ganlib.remote import launch
from ganlib.runs import card
from ganlib.runs.run import Snapshot
from ganlib.threads import memory
from ganlib.training import estimate
from ganlib.training.distributed_step import gan_of
from ganlib.training.events import Diverged, Event, Failed, Finished, SnapshotSaved
from ganlib.training.loggers import Log
from ganlib.training.loggers.console import Console
from ganlib.training.loggers.json_lines import JsonLines
from ganlib.training.loggers.tensorboard import TensorBoard
from ganlib.training.loggers.tracking import Begin, Tracking
from ganlib.training.loggers.trackio import Trackio
from ganlib.training.loggers.wandb import WandB
from ganlib.training.process_group import ProcessGroup, ProcessLost
from ganlib.training.trainer import Trainer


def main(arguments: list[str] | None = None) -> int:
    processes = ProcessGroup.of_torchrun()
    with processes.only_local_rank_0_prints() if processes else nullcontext():
        options = options_of(train_options.parser(__doc__ or ""), arguments)
        if options.list_recipes:
            for recipe in recipes().values():
                print(f"{recipe.name:15} {recipe.summary}")
            return 0
        if options.race:
            race.check(options, processes)
        if options.on:
            return launch.train(options, sys.argv[1:] if arguments is None else arguments)
        train_options.refuse_options_of_jobs(options)
        memory.keep_memory()
        device = devices.pick(options.device)
        device = processes.device(device) if processes else device
        if options.compile:
            compiling.check(device)
    try:
        if options.race:
            return race.run(options, device)
        if processes:
            processes.connect(device)
        if processes and not processes.is_main:
            plan.run_worker(options, device, processes)
            return 0
        return _estimate(options, device, processes) if options.dry_run else _train(options, device, processes)
    except ProcessLost as error:
        raise UserError(processes.lost if processes else str(error)) from error
    except (MemoryError, RuntimeError, OSError) as error:
        if devices.is_out_of_memory(error):
            raise UserError(f"There is not enough memory on {device}: end other programs, or use a smaller batch.") from error
        raise
    finally:
        if processes and processes.is_main:
            processes.mark_reported()


def _train(options: argparse.Namespace, device, processes: ProcessGroup | None) -> int:
    if options.quiet and "json" not in options.log_to:
        raise UserError("--quiet leaves it to the events to tell what happens: add --log-to json.")
    repository, options = _repository(options), resuming.fetched(options)
    if options.resume is not None and (completed := resuming.completed(options)):
        return _nothing_left(completed, options, repository, processes)
    new = None if options.resume is not None else plan.planned(options, device, processes)
    if new:
        scoring.refuse_unfit(options.scores, new.config)  # before the run is created
    if repository:
        _prepare(repository)
    trainer = plan.begun(new, options, device, processes) if new else resuming.resumed(options, device, processes)
    if options.compile:
        trainer.gan.compile()
    scoring.refuse_unfit(options.scores, trainer.config)
    uploads = Uploads(trainer.run, repository) if repository else None
    try:
        with watching.ended_by_signals(trainer.stop):
            code = _watch(trainer, options, new.notes if new else (), [uploads] if uploads else [], processes)
    finally:
        uploaded = uploads is None or uploads.wait()
    return code if uploaded else code or 1


def _nothing_left(
    completed: resuming.Completed,
    options: argparse.Namespace,
    repository: hub.Repository | None,
    processes: ProcessGroup | None,
) -> int:
    """Reports that a resumed run is finished already, as after the restart of a job script, and completes its upload. Returns
    the exit code."""
    if processes:
        processes.announce_nothing()
    if "json" in options.log_to:
        JsonLines(sys.stdout).handle(Finished(completed.images))
    print(completed.sentence, file=_text_output(options))
    if repository is None:
        return 0
    uploads = Uploads(completed.run, repository)
    uploads.close()
    return 0 if uploads.wait() else 1


def _repository(options: argparse.Namespace) -> hub.Repository | None:
    """Returns the repository to upload to, if any; makes no request yet. Raises UserError."""
    if options.push_to_hub is None:
        if options.private or options.revision or options.push_state:
            told = "--private, --revision and --push-state are of an upload"
            raise UserError(f"{told}: say where to with --push-to-hub OWNER/NAME.")
        return None
    return hub.Repository(options.push_to_hub, private=options.private, revision=options.revision, state=options.push_state)


def _prepare(repository: hub.Repository) -> None:
    """Creates the repository. Raises UserError if the Hub refuses it; temporary errors are printed."""
    try:
        repository.prepare()
    except hub.Unreachable as error:
        print(f"{error} The training begins without.", file=sys.stderr)


def _estimate(options: argparse.Namespace, device, processes: ProcessGroup | None) -> int:
    """Times a few steps of the requested training, and prints the estimated time and memory."""
    if options.resume is not None:
        raise UserError("--dry-run estimates a new run; leave --resume out.")
    new = plan.planned(options, device, processes)
    if processes:
        processes.announce("", new.config.to_json())
    gan = gan_of(new.config, new.images, device, processes)
    if options.compile:
        gan.compile()
    event = estimate.measure(gan, options.minutes)
    if processes:
        processes.end()
    if "json" in options.log_to:
        JsonLines(sys.stdout).handle(event)
    print(*new.notes, event.sentence, sep="\n", file=_text_output(options))
    return 0


def _watch(
    trainer: Trainer, options: argparse.Namespace, notes: tuple[str, ...], others: list[Log], processes: ProcessGroup | None
) -> int:
    """Trains and passes every event to the loggers. Returns the exit code."""
    logs = [*_logs(trainer, options), *others]
    event: Event = watching.beginning(trainer, options.minutes, notes)
    try:
        watching.tell(logs, event, trainer.stop)
        for event in trainer.events(options.minutes):
            if options.scores and isinstance(event, SnapshotSaved):
                event = replace(event, scores=_scored(trainer, event.snapshot, options.scores))
            watching.tell(logs, event, trainer.stop)
        if processes and not processes.end() and not isinstance(event, Finished):
            raise ProcessLost
    except (OSError, MemoryError, RuntimeError) as error:
        if processes and isinstance(error, ProcessLost):
            event = Failed(trainer.images, "process", processes.lost)
        else:
            event = watching.failure(trainer, error)
        watching.tell(logs, event, trainer.stop)
    finally:
        for log in logs:
            log.close()
        if processes:
            processes.mark_reported()
    return {Diverged: 1, Failed: 2}.get(type(event), 0)


def _logs(trainer: Trainer, options: argparse.Namespace) -> list[Log]:
    """Returns the loggers that the options select."""
    run = trainer.run
    look = f"python app.py{_checkpoints_option(run.path)}"
    what = f"{run.config.recipe.name} on {run.config.dataset}"
    logs: list[Log] = [] if options.quiet else [Console(_text_output(options), sys.stderr, what, look)]
    if "json" in options.log_to:
        logs.append(JsonLines(sys.stdout))
    if "tensorboard" in options.log_to:
        logs.append(TensorBoard(run.path / "tensorboard", trainer.images))
    begins: dict[str, Begin] = {"trackio": Trackio, "wandb": partial(WandB, run.path)}
    shown = published(run.config).to_json()
    logs += [Tracking(name, run.path, shown, begin) for name, begin in begins.items() if name in options.log_to]
    return logs


def _text_output(options: argparse.Namespace) -> TextIO:
    """Returns the stream for sentences: stderr if stdout is for JSON lines."""
    return sys.stderr if "json" in options.log_to else sys.stdout


def _scored(trainer: Trainer, snapshot: Snapshot, names: Collection[str]) -> dict[str, float]:
    """Computes and saves the measures `names` of a snapshot. Returns the figures."""
    run, data = trainer.run, scoring.Data(trainer.gan.batches.images, None)
    scores: dict[int | None, scoring.Scores] = {snapshot.images: scoring.score(run, snapshot, data, names, measures.FEWER)}
    if "real" not in run.scores():
        scores[None] = scoring.score_real(run, data, names, measures.FEWER)
    run.save_scores(data.reference(run.config), scores)
    run.save_text("README.md", card.write(run, trainer.seconds))
    return {name: value for name, (value, _) in scores[snapshot.images].items() if name in measures.FIGURES}


def _checkpoints_option(path: Path) -> str:
    """Returns the option with which app.py finds a run outside the default folder."""
    usual = Path(__file__).resolve().parent / plan.CHECKPOINTS
    return "" if path.resolve().parent == usual else f" --checkpoints {shlex.quote(str(path.parent))}"


if __name__ == "__main__":
    run_command(main)
