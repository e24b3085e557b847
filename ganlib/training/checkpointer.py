"""Saves and restores checkpoints: the last, and the last known good.

A run that was killed or stopped resumes exactly from its last state. A run that diverges goes back to the last known good one.
A new state is a candidate until some more lines of history confirm that it is good.
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
        self.candidate_images: int | None = None  # images seen at the candidate state

    def save(self, seconds: float, lines: int) -> None:
        """Writes the last state, after `seconds` of training and `lines` lines of history. It becomes the candidate if
        there is none; the initial state is good at once."""
        tensors, settings = self.gan.state()
        self.checkpoint_files.save(tensors, settings | {"seconds": seconds, "lines": lines})
        if self.candidate_images is None:
            self.checkpoint_files.keep_candidate()
            self.candidate_images = self.gan.images
        if not self.gan.images:
            self.settle_candidate(good=True)

    def settle_candidate(self, good: bool) -> None:
        """Makes the candidate, if there is one, the last good state, or deletes it."""
        self.checkpoint_files.settle_candidate(good)
        self.candidate_images = None

    def load_last(self) -> tuple[float, int]:
        """Loads the last state. Returns the seconds of training and the lines of history up to it. Raises UserError; for a
        damaged state it names the remedies: going back loses snapshots, so the user decides."""
        states = self.checkpoint_files
        try:
            found = self._load(states.last)
        except DamagedFile as error:
            message = f"{error} {self._fresh_start()}"
            if states.good != states.last:
                message += f"; or go back to the last good state, and lose what came after it: mv {states.good} {states.last}"
            raise UserError(message) from error
        if self.gan.images in self.run.config.rollbacks:  # a state from before that rollback
            self.gan.change_rates(self.run.config)
        return found

    def load_last_good(self) -> None:
        """Loads the last good state, or, if that is damaged, the last. Raises UserError if both are."""
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
        """Returns the remedy if no state can be read."""
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
