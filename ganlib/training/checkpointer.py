"""What a training goes on from, or back to: its game in the states of its run.

A run that was killed or stopped continues exactly where its last state was. One that diverges goes back to the last good
state; which is good shows a while after it was written.
"""

import logging
import shlex
from pathlib import Path

from ganlib import UserError
from ganlib.files import DamagedFile
from ganlib.runs.run import Run
from ganlib.training.step import GAN

logger = logging.getLogger(__name__)


class Checkpointer:
    """Saves the `game` of a run, and loads it."""

    def __init__(self, run: Run, gan: GAN):
        self.run, self.gan, self.checkpoint_files = run, gan, run.checkpoint_files
        self.on_trial: int | None = None  # the images of the state that may turn out a good one

    def save(self, seconds: float, lines: int) -> None:
        """Writes the last state, after `seconds` of training and `lines` lines of history. It is put on trial, where no
        other one is; the first of all is good."""
        tensors, settings = self.gan.state()
        self.checkpoint_files.save(tensors, settings | {"seconds": seconds, "lines": lines})
        if self.on_trial is None:
            self.checkpoint_files.put_on_trial()
            self.on_trial = self.gan.images
        if not self.gan.images:
            self.judge(good=True)

    def judge(self, good: bool) -> None:
        """Says what becomes of the state on trial, where there is one: the last good one, or nothing."""
        self.checkpoint_files.judge(good)
        self.on_trial = None

    def load_last(self) -> tuple[float, int]:
        """Goes on from the last state. Returns the seconds of training and the lines of history up to there. Raises
        UserError; of a damaged one, with what can be done: to go back costs snapshots, so whoever trains decides."""
        states = self.checkpoint_files
        try:
            found = self._load(states.last)
        except DamagedFile as error:
            told = f"{error} {self._anew()}"
            if states.good != states.last:
                told += f"; or go back to the last good state, and lose what came after it: mv {states.good} {states.last}"
            raise UserError(told) from error
        if self.gan.images in self.run.config.rollbacks:  # a state from before the run went back there
            self.gan.change_rates(self.run.config)
        return found

    def load_good(self) -> None:
        """Goes back to the last good state, or, where that is damaged, to the last. Raises UserError where both are."""
        states = self.checkpoint_files
        for path in dict.fromkeys((states.good, states.last)):
            try:
                self._load(path)
                return
            except DamagedFile as error:
                damage = error
            if path != states.last:
                logger.warning("%s Going back to %s instead.", damage, states.last)
        raise UserError(f"{self.run.path} has diverged and can't go back: {damage} {self._anew()}") from damage

    def _anew(self) -> str:
        """The way on where no state can be read."""
        command = ["python", "train.py", "--dataset", self.run.config.source, "--init-from", str(self.run.path)]
        return f"A new run can begin with its last snapshot: {shlex.join(command)}"

    def _load(self, path: Path) -> tuple[float, int]:
        tensors, settings = self.checkpoint_files.read(path)
        if "summed" not in settings:
            raise UserError(f"{path} was written by an older version, which alone can go on from it; or train a new run.")
        try:
            self.gan.load_state(tensors, settings)
            return settings["seconds"], settings.get("lines", 0)
        except (KeyError, IndexError, ValueError, RuntimeError, TypeError) as error:
            raise DamagedFile(path, f"it does not fit this run ({' '.join(str(error).split())})") from error
