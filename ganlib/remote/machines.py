"""The machines for jobs, and what they cost."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ganlib import UserError

if TYPE_CHECKING:
    from huggingface_hub import JobHardwareInfo

DEFAULT = "t4-small"
UNITS = {"second": 1, "minute": 60, "hour": 3600}  # seconds of what the Hub states the price for


@dataclass(frozen=True)
class Machine:
    """A kind of machine: its name on the Hub, what it is, and dollars for an hour."""

    flavor: str
    described: str
    gpus: int
    per_hour: float

    def most(self, seconds: float) -> float:
        """Returns the most that a job of at most so many seconds can cost, in dollars."""
        return self.per_hour * seconds / 3600

    def device(self, asked: str) -> str:
        """Returns --device there; a GPU that is paid is insisted on."""
        return asked if asked != "auto" else "cuda" if self.gpus else "cpu"


def chosen(flavor: str, offered: Iterable["JobHardwareInfo"]) -> Machine:
    """Returns the machine called `flavor`. Raises UserError, with all that are offered, if there is none."""
    machines = known(offered)
    if flavor not in machines:
        listed = ", ".join(f"{name} (${machine.per_hour:.2f} an hour)" for name, machine in machines.items())
        raise UserError(f"The Hub has no machine {flavor!r} for jobs; --flavor takes {listed}.")
    if machines[flavor].gpus > 1:
        raise UserError(f"A job trains on one GPU, and {flavor} has {machines[flavor].gpus}; choose a smaller --flavor.")
    return machines[flavor]


def known(offered: Iterable["JobHardwareInfo"]) -> dict[str, Machine]:
    """Returns the machines by name, in the Hub's order. Raises UserError for a price of an unknown unit."""
    return {machine.name: _machine(machine) for machine in offered}


def _machine(info: "JobHardwareInfo") -> Machine:
    if (seconds := UNITS.get(info.unit_label)) is None:
        raise UserError(f"The Hub states the price of {info.name} for a {info.unit_label}, which this version doesn't know.")
    gpu = info.accelerator
    parts = [f"{gpu.quantity} x {gpu.model} with {gpu.vram}"] if gpu else []
    gpus = int(gpu.quantity) if gpu else 0
    return Machine(info.name, ", ".join([*parts, info.cpu, info.ram]), gpus, info.unit_cost_usd * 3600 / seconds)
