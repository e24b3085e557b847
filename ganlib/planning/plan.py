"""Plans a new run from the options of `train.py`, creates it with its trainer, and runs the other processes of torchrun."""

import itertools
import logging
import platform
import re
from argparse import Namespace
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from ganlib import UserError, datasets, hub, networks
from ganlib.datasets import ImageSet
from ganlib.datasets.arguments import reading
from ganlib.networks import features
from ganlib.planning import real_images, settings
from ganlib.planning.registration import recipes
from ganlib.recipes import Recipe, suggest
from ganlib.runs import recipe_settings, weights
from ganlib.runs.config import Config
from ganlib.runs.run import Run
from ganlib.sizes import written
from ganlib.training import distributed_step, finetuning
from ganlib.training.distributed_step import DistributedGAN
from ganlib.training.finetuning import Parent
from ganlib.training.process_group import ProcessGroup
from ganlib.training.trainer import Trainer

CHECKPOINTS = Path("checkpoints")  # default folder of new runs


@dataclass(frozen=True)
class Plan:
    """The settings and data of a new run."""

    config: Config
    images: ImageSet
    parent: Parent | None
    notes: tuple[str, ...]  # sentences on what was chosen


def planned(options: Namespace, device: torch.device, processes: ProcessGroup | None = None) -> Plan:
    """Plans a new run from the options, without writing files. Raises UserError."""
    asked = options
    parent, options, recipe = chosen(asked)
    if parent:
        parent.check(recipe)
        recipe = replace(recipe, flip=bool(options.flip))  # whether mirrored pictures are right is up to the new ones
    family = recipe.generator["family"]
    found = datasets.opened(options.dataset, reading(options))
    size = parent.config.image_size if parent else options.image_size or recipe.image_size
    size = size or found.natural_size(networks.FAMILIES[family].SIZES)
    networks.check_size(family, size)
    channels = parent.config.channels if parent else None
    images = real_images.of_options(options, found, size, channels, parent.name if parent else None)
    suited: list[str] = []
    if _is_free(asked) and (other := suggest(asked.dataset, images)).name != recipe.name:
        suited = [
            f"The recipe is {other.name}: so few pictures in colour are learned better with a frozen network's features "
            f"(--recipe {recipe.name} goes without)."
        ]
        options, recipe = settings.changed(asked, other)
    recipe, augmented = finetuning.augmented(recipe, images, options.augment)
    recipe, frozen = finetuning.frozen(recipe, images, parent, options.freeze)
    recipe = recipe_settings.noted(recipe, [setting for setting in options.settings if setting[0] not in settings.CHANGEABLE])
    length = settings.length(options, len(images))
    if length is None and options.minutes is None:
        length = finetuning.IMAGES if parent else recipe.images
    if length and not parent:
        recipe = settings.stretched(recipe, length / recipes()[recipe.name].images, options)
    record = settings.record(options, device, processes) | {"classes": images.class_names if options.classes else None}
    config = Config.plan(recipe, images, options.dataset, length, seed=options.seed or 0, **record)
    config = parent.adopt(config) if parent else config
    if options.settings:
        weights.outline(networks.build_generator, config.generator_settings())
        weights.outline(networks.build_discriminator, config.discriminator_settings())
    if recipe.batch_size == 1:
        networks.check_single(config.generator_settings(), config.discriminator_settings())
    if recipe.features:
        features.load(recipe.features.network, max(recipe.features.stages))  # refused before the run is created
    notes = [*parent.notes(images), *parent.notes_on_heads(config)] if parent else []
    notes += [*suited, *augmented, *frozen]
    notes += distributed_step.check(config, device, processes) if processes else ()
    notes += [images.summary.paragraph] if images.summary else ()
    return Plan(config, config.as_known(images), parent, tuple(notes))


def chosen(options: Namespace) -> tuple[Parent | None, Namespace, Recipe]:
    """Returns the run to start from, if any, the options with `--set` merged into them, and the recipe, without what depends on
    the pictures. Raises UserError."""
    if options.dataset is None:
        raise UserError("Say what to train on with --dataset, for example --dataset mnist, or continue a run with --resume.")
    parent = _parent(options)
    named = recipes().get(options.recipe)
    return parent, *settings.changed(options, parent.recipe(named) if parent else named or suggest(options.dataset))


def _is_free(options: Namespace) -> bool:
    """Whether the pictures may choose the recipe: not where it is named, a parent's, or given settings of its networks, which
    another's don't have."""
    of_networks = any(field.partition(".")[0] in recipe_settings.ROLES for field, _ in options.settings)
    return options.recipe is None and options.init_from is None and not of_networks


def begun(plan: Plan, options: Namespace, device: torch.device, processes: ProcessGroup | None = None) -> Trainer:
    """Creates a new run and its trainer."""
    config, parent = plan.config, plan.parent
    path = options.out or unused_path(CHECKPOINTS, name_of(config, parent))
    if processes:
        processes.announce(str(path), config.to_json())
    run = Run.create(path, config)
    run.save_digests(plan.images.digests)
    if parent:
        parent.copy_into(run)
    return Trainer(run, plan.images, device, rollback=options.on_divergence == "rollback", processes=processes)


def name_of(config: Config, parent: Parent | None) -> str:
    """Returns the name of a new run's folder: "mnist", "mnist-7", "anime-faces-cats"."""
    parts = [*([parent.name] if parent else []), config.dataset, *(config.classes or ())]
    return "-".join(dict.fromkeys(re.sub(r"[^\w.-]+", "-", part.rpartition("/")[2]) for part in parts))


def _parent(options: Namespace) -> Parent | None:
    """Opens the run and snapshot that `--init-from RUN[@EPOCH]` names. Raises UserError."""
    if options.init_from is None:
        return None
    run, epoch, name = hub.run_at_epoch(options.init_from)
    if options.image_size not in (None, run.config.image_size):
        asked, drawn = written(options.image_size), written(run.config.image_size)
        raise UserError(f"--image-size {asked}: {name} draws {drawn} pixels; leave it out.")
    return Parent.of(run, epoch, name)


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
