"""Tells the page which runs share a run's lineage and graph, and the layers of its generator, for blends."""

from collections.abc import Callable
from typing import Any

from ganlib import networks
from studio import validation
from studio.drawing import sheets
from studio.library import Entry, Library


class Kin:
    """Answers questions about the kin of a run. Thread-safe."""

    def __init__(self, library: Library):
        self._library = library

    def answers(self) -> dict[str, Callable[[dict], dict]]:
        return {"kin": self._kin}

    def _kin(self, question: dict) -> dict[str, Any]:
        """Returns the listed runs whose weights can be blended with a run's, itself included, and the modules of each layer."""
        entry = validation.run(self._library, question.get("run"))
        settings = entry.run.config.generator_settings()
        listed = {entry.name: entry} | self._library.entries()
        return {
            "layers": networks.outline(networks.build_generator, settings).named_layers(),
            "runs": [_facts(other) for other in listed.values() if _are_kin(entry, other)],
        }


def _are_kin(entry: Entry, other: Entry) -> bool:
    if other.opened is None or not other.snapshots:
        return False
    one, two = entry.run.config, other.opened.config
    return one.lineage == two.lineage and one.generator_settings() == two.generator_settings()


def _facts(entry: Entry) -> dict[str, Any]:
    return {"run": entry.name, "title": entry.shown, "moments": [sheets.facts(snapshot) for snapshot in entry.snapshots]}
