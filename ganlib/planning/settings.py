"""What the options of train.py set, of a new run and of a resumed one: the recipe, the length, and what is recorded."""

import shlex
import sys
from argparse import Namespace
from dataclasses import replace
from typing import Any

import torch

from ganlib import UserError, devices
from ganlib.recipes import Recipe
from ganlib.runs import recipe_settings
from ganlib.training.process_group import ProcessGroup

CHANGEABLE = ("g_lr", "d_lr", "augment", "images")  # settings of a recipe that a resumed run may change


def changed(options: Namespace, recipe: Recipe) -> tuple[Namespace, Recipe]:
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


def length(options: Namespace, dataset_size: int) -> int | None:
    """Returns the images to train for; None without --epochs and --images."""
    return options.images if options.epochs is None else max(1, round(options.epochs * dataset_size))


def stretched(recipe: Recipe, factor: float, options: Namespace) -> Recipe:
    """Stretches the recipe's own schedules, not those of `--set`, for a training `factor` times as long as the recipe's; one
    that is shorter keeps them. Wrong labels that are gone long before the end take the label agreement with them."""
    asked, factor = {field for field, _ in options.settings}, max(factor, 1)
    own = {name: each for name, each in recipe.schedules.items() if f"schedules.{name}" not in asked}
    longer = {name: each._replace(images=round(factor * each.images)) for name, each in own.items()}
    return replace(recipe, schedules=recipe.schedules | longer)


def record(options: Namespace, device: torch.device, processes: ProcessGroup | None) -> dict[str, Any]:
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
