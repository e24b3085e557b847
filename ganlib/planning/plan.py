"""Builds a trainer from the options of `train.py`: the config of a new run, and the changes of a resumed one."""

import itertools
import logging
import math
import platform
import re
import shlex
import sys
from argparse import Namespace
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from ganlib import UserError, datasets, devices, files, hub, networks
from ganlib.datasets import ImageSet
from ganlib.files import DamagedFile
from ganlib.networks import features
from ganlib.planning import real_images
from ganlib.recipes import RECIPES, Recipe, suggest
from ganlib.runs import recipe_settings, weights
from ganlib.runs.checkpoint_files import LAST
from ganlib.runs.config import Config
from ganlib.runs.run import Run
from ganlib.sizes import written
from ganlib.training import distributed_step, finetuning
from ganlib.training.distributed_step import DistributedGAN
from ganlib.training.finetuning import Parent
from ganlib.training.process_group import ProcessGroup
from ganlib.training.trainer import Trainer

CHECKPOINTS = Path("checkpoints")  # default folder of new runs
CHANGEABLE = ("g_lr", "d_lr", "augment", "images")  # settings of a recipe that a resumed run may change


@dataclass(frozen=True)
class Plan:
    """The settings and data of a new run."""

    config: Config
    images: ImageSet
    parent: Parent | None
    notes: tuple[str, ...]  # sentences on what was chosen


def planned(options: Namespace, device: torch.device, processes: ProcessGroup | None = None) -> Plan:
    """Plans a new run from the options, without writing files. Raises UserError."""
    if options.dataset is None:
        raise UserError("Say what to train on with --dataset, for example --dataset mnist, or continue a run with --resume.")
    parent = _parent(options)
    chosen = RECIPES.get(options.recipe)
    recipe = parent.recipe(chosen) if parent else chosen or suggest(options.dataset)
    options, recipe = _changed(options, recipe)
    if parent:
        parent.check(recipe)
        recipe = replace(recipe, flip=bool(options.flip))  # whether mirrored pictures are right is up to the new ones
    size = parent.config.image_size if parent else options.image_size or recipe.image_size
    networks.check_size(recipe.generator["family"], size or datasets.natural_size(options.dataset))
    channels = parent.config.channels if parent else None
    images = real_images.of_options(options, size, channels, parent.name if parent else None)
    recipe, augmented = finetuning.augmented(recipe, images, options.augment)
    recipe, frozen = finetuning.frozen(recipe, images, parent, options.freeze)
    recipe = recipe_settings.noted(recipe, [setting for setting in options.settings if setting[0] not in CHANGEABLE])
    length = _length(options, len(images))
    if length is None and options.minutes is None:
        length = finetuning.IMAGES if parent else recipe.images
    record = _record(options, device, processes) | {"classes": images.class_names if options.classes else None}
    config = Config.plan(recipe, images, options.dataset, length, seed=options.seed or 0, **record)
    config = parent.adopt(config) if parent else config
    if options.settings:
        weights.outline(networks.build_generator, config.generator_settings())
        weights.outline(networks.build_discriminator, config.discriminator_settings())
    if recipe.features:
        features.load(recipe.features.network, max(recipe.features.stages))  # refused before the run is created
    notes = [*parent.notes(images), *parent.notes_on_heads(config)] if parent else []
    notes += [*augmented, *frozen]
    notes += distributed_step.check(config, device, processes) if processes else ()
    notes += [images.summary.paragraph] if images.summary else ()
    return Plan(config, config.as_known(images), parent, tuple(notes))


def begun(plan: Plan, options: Namespace, device: torch.device, processes: ProcessGroup | None = None) -> Trainer:
    """Creates a new run and its trainer."""
    config, parent = plan.config, plan.parent
    path = options.out or unused_path(CHECKPOINTS, _name(config, parent))
    if processes:
        processes.announce(str(path), config.to_json())
    run = Run.create(path, config)
    run.save_digests(plan.images.digests)
    if parent:
        parent.copy_into(run)
    return Trainer(run, plan.images, device, rollback=options.on_divergence == "rollback", processes=processes)


def _name(config: Config, parent: Parent | None) -> str:
    """Returns the name of a new run's folder: "mnist", "mnist-7", "anime-faces-cats"."""
    parts = [*([parent.name] if parent else []), config.dataset, *(config.classes or ())]
    return "-".join(dict.fromkeys(re.sub(r"[^\w.-]+", "-", part.rpartition("/")[2]) for part in parts))


def _parent(options: Namespace) -> Parent | None:
    """Opens the run and snapshot that `--init-from RUN[@EPOCH]` names. Raises UserError."""
    if options.init_from is None:
        return None
    name, epoch = options.init_from, None
    before, _, behind = name.rpartition("@")
    with suppress(ValueError):
        if before and not Path(name).exists() and math.isfinite(float(behind)):
            name, epoch = before, float(behind)
    run = hub.run_at(name)
    if options.image_size not in (None, run.config.image_size):
        asked, drawn = written(options.image_size), written(run.config.image_size)
        raise UserError(f"--image-size {asked}: {name} draws {drawn} pixels; leave it out.")
    return Parent.of(run, epoch, run.name if hub.is_on_hub(name) else Path(name).resolve().name)


def _changed(options: Namespace, recipe: Recipe) -> tuple[Namespace, Recipe]:
    """Merges `--set` into the options, and applies the options to `recipe`. Returns both. Raises UserError."""
    recipe, values = recipe_settings.changed(recipe, options.settings)
    for field in values:
        if getattr(options, field, None) is not None:
            raise UserError(f"--{field.replace('_', '-')} and --set {field} say the same: leave one of them out.")
    options = Namespace(**vars(options) | {field: getattr(recipe, field) for field in values if hasattr(options, field)})
    asked = {name: getattr(options, name) for name in ("batch_size", "g_lr", "d_lr", "augment", "flip")}
    asked = {name: value for name, value in asked.items() if value is not None}
    try:
        return options, replace(recipe, **asked)
    except ValueError as error:
        listed = " ".join(
            f"--{name.replace('_', '-')} {value}" for name, value in asked.items() if name not in ("augment", "flip")
        )
        raise UserError(f"{listed} can't be used: {error}.") from error


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


def completed(options: Namespace) -> Completed | None:
    """Returns the run that `--resume` names if it is finished, else None. Raises UserError if there is no run, it is being
    trained, or an option would change it."""
    run = _run_to_resume(options)
    options, _ = _continued(options, run)
    if options.dataset not in (None, run.config.source):
        return None  # whether these are its pictures is seen when they are read
    asked = _length(options, run.config.dataset_size)
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
    if run.config.adopted:
        raise UserError(
            f"{run.path} came from a file of weights and can't be resumed; train on from it with --init-from {run.path}."
        )
    return run


def _continued(options: Namespace, run: Run) -> tuple[Namespace, Recipe]:
    """Merges `--set` into the options. Returns them and the recipe of the resumed run. Raises UserError."""
    options, recipe = _changed(options, run.config.recipe)
    _refuse_changes(options, run, recipe)
    return options, recipe


def _going_on(run: Run, options: Namespace, device: torch.device, processes: ProcessGroup | None) -> Trainer:
    old = run.config
    options, recipe = _continued(options, run)
    source = options.dataset or old.source
    images = real_images.of_config(replace(old, source=source), options, progress=True)
    if not images.is_known_as(old.fingerprint):
        raise UserError(real_images.changed_since(run, source, images))
    length, record = _length(options, len(images)), _record(options, device, processes)
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


def run_worker(options: Namespace, device: torch.device, processes: ProcessGroup) -> None:
    """Runs the ranks above 0. Raises UserError with errors that rank 0 can't report."""
    logging.disable(logging.WARNING)  # rank 0 prints the same warnings
    with processes.as_worker():
        announced = processes.receive_config()
        if announced is None:
            return
        config = Config.from_json(announced)
        try:
            images = real_images.of_config(config, options)
            if not images.is_known_as(config.fingerprint):
                raise UserError(
                    f"{config.source} on {platform.node()} is not what it is on the first machine; copy that one there."
                )
        except UserError as error:
            processes.report_loaded(problem=str(error))
        processes.report_loaded()
        gan = DistributedGAN(config, config.as_known(images), device, processes)
        if options.compile:
            gan.compile()
        gan.follow_rank_0()


def unused_path(folder: Path, name: str) -> Path:
    """Returns `folder`/`name`, with -2, -3, ... appended if it exists."""
    candidates = (folder / (name if number == 1 else f"{name}-{number}") for number in itertools.count(1))
    return next(path for path in candidates if not path.exists())


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
        if field not in CHANGEABLE:
            requested.append((field, recipe_settings.value_of(config.recipe, field), recipe_settings.value_of(recipe, field)))
    for name, value, asked in requested:
        if asked != value:
            value, asked = (written(size) if name == "image_size" else size for size in (value, asked))
            raise UserError(
                f"{run.path} was begun with {name} {value}; a resumed run can't change it to {asked}. "
                "Leave the option out, or train a new run."
            )


def _length(options: Namespace, dataset_size: int) -> int | None:
    """Returns the images to train for; None without --epochs and --images."""
    return options.images if options.epochs is None else max(1, round(options.epochs * dataset_size))


def _record(options: Namespace, device: torch.device, processes: ProcessGroup | None) -> dict:
    """Returns the settings of the config that a resumed run may change."""
    command = shlex.join([*(processes.launcher if processes else ["python"]), "train.py", *sys.argv[1:]])
    hardware = devices.describe(device)
    return {
        "snapshot_every": options.snapshot_every,
        "snapshot_at": options.snapshot_at,
        "grid_every": options.grid_every,
        "commands": (command,),
        "hardware": f"{processes.world} processes, each on {hardware}" if processes else hardware,
        "precision": options.precision or "auto",
        "data_note": options.data_note or "",
    }
