"""Loggers of a training, each of which gets every event: a progress bar, JSON lines, TensorBoard, trackio, wandb."""

from typing import Protocol

from ganlib.training.events import Event


class Log(Protocol):
    """Gets every event in order, and is closed after the last."""

    def handle(self, event: Event) -> None: ...

    def close(self) -> None: ...
