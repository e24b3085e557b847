"""The lines that breed children of latents, for the Learn tab."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from ganlib.inspection.source import Source
from ganlib.latents import evolution

# By the way of evolution.js
WAYS: dict[str, Callable] = {
    "mutants": evolution.mutate,
    "coordinates": evolution.cross_coordinates,
    "directions": evolution.cross_directions,
    "arc": evolution.cross_arc,
}


class EvolutionLines:
    """Answers the question of the chapter on children. Thread-safe."""

    def answers(self) -> dict[str, Callable[[dict], dict]]:
        return {"evolution": self._lines}

    def _lines(self, question: dict) -> dict[str, Any]:
        """Returns the body of each function by way: its file, the number of its first line, its text."""
        return {"passages": {way: asdict(Source(function).body) for way, function in WAYS.items()}}
