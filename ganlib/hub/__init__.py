"""Runs on the Hugging Face Hub: `push`, `pull`, and `run_at`, which opens a folder or a repository."""

import math
from contextlib import suppress
from pathlib import Path
from typing import Any

from ganlib.hub.errors import Unreachable
from ganlib.hub.names import is_name, parse
from ganlib.hub.pulling import kept_bytes, pull
from ganlib.hub.pushing import Repository, push
from ganlib.runs.run import Run

__all__ = [
    "Repository",
    "Unreachable",
    "is_name",
    "is_on_hub",
    "kept_bytes",
    "parse",
    "pull",
    "push",
    "run_at",
    "run_at_epoch",
    "split_epoch",
]


def is_on_hub(text: str | Path) -> bool:
    """Whether `text` is a run on the Hub: a valid name, and neither that path nor the folder OWNER exists."""
    path = Path(text)
    return is_name(str(text)) and not path.exists() and not path.parent.is_dir()


def run_at(text: str | Path, **download: Any) -> Run:
    """Opens the run in a folder, or OWNER/NAME[@REVISION] on the Hub. `download` is passed to `pull`. Raises UserError."""
    if is_on_hub(text):
        return Run.open(pull(str(text), **download), str(text))
    return Run.open(Path(text))


def split_epoch(text: str) -> tuple[str, float | None]:
    """Splits RUN[@EPOCH] into the run, a folder or a name on the Hub, and the epoch."""
    before, _, behind = text.rpartition("@")
    with suppress(ValueError):
        if before and not Path(text).exists() and math.isfinite(float(behind)):
            return before, float(behind)
    return text, None


def run_at_epoch(text: str) -> tuple[Run, float | None, str]:
    """Opens the run of RUN[@EPOCH], RUN as in `run_at`: the run, the epoch or None, and its display name. Raises UserError."""
    name, epoch = split_epoch(text)
    run = run_at(name)
    return run, epoch, run.name if is_on_hub(name) else Path(name).resolve().name
