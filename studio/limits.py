"""Limits on what one visitor may ask of this machine: settings by environment, with defaults that are safe in public."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ganlib import UserError

PREFIX = "STUDIO_"


@dataclass(frozen=True)
class Limits:
    """Each is set by the environment variable STUDIO_ and its name, such as STUDIO_MINUTES=120."""

    pictures: int = 500  # of one upload
    picture_pixels: int = 40_000_000  # of one uploaded picture, as it was taken
    upload_bytes: int = 200_000_000  # of one upload, packed and unpacked
    minutes: float = 20.0  # of training, of one job
    jobs: int = 3  # of one visitor: waiting, running or kept
    waiting: int = 20  # jobs of all visitors
    disk_bytes: int = 4_000_000_000  # of all visitors' jobs and uploads
    hub_bytes: int = 2_000_000_000  # of all runs that visitors opened from the Hub since the start
    queued_pictures: int = 4096  # of 64 x 64 pixels, that wait to be drawn; 3/4 of them for one address, half for one visitor
    gpu_seconds: float = 60.0  # of one call on a ZeroGPU Space
    kept_hours: float = 24.0  # that a run made here is kept after its training ended, and an upload that was never used

    def __post_init__(self):
        """Raises UserError for a limit that is not above 0."""
        for field in fields(self):
            if not 0 < getattr(self, field.name) < math.inf:
                raise UserError(f"{PREFIX}{field.name.upper()} must be a number above 0.")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Limits":
        """The defaults, but for what `environment` sets. Raises UserError for a value that is no number."""
        chosen: dict[str, Any] = {}
        for field in fields(cls):
            if text := environment.get(name := f"{PREFIX}{field.name.upper()}"):
                whole = isinstance(field.default, int)
                try:
                    chosen[field.name] = int(text) if whole else float(text)
                except ValueError:
                    raise UserError(f"{name}={text!r} is no {'whole number' if whole else 'number'}.") from None
        return cls(**chosen)


def on_space() -> bool:
    """Whether this is a Space of the Hub."""
    return bool(os.environ.get("SPACE_ID"))


def in_public() -> bool:
    """Whether strangers use this page: on a Space, or by the public link of --share, which is GRADIO_SHARE=True."""
    return on_space() or os.environ.get("GRADIO_SHARE", "").lower() == "true"
