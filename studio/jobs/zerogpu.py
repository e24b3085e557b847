"""Runs trainings on a ZeroGPU Space, which lends a GPU for about a minute a call: each call is a resumable slice of a job.

Generators that are looked at stay on the CPU. Elsewhere the package `spaces` isn't needed, and a job is one process.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ganlib import devices
from studio.jobs import train_process
from studio.jobs.running import Launch
from studio.limits import Limits

OVERHEAD = 25.0  # seconds of a call in which a process starts, reads its pictures and saves


def here() -> bool:
    """Whether this is a ZeroGPU Space."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


def launcher(limits: Limits) -> tuple[Launch, float | None]:
    """What runs train.py here, and for how many minutes at a time; None for as long as it takes."""
    if not here():
        return train_process.train, None
    import spaces  # patches torch, so before a device is asked for

    return lent(spaces.GPU(duration=limits.gpu_seconds)(train_process.train)), slice_minutes(limits)


def slice_minutes(limits: Limits) -> float:
    """Of training in one call."""
    return max(1.0, limits.gpu_seconds - OVERHEAD) / 60


def lent(launch: Launch) -> Launch:
    """`launch`, which may be refused the GPU: the slice then ends with "refused" and the Space's own sentence."""

    def attempt(arguments: list[str], folder: Path, environment: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        try:
            yield from launch(arguments, folder, environment)
        except Exception as error:
            yield {"event": "refused"}
            yield {"event": "ended", "code": 1, "said": str(error)}

    return attempt


def device(name: str) -> tuple[str, str]:
    """The kind of the device that `--device` names, and what it is called."""
    if here():
        return "cuda", "ZeroGPU"
    found = devices.pick(name)
    return found.type, devices.describe(found)
