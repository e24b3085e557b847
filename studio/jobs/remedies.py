"""Turns a remedy for a failing training into the options with which train.py resumes it."""

from ganlib import UserError
from ganlib.objectives.augment import suited
from ganlib.runs.config import Config
from ganlib.training.trainer import ROLLBACKS

KINDS = ("lower-rate", "more-augmentation", "rollback")


def changes(config: Config, kind: str) -> dict[str, str]:
    """Returns the options of a remedy `kind` (KINDS) for a run. Raises UserError if it would change nothing."""
    recipe = config.recipe
    if kind == "more-augmentation":
        wanted = dict.fromkeys([*recipe.augment, *suited(config.channels)])
        if len(wanted) == len(recipe.augment):
            raise UserError("This training uses every augmentation already.")
        return {"--augment": ",".join(wanted)}
    if kind == "rollback":  # train.py halves the rates itself
        if len(config.rollbacks) >= ROLLBACKS:
            raise UserError("This training went back three times already; begin another with smaller learning rates.")
        return {"--on-divergence": "rollback"}
    return {"--g-lr": f"{recipe.g_lr / 2:g}", "--d-lr": f"{recipe.d_lr / 2:g}"}
