"""Answers the page's questions about a generator's units: what they change, and pictures with some of them switched."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ganlib import UserError, latents, networks, sizes
from ganlib.files import DamagedFile
from ganlib.inspection.discriminator import logits
from ganlib.networks import units
from ganlib.networks.units import Stage
from ganlib.runs.unit_effects import heat_sides
from ganlib.sampling import draw
from studio import validation
from studio.library import Entry, Library
from studio.limiter import Limiter

MOST_SWITCHES = 256
MOST_LATENTS = 64
MOST_FACTOR = 10.0
MOST_PIXELS = 64 * 256 * 256  # of all pictures in one answer


@dataclass(frozen=True)
class Switch:
    """One unit that is multiplied by a factor."""

    stage: Stage
    unit: int
    factor: float
    area: np.ndarray | None  # (rows, columns) of the picture, whether there; None for everywhere


class Switches:
    """Answers questions about units. Thread-safe."""

    def __init__(self, library: Library):
        self._library = library
        self._drawing = Limiter(1, "pictures with switched units are being drawn")

    def answers(self) -> dict[str, Callable[[dict], dict]]:
        return {"units": self._units, "switched": self._switched}

    def _units(self, question: dict) -> dict[str, Any]:
        """Returns the stages of a snapshot's generator and, if measured, the change of each unit and where, as
        `ganlib.units` keeps them."""
        entry = validation.run(self._library, question.get("run"))
        snapshot = validation.moment(entry, question.get("images"))
        try:
            known = entry.run.units(snapshot)
        except DamagedFile:
            known = None  # the page then says how to measure anew
        effects = known[0] if known else {}
        rows, columns = heat_sides(entry.run.config.image_size)
        found = [
            {"name": stage.name, "units": stage.units, "sides": stage.sides}
            | ({"change": validation.encode(effects[stage.name].change), "heat": validation.encode(effects[stage.name].heat)}
               if effects else {})
            for stage in _stages(entry)
        ]  # fmt: skip
        return {"stages": found, "rows": rows, "columns": columns, "samples": known[1] if known else None}

    def _switched(self, question: dict) -> dict[str, Any]:
        """Returns pictures of latents with `switches` on; with `judge` also the discriminator's mean logit of the pictures
        without and with them, None for a run without a discriminator."""
        entry = validation.run(self._library, question.get("run"))
        snapshot = validation.moment(entry, question.get("images"))
        config = entry.run.config
        z = validation.latents(question.get("z"), config.recipe.latent_dim)
        if len(z) > MOST_LATENTS or len(z) * sizes.pixels(config.image_size) > MOST_PIXELS:
            raise UserError(f"Ask for {min(MOST_LATENTS, MOST_PIXELS // sizes.pixels(config.image_size))} pictures at most.")
        labels = validation.labels(entry, question.get("labels"), len(z))
        truncated = latents.truncate(z, validation.truncation(question.get("truncation", 1)))
        switches = _validated(entry, question.get("switches"))
        judge = validation.yes_or_no("judge", question.get("judge", False))
        with self._drawing:
            generator = self._library.generator(entry, snapshot)
            own = units.twin(generator)  # others draw with the cached one meanwhile
            with units.scaled(own, scales(switches)):
                images = draw(own, truncated, labels)
            judged = None
            if judge and entry.run.has_discriminator():
                discriminator = self._library.discriminator(entry)
                plain = draw(generator, truncated, labels)
                judged = [float(logits(discriminator, each, labels).mean()) for each in (plain, images)]
        return validation.pictures(images) | {"logits": judged}


def scales(switches: Sequence[Switch]) -> dict[Stage, torch.Tensor]:
    """Returns the scales of switches by stage, as `units.scaled` takes them; of several for one unit, the product."""
    found: dict[Stage, torch.Tensor] = {}
    for switch in switches:
        stage = switch.stage
        scale = found.setdefault(stage, torch.ones(1, stage.units, *stage.sides))
        if switch.area is None or not stage.sides:
            scale[0, switch.unit] *= switch.factor
        else:
            scale[0, switch.unit][torch.from_numpy(_resized(switch.area, stage.sides))] *= switch.factor
    return found


def _resized(area: np.ndarray, sides: Sequence[int]) -> np.ndarray:
    """Returns an area (rows, columns) as places of a map: those whose centre is in it."""
    rows, columns = ((2 * np.arange(side) + 1) * fields // (2 * side) for side, fields in zip(sides, area.shape, strict=True))
    return area[np.ix_(rows, columns)]


def _stages(entry: Entry) -> tuple[Stage, ...]:
    return units.stages(networks.outline(networks.build_generator, entry.run.config.generator_settings(), "cpu").eval())


def _validated(entry: Entry, value: Any) -> list[Switch]:
    stages = {stage.name: stage for stage in _stages(entry)}
    shape, found = heat_sides(entry.run.config.image_size), []
    for each in validation.some("switches", value, 0, MOST_SWITCHES, "switches"):
        if not isinstance(each, dict):
            raise UserError("A switch must have a stage, a unit, a factor and an area.")
        stage = stages[validation.one_of("stage", each.get("stage"), stages)]
        unit = validation.whole("unit", each.get("unit"), 0, stage.units - 1)
        factor = validation.number("factor", each.get("factor"), 0, MOST_FACTOR)
        found.append(Switch(stage, unit, factor, _area(each.get("area"), shape)))
    return found


def _area(value: Any, shape: tuple[int, int]) -> np.ndarray | None:
    """Decodes an area from base64 of a byte for each field, 0 or 1; None for None."""
    if value is None:
        return None
    content = validation.decode(value)
    if len(content) != shape[0] * shape[1]:
        raise UserError(f"area must be {shape[0]} x {shape[1]} bytes, as base64.")
    return np.frombuffer(content, np.uint8).reshape(shape) > 0
