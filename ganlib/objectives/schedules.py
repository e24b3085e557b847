"""Schedules: what changes during a training, along half a cosine over the images seen. To add one, add a row to SCHEDULED.

R3GAN (Huang et al. 2024, arXiv:2501.05441) moves its learning rates, R1 and R2, Adam's beta2, the probability of augmentation
and the average's half-life along this curve, which is that of Loshchilov & Hutter 2016 (arXiv:1608.03983, eq. (5)).
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple


class Schedule(NamedTuple):
    """A number that goes from `start` to `end` over the first `images` images, and then stays."""

    start: float
    end: float
    images: int

    def at(self, images: float) -> float:
        """Returns the number after `images` images."""
        progress = min(images / self.images, 1)
        return self.end + (self.start - self.end) * 0.5 * (1 + math.cos(math.pi * progress))


class Scheduled(NamedTuple):
    """What follows a schedule: its name, and the numbers that it may take."""

    label: str
    least: float = 0.0
    most: float = math.inf


MOST = 2**53  # JSON parsers disagree about larger integers
BELOW_ONE = math.nextafter(1.0, 0.0)

SCHEDULED = {
    "lr": Scheduled("both learning rates times", least=math.nextafter(0.0, 1.0)),
    "gamma": Scheduled("R1 and R2 times"),
    "mismatch": Scheduled("weight of wrong labels times"),
    "beta2": Scheduled("Adam's beta2", most=BELOW_ONE),
    "augment": Scheduled("probability of each change of the augmentation", most=1.0),
    "ema_half_life": Scheduled("half-life of the average in images"),
    "features": Scheduled("weight of the heads on features times"),
    "feature_size": Scheduled("pixels of the longer side for the frozen network, in steps of 32,", least=32, most=512),
}


def checked(schedules: Mapping[str, Any]) -> dict[str, Schedule]:
    """Returns schedules, each as three numbers, by name. Raises ValueError for others."""
    found = {}
    for name, numbers in schedules.items():
        if name not in SCHEDULED:
            raise ValueError(f"recipe.schedules {name!r} is unknown; this version knows {', '.join(SCHEDULED)}")
        found[name] = _schedule(name, numbers)
    return found


def _schedule(name: str, numbers: Any) -> Schedule:
    numeric = isinstance(numbers, list | tuple) and all(isinstance(each, int | float) and abs(each) < MOST for each in numbers)
    if not numeric or len(numbers) != len(Schedule._fields):
        raise ValueError(f"recipe.schedules.{name} must be start, end and images, not {numbers!r}")
    start, end, images = numbers
    least, most = SCHEDULED[name].least, SCHEDULED[name].most
    if not all(least <= each <= most for each in (start, end)):
        raise ValueError(f"recipe.schedules.{name} must start and end between {least:.3g} and {most:.3g}, not {start}, {end}")
    if images < 1 or images != int(images):
        raise ValueError(f"recipe.schedules.{name} must take a whole number of images, 1 or more, not {images}")
    return Schedule(float(start), float(end), int(images))


def described(schedules: Mapping[str, Schedule]) -> str:
    """Returns a sentence on each schedule, for the card."""
    listed = (
        f"{SCHEDULED[name].label} {each.start:g} to {each.end:g} over {each.images:,} images"
        for name, each in schedules.items()
    )
    return "; ".join(listed)
