"""Saves and restores checkpoints: the last, and the last known good.

A run that was killed or stopped continues exactly from its last state. One that diverges goes back to the last that is known to
be good, which shows only some lines of history after it was written: until then it is the candidate.
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
    """Saves the state of a run's `gan`, and loads it."""

    def __init__(self, run: Run, gan: GAN):
        self.run, self.gan, self.checkpoint_files = run, gan, run.checkpoint_files
        self.candidate_images: int | None = None  # seen at the state that may turn out a good one

    def save(self, seconds: float, lines: int) -> None:
        """Writes the last state, after `seconds` of training and `lines` lines of history. It becomes the candidate
        where there is none; the first of all is good."""
        tensors, settings = self.gan.state()
        self.checkpoint_files.save(tensors, settings | {"seconds": seconds, "lines": lines})
        if self.candidate_images is None:
            self.checkpoint_files.keep_candidate()
            self.candidate_images = self.gan.images
        if not self.gan.images:
            self.settle_candidate(good=True)

    def settle_candidate(self, good: bool) -> None:
        """Makes the candidate, where there is one, the last good state, or drops it."""
        self.checkpoint_files.settle_candidate(good)
        self.candidate_images = None

    def load_last(self) -> tuple[float, int]:
        """Goes on from the last state. Returns the seconds of training and the lines of history up to there. Raises
        UserError; for a damaged one, with the ways on: going back costs snapshots, so that is the user's choice."""
        states = self.checkpoint_files
        try:
            found = self._load(states.last)
        except DamagedFile as error:
            told = f"{error} {self._fresh_start()}"
            if states.good != states.last:
                told += f"; or go back to the last good state, and lose what came after it: mv {states.good} {states.last}"
            raise UserError(told) from error
        if self.gan.images in self.run.config.rollbacks:  # a state from before the run went back there
            self.gan.change_rates(self.run.config)
        return found

    def load_last_good(self) -> None:
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
        raise UserError(f"{self.run.path} has diverged and can't go back: {damage} {self._fresh_start()}") from damage

    def _fresh_start(self) -> str:
        """The remedy where no state can be read."""
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
