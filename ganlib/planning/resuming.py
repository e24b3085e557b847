"""Resumes a run by the options of `train.py`: what they may change, whether it is finished, and its trainer."""

from argparse import Namespace
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from ganlib import UserError, files, hub
from ganlib.files import DamagedFile
from ganlib.hub import states
from ganlib.planning import real_images, settings
from ganlib.planning.plan import CHECKPOINTS
from ganlib.recipes import Recipe
from ganlib.runs import recipe_settings
from ganlib.runs.checkpoint_files import LAST
from ganlib.runs.run import Run
from ganlib.sizes import written
from ganlib.training import distributed_step
from ganlib.training.process_group import ProcessGroup
from ganlib.training.trainer import Trainer


@dataclass(frozen=True)
class Completed:
    """A run that is to be resumed but has reached its `length` already, after `images` images."""

    run: Run
    images: int
    length: int

    @property
    def sentence(self) -> str:
        return (
            f"Nothing is left to do: {self.run.path} has seen {self.images:,} images, so a length of {self.length:,} is "
            "reached; go on with a longer --epochs or --images, or with --minutes."
        )


def fetched(options: Namespace) -> Namespace:
    """Returns the options with a folder in place of `--resume OWNER/NAME`, downloaded with its state. Raises UserError."""
    if not options.resume or not hub.is_on_hub(options.resume):
        return options
    out = options.out or CHECKPOINTS / hub.parse(options.resume).repo.rpartition("/")[2]
    if out.exists():
        raise UserError(f"{out} already exists; go on with that by --resume {out}, or choose another --out.")
    states.fetch(options.resume, out)
    return Namespace(**vars(options) | {"resume": str(out)})


def completed(options: Namespace) -> Completed | None:
    """Returns the run that `--resume` names if it is finished, else None. Raises UserError if there is no run, it is being
    trained, or an option would change it."""
    run = _run_to_resume(options)
    options, _ = _continued(options, run)
    if options.dataset not in (None, run.config.source):
        return None  # whether these are its pictures is seen when they are read
    asked = settings.length(options, run.config.dataset_size)
    length = asked or run.config.images
    if length is None or (asked is None and options.minutes is not None) or not run.checkpoint_files.exist():
        return None
    with run.lock:
        images = _images_of(run)
        if images < length or images not in (snapshot.images for snapshot in run.snapshots()):
            return None
        run.sweep()
    return Completed(run, images, length)


def _images_of(run: Run) -> int:
    """Returns the images seen at the run's last state; 0 for a damaged one, which the trainer reports."""
    try:
        images = files.read_settings(run.checkpoint_files.last).get("images")
    except DamagedFile:
        return 0
    return images if isinstance(images, int) else 0


def resumed(options: Namespace, device: torch.device, processes: ProcessGroup | None = None) -> Trainer:
    """Returns a trainer that resumes a run. Raises UserError if it is being trained, or an option would change it."""
    run = _run_to_resume(options)
    with run.lock.kept_unless_error():
        run.config = Run.open(run.path).config  # read again under the lock
        return _going_on(run, options, device, processes)


def _run_to_resume(options: Namespace) -> Run:
    run = Run.open(Path(options.resume) if options.resume else newest(options.out or CHECKPOINTS))
    if run.config.adopted or run.config.blend:
        whence = "is a blend of two runs" if run.config.blend else "came from a file of weights"
        raise UserError(f"{run.path} {whence} and can't be resumed; train on from it with --init-from {run.path}.")
    return run


def _continued(options: Namespace, run: Run) -> tuple[Namespace, Recipe]:
    """Merges `--set` into the options. Returns them and the recipe of the resumed run. Raises UserError."""
    options, recipe = settings.changed(options, run.config.recipe)
    _refuse_changes(options, run, recipe)
    return options, recipe


def _going_on(run: Run, options: Namespace, device: torch.device, processes: ProcessGroup | None) -> Trainer:
    old = run.config
    options, recipe = _continued(options, run)
    source = options.dataset or old.source
    images = real_images.of_config(replace(old, source=source), options, progress=True)
    if not images.is_known_as(old.fingerprint):
        raise UserError(real_images.changed_since(run, source, images))
    length, record = settings.length(options, len(images)), settings.record(options, device, processes)
    if options.snapshot_every is None and options.snapshot_at is None:
        record |= {"snapshot_every": old.snapshot_every, "snapshot_at": old.snapshot_at}
    record["precision"] = options.precision or old.precision
    record["grid_every"] = options.grid_every or old.grid_every
    record["data_note"] = options.data_note or old.data_note
    record["source"] = source
    record["commands"] = tuple(dict.fromkeys(old.commands + record["commands"]))  # without repeats
    run.config = replace(old, images=length or old.images, recipe=recipe, **record)
    if processes:
        distributed_step.check(run.config, device, processes)
        processes.announce(str(run.path), run.config.to_json())
    trainer = Trainer(
        run, old.as_known(images), device, resume=True, rollback=options.on_divergence == "rollback", processes=processes
    )
    reached = run.config.images is not None and trainer.images >= run.config.images
    if reached and length is None and options.minutes is not None:  # limited by the minutes only
        run.config = trainer.config = replace(run.config, images=None)
    run.save_config(run.config)
    return trainer


def newest(folder: Path) -> Path:
    """Returns the run that was trained last: `folder` itself or one in it. Raises UserError if none can be resumed."""
    states = [*folder.glob(LAST), *folder.glob(f"*/{LAST}")]
    if not states:
        raise UserError(f"{folder} holds no run that can be resumed; name one with --resume DIR.")
    return max(states, key=lambda path: path.stat().st_mtime).parent


def _refuse_changes(options: Namespace, run: Run, recipe: Recipe) -> None:
    """Raises UserError if the options, or the resulting `recipe`, change settings that are fixed for the run."""
    config = run.config
    begun: dict[str, Any] = {
        "recipe": config.recipe.name,
        "batch_size": config.recipe.batch_size,
        "image_size": config.image_size,
        "seed": config.seed,
        "freeze": config.recipe.freeze,
        "flip": config.recipe.flip,
        "classes": config.classes,
        "init_from": config.parent,
    } | {name: value for name, value in asdict(config.reading).items() if hasattr(options, name)}
    requested = [(name, value, getattr(options, name)) for name, value in begun.items() if getattr(options, name) is not None]
    for field, _ in options.settings:
        if field not in settings.CHANGEABLE:
            requested.append((field, recipe_settings.value_of(config.recipe, field), recipe_settings.value_of(recipe, field)))
    for name, value, asked in requested:
        if asked != value:
            value, asked = (written(size) if name == "image_size" else size for size in (value, asked))
            raise UserError(
                f"{run.path} was begun with {name} {value}; a resumed run can't change it to {asked}. "
                "Leave the option out, or train a new run."
            )
