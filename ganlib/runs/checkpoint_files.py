"""The states of a run: the last one, from which it is resumed, and the last good one, to which it goes back.

A divergence shows in the numbers some hundred steps after it began, so a state can't be called good when it is written.
It is put on trial, and becomes the good one if the run still learns a while later.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from ganlib import UserError, files

LAST, GOOD, TRIAL = "state.safetensors", "state-good.safetensors", "state-trial.safetensors"
NAMES = (LAST, GOOD, TRIAL)  # neither shipped nor published


class CheckpointFiles:
    """The states in the folder of a run: all that a trainer needs to go on from one, in full precision."""

    def __init__(self, folder: Path):
        self._folder = Path(folder)

    @property
    def last(self) -> Path:
        return self._folder / LAST

    @property
    def good(self) -> Path:
        """The last good one; where none is known, the last."""
        path = self._folder / GOOD
        return path if path.exists() else self.last

    def exist(self) -> bool:
        return self.last.exists()

    def save(self, tensors: Mapping[str, Tensor], settings: Mapping[str, Any]) -> None:
        """Writes the last state."""
        files.write_tensors(self.last, tensors, settings)

    def read(self, path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """What `save` wrote. Raises UserError when there is none, DamagedFile when it is damaged."""
        if not path.exists():
            raise UserError(f"{self._folder} can't be resumed: it holds no {LAST} (shipped runs don't).")
        return files.read_tensors(path)

    def put_on_trial(self) -> None:
        """Keeps the last state until `judge` says what becomes of it."""
        files.copy(self.last, self._folder / TRIAL)

    def judge(self, good: bool) -> None:
        """Makes the state on trial, where there is one, the last good one, or forgets it."""
        trial = self._folder / TRIAL
        if good and trial.exists():
            trial.replace(self._folder / GOOD)
        else:
            trial.unlink(missing_ok=True)
