"""Trains a GAN and leaves a run that `python app.py` shows.

python train.py --dataset mnist                              # ten minutes on two CPU cores
python train.py --dataset path/to/pictures --minutes 60      # your own folder or .zip; subfolders are classes
python train.py --resume                                     # continues the run that was trained last
"""

import argparse
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from ganlib import UserError, card, datasets, devices, networks, scoring
from ganlib.commands import epochs_list, positive_float, positive_int, run_command, seed
from ganlib.config import Config
from ganlib.recipes import RECIPES, suggest
from ganlib.runs import Run, Snapshot, newest, unused_path
from ganlib.training import Diverged, Finished, Progress, SnapshotSaved, Stopped, Trainer

CHECKPOINTS = Path("checkpoints")
QUICK = ("swd", "diversity")  # the measures of `--scores`


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.list_recipes:
        for recipe in RECIPES.values():
            print(f"{recipe.name:15} {recipe.summary}")
        return 0
    device = devices.pick(options.device)
    trainer = _resumed(options, device) if options.resume is not None else _begun(options, device)
    try:
        with _ended_by_signals(trainer):
            return _watch(trainer, options.minutes, options.scores)
    except OSError as error:
        path = trainer.run.path
        raise UserError(
            f"{path} can't be written ({error.strerror}); what was saved before is whole. "
            f"Make room and continue with: python train.py --resume {shlex.quote(str(path))}"
        ) from error


def _begun(options: argparse.Namespace, device) -> Trainer:
    """A trainer for a new run."""
    if options.dataset is None:
        raise UserError("Say what to train on with --dataset, for example --dataset mnist, or continue a run with --resume.")
    recipe = RECIPES[options.recipe] if options.recipe else suggest(options.dataset)
    try:
        recipe = replace(recipe, batch_size=options.batch_size or recipe.batch_size)
    except ValueError as error:
        raise UserError(f"--batch-size {options.batch_size} can't be used: {error}.") from error
    size = options.image_size or recipe.image_size
    networks.check_size(recipe.generator["family"], size or datasets.natural_size(options.dataset))
    images = datasets.load(options.dataset, size, data_root=options.data_root)
    length = _length(options, len(images))
    if length is None and options.minutes is None:
        length = recipe.images
    config = Config.plan(recipe, images, options.dataset, length, seed=options.seed or 0, **_record(options, device))
    run = Run.create(options.out or unused_path(CHECKPOINTS, images.name.rpartition("/")[2]), config)
    return Trainer(run, images, device)


def _resumed(options: argparse.Namespace, device) -> Trainer:
    """A trainer that goes on with a run. Raises UserError when an option would change what was begun."""
    run = Run.open(Path(options.resume) if options.resume else newest(options.out or CHECKPOINTS))
    old = run.config
    _refuse_changes(options, run)
    images = datasets.load(old.source, old.image_size, old.channels, data_root=options.data_root)
    if images.fingerprint != old.fingerprint:
        raise UserError(f"{old.source} has changed since {run.path} was begun; put its images back, or train a new run.")
    length, record = _length(options, len(images)), _record(options, device)
    if options.snapshot_every is None and options.snapshot_at is None:
        record |= {"snapshot_every": old.snapshot_every, "snapshot_at": old.snapshot_at}
    record["grid_every"] = options.grid_every or old.grid_every
    record["data_note"] = options.data_note or old.data_note
    record["commands"] = tuple(dict.fromkeys(old.commands + record["commands"]))  # each once, however often it was resumed
    run.config = replace(old, images=length or old.images, **record)
    trainer = Trainer(run, images, device, resume=True)
    if run.config.images is not None and trainer.images >= run.config.images:
        if length is not None or options.minutes is None:
            raise UserError(
                f"{run.path} has seen {trainer.images:,} images, so a length of {run.config.images:,} is reached; "
                "say how much further with --epochs, --images or --minutes."
            )
        run.config = trainer.config = replace(run.config, images=None)
    run.save_config(run.config)
    return trainer


def _refuse_changes(options: argparse.Namespace, run: Run) -> None:
    config = run.config
    begun = {
        "recipe": config.recipe.name,
        "batch_size": config.recipe.batch_size,
        "dataset": config.source,
        "image_size": config.image_size,
        "seed": config.seed,
    }
    for name, value in begun.items():
        asked = getattr(options, name)
        if asked not in (None, value):
            raise UserError(
                f"{run.path} was begun with {name} {value}; a resumed run can't change it to {asked}. "
                "Leave the option out, or train a new run."
            )


@contextmanager
def _ended_by_signals(trainer: Trainer) -> Iterator[None]:
    """Ctrl-C and a polite kill end the training after the step it is in."""
    before = {number: signal.signal(number, lambda *_: trainer.stop()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch(trainer: Trainer, minutes: float | None, scores: bool) -> int:
    """Draws a progress bar from the trainer's events. Returns the command's exit code."""
    run = trainer.run
    print(f"Training {run.config.recipe.name} on {run.config.dataset} into {run.path}; Ctrl-C saves and ends.")
    bar = tqdm(total=trainer.config.images, initial=trainer.images, unit="img", unit_scale=True, smoothing=0.1)
    for event in trainer.events(minutes):
        bar.update(event.images - bar.n)
        match event:
            case Progress():
                bar.set_description(f"epoch {event.epoch:.1f}", refresh=False)
                bar.set_postfix({name: f"{event.measures[name]:.2f}" for name in ("g_loss", "d_loss")})
            case SnapshotSaved():
                told = f"; {_scored(trainer, event.snapshot)}" if scores else ""
                bar.write(f"{event.snapshot.label}: {event.grid}{told}")
            case Diverged():
                bar.close()
                print(event.message, file=sys.stderr)
                return 1
            case Stopped():
                bar.close()
                print(
                    f"Saved after {event.images:,} images. Continue with: python train.py --resume {shlex.quote(str(run.path))}"
                )
            case Finished():
                bar.close()
                print(f"Done after {event.images:,} images: {run.path}. Look at it with: python app.py{_where(run.path)}")
    return 0


def _scored(trainer: Trainer, snapshot: Snapshot) -> str:
    """Measures a snapshot, with what needs no download and little time; keeps and tells the figures."""
    run, data = trainer.run, scoring.Data(trainer.batches.images, None)
    scores = {snapshot.images: scoring.score(run, snapshot, data, QUICK, scoring.FEWER)}
    if "real" not in run.scores():
        scores[None] = scoring.score_real(run, data, QUICK, scoring.FEWER)
    run.save_scores(data.told(), scores)
    run.save_text("README.md", card.write(run, trainer.seconds))
    return ", ".join(f"{name} {scores[snapshot.images][name][0]:.3g}" for name in QUICK)


def _where(path: Path) -> str:
    """The option that lets the app find a run outside its usual folder."""
    usual = Path(__file__).resolve().parent / CHECKPOINTS
    return "" if path.resolve().parent == usual else f" --checkpoints {shlex.quote(str(path.parent))}"


def _length(options: argparse.Namespace, dataset_size: int) -> int | None:
    """Images to train for, or None where neither --epochs nor --images says."""
    return options.images if options.epochs is None else max(1, round(options.epochs * dataset_size))


def _record(options: argparse.Namespace, device) -> dict:
    """What a resumed run may set anew."""
    command = shlex.join(["python", "train.py", *sys.argv[1:]])
    return {
        "snapshot_every": options.snapshot_every,
        "snapshot_at": options.snapshot_at,
        "grid_every": options.grid_every,
        "commands": (command,),
        "hardware": devices.describe(device),
        "data_note": options.data_note or "",
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--dataset", metavar="SET", help=f"{' | '.join(datasets.BUILT_IN)} | a folder or .zip of images | hub:OWNER/NAME")
    add("--data-root", type=Path, metavar="DIR", help="where data sets lie already; read first, never written")
    add("--data-note", metavar="TEXT", help="for the model card: where your images come from, and their licence")
    add("--recipe", choices=RECIPES, help="how to train (default: the one that suits the set)")
    add("--list-recipes", action="store_true", help="list the recipes and end")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=positive_float, help="how long, in passes through the set")
    length.add_argument("--images", type=positive_int, help="how long, in images seen")
    add("--minutes", type=positive_float, help="end after this time, whatever was reached")
    add("--batch-size", type=positive_int, help="images a step (default: the recipe's)")
    add("--image-size", type=int, help="pixels (default: the recipe's or the set's own, 64 for a folder)")
    add("--seed", type=seed, help="of everything random (default: 0)")
    add("--out", type=Path, metavar="DIR", help="the run's folder (default: a new one in checkpoints/)")
    add("--device", default="auto", help="auto | cpu | cuda | cuda:0 | mps (default: auto)")
    moments = parser.add_mutually_exclusive_group()
    moments.add_argument("--snapshot-every", type=positive_float, metavar="EPOCHS", help="(default: close together early on)")
    moments.add_argument("--snapshot-at", type=epochs_list, metavar="1,10,20", help="epochs after which to keep a snapshot")
    add("--grid-every", type=positive_int, metavar="STEPS", help="a picture of the training every so many steps, too")
    add("--scores", action="store_true", help="measure each snapshot: sliced Wasserstein distance and diversity")
    add("--resume", nargs="?", const="", metavar="DIR", help="go on with a run (default: the one that was trained last)")
    return parser


if __name__ == "__main__":
    run_command(main)
