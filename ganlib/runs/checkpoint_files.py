"""The checkpoint files of a run: the last state, from which it is resumed, and the last good one, to which it rolls back.

Divergence becomes visible some hundred steps after it began. A new state is therefore only a candidate; it becomes the last
good one if the run is still learning later.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from ganlib import UserError, files

LAST, GOOD, CANDIDATE = "state.safetensors", "state-good.safetensors", "state-trial.safetensors"
NAMES = (LAST, GOOD, CANDIDATE)  # neither shipped nor uploaded


class CheckpointFiles:
    """The states in the folder of a run: each holds all that a trainer needs to resume, in full precision."""

    def __init__(self, folder: Path):
        self._folder = Path(folder)

    @property
    def last(self) -> Path:
        return self._folder / LAST

    @property
    def good(self) -> Path:
        """The last good state; if there is none, the last."""
        path = self._folder / GOOD
        return path if path.exists() else self.last

    def exist(self) -> bool:
        return self.last.exists()

    def save(self, tensors: Mapping[str, Tensor], settings: Mapping[str, Any]) -> None:
        """Writes the last state."""
        files.write_tensors(self.last, tensors, settings)

    def read(self, path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Reads the tensors and settings that `save` wrote. Raises UserError if there are none, DamagedFile if damaged."""
        if not path.exists():
            raise UserError(f"{self._folder} can't be resumed: it holds no {LAST} (shipped runs don't).")
        return files.read_tensors(path)

    def keep_candidate(self) -> None:
        """Copies the last state as the candidate, until `settle_candidate` accepts or rejects it."""
        files.copy(self.last, self._folder / CANDIDATE)

    def settle_candidate(self, good: bool) -> None:
        """Makes the candidate, if there is one, the last good state, or deletes it."""
        candidate = self._folder / CANDIDATE
        if good and candidate.exists():
            candidate.replace(self._folder / GOOD)
        else:
            candidate.unlink(missing_ok=True)
