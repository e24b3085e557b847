"""The share of the second run in each layer of a blend, as written on the command line."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass

from ganlib import UserError
from ganlib.networks.family import STAGES


@dataclass(frozen=True)
class Shares:
    """Shares from 0, the first run's weights, to 1, the second's."""

    others: float | None  # of the layers that `named` leaves out; None if it must name all
    named: dict[str, float]  # by layer, "stages.2"; "stages" is all layers but the first

    @classmethod
    def parsed(cls, text: str) -> "Shares":
        """Parses "0.5", "stem:0,stages:1", or both: "0,stages.3:1". Raises UserError."""
        others, named = None, {}
        for part in text.split(","):
            layer, colon, number = part.strip().rpartition(":")
            share = _share(number, text)
            if bool(colon) != bool(layer) or layer in named or (not colon and others is not None):
                raise _unreadable(text)
            if colon:
                named[layer] = share
            else:
                others = share
        return cls(others, named)

    def of(self, layers: Collection[str]) -> dict[str, float]:
        """Returns the share of each of a generator's `layers`; "stages.2" takes precedence over "stages". Raises UserError for
        a layer that is unknown or has no share."""
        known = [*layers, *([STAGES] if len(layers) > 1 else [])]
        listed = f"this generator has {', '.join(layers)}; {STAGES} stands for all but the first"
        if unknown := [layer for layer in self.named if layer not in known]:
            raise UserError(f"--layers: there is no layer {unknown[0]!r}; {listed}.")
        found = {layer: self.named.get(layer, self._of_group(layer)) for layer in layers}
        if lacking := [layer for layer, share in found.items() if share is None]:
            raise UserError(
                f"--layers names no share for {', '.join(lacking)}; name them, or give a number for all others as in 0,stem:1."
            )
        return {layer: share for layer, share in found.items() if share is not None}

    def _of_group(self, layer: str) -> float | None:
        return self.named.get(STAGES, self.others) if layer.startswith(f"{STAGES}.") else self.others


def _share(text: str, whole: str) -> float:
    with suppress(ValueError):
        if 0 <= float(text) <= 1:
            return float(text)
    raise _unreadable(whole)


def _unreadable(text: str) -> UserError:
    return UserError(
        f"--layers {text!r} can't be read: give a share from 0 to 1, or shares of layers such as stem:0,stages:1, each layer "
        "once."
    )
