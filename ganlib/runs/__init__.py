"""A run on disk: its config, history, weights, scores and checkpoints, and the card that describes it."""

from ganlib.runs.run import Run, Snapshot, short

__all__ = ["Run", "Snapshot", "short"]
