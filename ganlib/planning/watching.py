"""What surrounds a training that is watched: signals that end it, the events that loggers get, and errors of the machine."""

import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ganlib import devices
from ganlib.training.events import Begun, Event, Failed
from ganlib.training.loggers import Log
from ganlib.training.trainer import Trainer

Stop = Callable[[bool], None]  # ends a training after the current step; True: with a snapshot


@contextmanager
def ended_by_signals(stop: Stop) -> Iterator[None]:
    """SIGINT and SIGTERM end the training after the current step; SIGUSR1 saves a snapshot, too."""
    wholes = {signal.SIGINT: False, signal.SIGTERM: False}
    if hasattr(signal, "SIGUSR1"):  # not on Windows
        wholes[signal.SIGUSR1] = True
    before = {number: signal.signal(number, lambda *_, whole=whole: stop(whole)) for number, whole in wholes.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def beginning(trainer: Trainer, minutes: float | None, notes: tuple[str, ...]) -> Begun:
    """Returns the first event of a training; `notes` are sentences on what was chosen."""
    config = trainer.config
    return Begun(
        trainer.run.path,
        trainer.images,
        config.images,
        minutes,
        config.recipe.batch_size,
        config.dataset_size,
        config.parent,
        notes,
    )


def tell(logs: list[Log], event: Event, stop: Stop) -> None:
    """Passes an event to every logger. If the reader of stdout has exited, the training saves and ends."""
    for log in tuple(logs):
        try:
            log.handle(event)
        except BrokenPipeError:
            logs.remove(log)
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the final flush
            stop(False)


def failure(trainer: Trainer, error: Exception) -> Failed:
    """Translates an error of disk or memory to an event. Raises other errors."""
    path = trainer.run.path
    again = f"continue with: python train.py --resume {shlex.quote(str(path))}"
    if devices.is_out_of_memory(error):
        size = trainer.config.recipe.batch_size
        message = (
            f"There is not enough memory for batches of {size}; what was saved before is intact. End other programs and {again}"
        )
        return Failed(trainer.images, "memory", message)
    if not isinstance(error, OSError):
        raise error
    message = f"{path} can't be written ({error.strerror}); what was saved before is intact. Make room and {again}"
    return Failed(trainer.images, "disk", message)
