"""Runs trainings on a ZeroGPU Space, which provides a GPU for about a minute per call: each call is a resumable slice of a job.

Pictures are drawn on the CPU. Elsewhere the package `spaces` isn't needed, and a job is one process.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganlib import devices
from studio.jobs import train_process
from studio.limits import Limits

if TYPE_CHECKING:
    from studio.jobs.running import Launch

OVERHEAD = 25.0  # seconds per call to start a process, read its pictures and save


def here() -> bool:
    """Whether this is a ZeroGPU Space."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


def launcher(limits: Limits) -> "tuple[Launch, float | None]":
    """Returns the function that runs train.py here, and the minutes of a slice; None for no limit."""
    if not here():
        return train_process.train, None
    import spaces  # patches torch, so before a device is picked

    return reporting_refusal(spaces.GPU(duration=limits.gpu_seconds)(train_process.train)), slice_minutes(limits)


def slice_minutes(limits: Limits) -> float:
    """Returns the minutes of training in one call."""
    return max(1.0, limits.gpu_seconds - OVERHEAD) / 60


def reporting_refusal(launch: "Launch") -> "Launch":
    """Wraps `launch`: if the Space refuses the GPU, the slice ends with "refused" and the Space's message."""

    def attempt(arguments: list[str], folder: Path, environment: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        try:
            yield from launch(arguments, folder, environment)
        except Exception as error:
            yield {"event": "refused"}
            yield {"event": "ended", "code": 1, "said": str(error)}

    return attempt


def device(name: str) -> tuple[str, str]:
    """Returns the type and the name of the device of `--device`."""
    if here():
        return "cuda", "ZeroGPU"
    found = devices.pick(name)
    return found.type, devices.describe(found)
