"""What visitors may race: a fixed list of a recipe's settings, each with the values that it may have.

No setting of the networks is among them: a race compares how the same networks learn, and a larger network could exhaust the
server's memory.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from ganlib import UserError
from ganlib.objectives.losses import LOSSES
from ganlib.planning import race
from studio import validation

Settings = tuple[tuple[str, str], ...]  # fields of a recipe and their values as text
LEAST_RATE, MOST_RATE = 1e-7, 0.1
MOST_PENALTY = 1000.0
MOST_BETA = 0.9999
RANGES = {  # of numbers
    "gradient_penalty": (0.0, MOST_PENALTY),
    "r1": (0.0, MOST_PENALTY),
    "r2": (0.0, MOST_PENALTY),
    "g_lr": (LEAST_RATE, MOST_RATE),
    "d_lr": (LEAST_RATE, MOST_RATE),
}
BETAS = ((0.0, 0.99), (0.5, 0.99), (0.5, 0.999), (0.9, 0.999))  # that the page offers: Adam's own, and those of GANs
WGAN_GP = {"loss": "wasserstein", "gradient_penalty": 10, "r1": 0, "r2": 0}  # as Gulrajani et al. 2017 trained it
BEGINS_WITH = ("non-saturating", "saturating", "least-squares")  # what the page offers first, and WGAN-GP


def options() -> dict[str, Any]:
    """Returns what the page offers: the least and most trainings, losses, ranges, pairs of betas; a choice is its settings."""
    losses = [{"loss": name} for name in LOSSES]
    return {
        "least": race.LEAST,
        "most": race.MOST,
        "losses": [*losses, WGAN_GP],
        "ranges": {name: list(range) for name, range in RANGES.items()},
        "betas": [{"betas": list(pair)} for pair in BETAS],
        "begins": [*({"loss": name} for name in BEGINS_WITH), WGAN_GP],
    }


def validated(value: Any) -> tuple[Settings, ...]:
    """Validates the list of settings of a race, each an object such as {"loss": "hinge", "r1": 0}; none for None. Raises
    UserError."""
    if value is None:
        return ()
    found = tuple(map(_settings, validation.some("race", value, race.LEAST, race.MOST, "objects with settings")))
    if len(set(map(race.name_of, found))) < len(found):
        raise UserError("Two trainings of this race have the same settings; change or leave out one of them.")
    return found


def _settings(value: Any) -> Settings:
    if not isinstance(value, dict) or not value:
        raise UserError(f"Each training of a race must have settings of its own, of {', '.join(_CHECKS)}.")
    for name in value:
        validation.one_of("each setting of a race", name, _CHECKS)
    return tuple((name, check(value[name])) for name, check in _CHECKS.items() if name in value)


def _number(name: str, low: float, high: float, value: Any) -> str:
    return f"{validation.number(name, value, low, high):g}"


def _betas(value: Any) -> str:
    pair = validation.some("betas", value, 2, 2)
    return ",".join(_number("each of betas", 0.0, MOST_BETA, beta) for beta in pair)


_CHECKS: dict[str, Callable[[Any], str]] = {
    "loss": lambda value: validation.one_of("loss", value, LOSSES),
    **{name: partial(_number, name, *limits) for name, limits in RANGES.items()},
    "betas": _betas,
}
