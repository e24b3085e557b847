"""The lines that compute what Generate and Interpolate let a visitor play with, for the Learn tab."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from ganlib.blend import weights
from ganlib.inspection import marked_directions, named_directions
from ganlib.inspection.source import Source
from ganlib.latents import evolution
from ganlib.networks import style, units
from ganlib.networks.family import MixingGenerator
from ganlib.training.previews import Previews
from ganlib.units import measuring
from studio import validation

# Of each chapter the ways, in order, and the function of each. The words of a way are CHAPTER_WAY.
PASSAGES: dict[str, dict[str, Callable]] = {
    "evolution": {
        "mutants": evolution.mutate,
        "coordinates": evolution.cross_coordinates,
        "directions": evolution.cross_directions,
        "arc": evolution.cross_arc,
    },
    "regression": {
        "fit": named_directions.regress,
        "keep": named_directions.NamedDirections.direction,
        "also": named_directions.NamedDirections.effects,
        "own": marked_directions.from_marks,
    },
    "dissection": {
        "scale": units.scaled,
        "measure": measuring.effects,
    },
    "mixing": {
        "style": style.Generator.style,
        "modulate": style.Modulated.forward,
        "mix": MixingGenerator.mixed,
    },
    "blending": {
        "mix": weights.blended_tensor,
        "layers": weights.tensor_shares,
        "statistics": Previews.estimate_statistics,
    },
}


class Passages:
    """Answers the question of the chapters that explain lines of code. Thread-safe."""

    def answers(self) -> dict[str, Callable[[dict], dict]]:
        return {"passages": self._passages}

    def _passages(self, question: dict) -> dict[str, Any]:
        """Returns the body of each function of a chapter by way: its file, the number of its first line, its text."""
        ways = PASSAGES[validation.one_of("chapter", question.get("chapter"), PASSAGES)]
        return {"passages": {way: asdict(Source(function).body) for way, function in ways.items()}}
