"""How long a training would take, and how much memory: a few real steps, of which nothing is kept."""

import sys
import time

import torch

from ganlib.config import Config
from ganlib.datasets import ImageSet
from ganlib.events import Estimated
from ganlib.parallel import Team
from ganlib.shared_game import game_of

SECONDS = 3.0  # to be measured, at least


def measure(
    config: Config, images: ImageSet, device: torch.device, minutes: float | None = None, team: Team | None = None
) -> Estimated:
    """Takes steps of a run of `config`, with a team as its first process, and writes nothing. `minutes` end it early, or
    alone where it has no length."""
    game, recipe = game_of(config, images, device, team), config.recipe
    turns = max(recipe.penalty_every, recipe.g_every, recipe.d_every)  # whole rounds, since not every step costs the same
    for _ in range(2):  # the first ones reserve memory and choose algorithms
        game.step()
    _finish(device)
    before, began = game.images, time.monotonic()
    while time.monotonic() - began < SECONDS:
        for _ in range(turns):
            game.step()
        _finish(device)
    speed = (game.images - before) / (time.monotonic() - began)
    game.previews.samples(min(128, len(images)))
    limits = [60 * minutes] if minutes is not None else []
    if config.images is not None:
        limits.append(config.images / speed)
    return Estimated(speed, _peak_bytes(device), min(limits))


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _peak_bytes(device: torch.device) -> int:
    """The most that was in use: of the device's memory, or else of this process's. 0 where the system doesn't say."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
