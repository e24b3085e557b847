"""Limits per visitor and per server, set by environment variables; the defaults are safe for a public server."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ganlib import UserError

PREFIX = "STUDIO_"
MOST_SEED = 2**32 - 1
# Environment variables of a Space with `hf_oauth: true`; Gradio's sign-in needs all of them.
OAUTH = ("SYSTEM", "OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OAUTH_SCOPES", "OPENID_PROVIDER_URL")


@dataclass(frozen=True)
class Limits:
    """Each field is set by the environment variable STUDIO_ and its name, such as STUDIO_MINUTES=120."""

    pictures: int = 500  # per upload
    picture_pixels: int = 40_000_000  # per uploaded picture, before cropping
    upload_bytes: int = 200_000_000  # per upload, compressed and decompressed
    minutes: float = 20.0  # of training per job
    jobs: int = 3  # per visitor: waiting, running or kept
    waiting: int = 20  # jobs of all visitors
    disk_bytes: int = 4_000_000_000  # jobs and uploads of all visitors
    hub_bytes: int = 2_000_000_000  # all runs opened from the Hub since the start
    queued_pictures: int = 4096  # of 64 x 64 pixels, waiting to be drawn; at most 3/4 per address, half per visitor
    gpu_seconds: float = 60.0  # per call on a ZeroGPU Space
    kept_hours: float = 24.0  # a run is kept after its training ended, and an unused upload

    def __post_init__(self):
        """Raises UserError for a limit that is not above 0."""
        for field in fields(self):
            if not 0 < getattr(self, field.name) < math.inf:
                raise UserError(f"{PREFIX}{field.name.upper()} must be a number above 0.")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Limits":
        """Returns the defaults, overridden by `environment`. Raises UserError for a value that is no number."""
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
    """Whether the page is public: on a Space, or through --share, which sets GRADIO_SHARE=True."""
    return on_space() or os.environ.get("GRADIO_SHARE", "").lower() == "true"


def way() -> str:
    """Returns how visitors who publish authenticate: "account" (sign in), "token", or "off" if publishing isn't offered."""
    if not in_public():
        return "token"
    return "account" if on_space() and all(map(os.environ.get, OAUTH)) else "off"
