"""Reads the health of a run from its history: learning, collapsing, memorising, diverging, D winning, or artefacts, and why.

Uses medians over the last lines of history, so that a single outlier has no effect. The thresholds separate runs that were
made to fail in each of these ways from healthy ones, including those that ship with the project; `docs/training.md` has the
figures.
"""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ganlib.objectives.augment import suited
from ganlib.objectives.losses import LOSSES
from ganlib.runs.config import Config
from ganlib.sizes import pixels

Verdict = Literal["too-early", "learning", "discriminator-winning", "collapsing", "memorising", "diverging", "artefacts"]
Remedy = Literal["none", "lower-rate", "more-augmentation", "rollback"]

SOUND: tuple[Verdict, ...] = ("learning", "artefacts")  # a run that may go on: pictures with artefacts can still get better

WINDOW = 5  # lines of history for the median
FEWEST = 8  # lines before the first verdict: an untrained generator draws uniform grey
RUNAWAY = 2.0  # times the loss of guessing: worse than a constant discriminator
LIPSCHITZ = 2.0  # times the largest difference of logits of a 1-Lipschitz discriminator, the distance of two pictures
WON = 0.05  # of the loss of guessing
ALIKE = 0.4  # of the mean distance between two real pictures
REPEATED = 0.3  # of a real picture's distance to the nearest of as many
LEARNED = 0.25  # of either; above the noise of an untrained generator
PATIENCE = 30  # lines until low diversity without earlier learning counts as a collapse
COPIED = 0.4  # of a real picture's distance to the nearest other of the set
WASHED = 0.15  # of the pictures; of real ones it is 0.01
CLIPPED = 0.06  # of the values, more than of real pictures'
PATTERNED = 3.0  # grey levels
RECEDES = 0.8  # of the value half the patience ago: an artefact that fades is no finding

SENTENCES = {
    "few-lines": "Too early to say: {lines:.0f} of {needed:.0f} lines of history.",
    "balanced": "Learning: the discriminator's loss is {loss:.0%} of that of guessing.",
    "in-motion": "Learning: nothing in the numbers says otherwise.",
    "loss-runs-away": "Diverging: the discriminator's loss is {loss:.1f} times that of guessing.",
    "logits-run-away": "Diverging: the discriminator's logits of real and generated pictures lie {gap:.0f} apart.",
    "all-alike": "Collapsing: two generated pictures differ by {diversity:.0%} of what two real ones do.",
    "repeated": "Collapsing: a generated picture's double lies at {apart:.0%} of the distance that real ones keep.",
    "copied": "Memorising: generated pictures lie at {nearest:.0%} of the distance from the training pictures that these keep "
    "from each other.",
    "washed": "Artefacts: {wash:.0%} of the generated pictures have an overall colour that 1% of real ones have.",
    "clipped": "Artefacts: the share of values that are 0 or 255 is {clipped:.1%} above that of real pictures.",
    "patterned": "Artefacts: a fine periodic pattern of {pattern:.1f} grey levels lies over the generated pictures.",
    "told-apart": "The discriminator is winning: its loss is {loss:.2%} of that of guessing.",
}
ARTEFACTS: dict[str, tuple[float, str, Remedy]] = {  # by metrics.artefacts' numbers, the most conspicuous first
    "wash": (WASHED, "washed", "lower-rate"),
    "clipped": (CLIPPED, "clipped", "lower-rate"),
    "pattern": (PATTERNED, "patterned", "none"),
}


@dataclass(frozen=True)
class Reading:
    """The health of a run by the last lines of its history.

    `reason` is a key of SENTENCES; `numbers` are inserted into the sentence; `remedy` is what may help, if anything.
    """

    verdict: Verdict
    reason: str
    numbers: dict[str, float] = field(default_factory=dict)
    remedy: Remedy = "none"

    @property
    def sentence(self) -> str:
        return SENTENCES[self.reason].format(**self.numbers)


def read(history: Sequence[Mapping[str, Any]], config: Config) -> Reading:
    """Returns the health of a run by the lines of its history; the most serious finding wins."""
    if len(history) < FEWEST:
        return Reading("too-early", "few-lines", {"lines": len(history), "needed": FEWEST})
    seen = _medians(history[-WINDOW:])
    if guessing := LOSSES[config.recipe.loss].guessing:
        seen["loss"] = seen["d_loss"] / (config.recipe.d_weight * guessing)
    found = (
        _diverging(seen, config)
        or _collapsing(history, "diversity", _fell)
        or _memorising(seen, config)  # before repeats: copies of few training pictures repeat, too
        or _collapsing(history, "apart", _fell)
        or _winning(seen, config)  # before low diversity: it is the cause
    )
    if not found and _stands_still(history):
        found = _collapsing(history, "diversity") or _collapsing(history, "apart")
    found = found or next(filter(None, (_artefact(history, name) for name in ARTEFACTS)), None)
    if found:
        return found
    reason = "balanced" if "loss" in seen else "in-motion"
    return Reading("learning", reason, {name: seen[name] for name in ("loss", "diversity", "nearest") if name in seen})


def _medians(lines: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Returns the median of each number that all the lines have."""
    shared = set.intersection(*(set(line) for line in lines))
    return {name: statistics.median(line[name] for line in lines) for name in shared}


def _diverging(seen: Mapping[str, float], config: Config) -> Reading | None:
    if seen.get("loss", 0.0) > RUNAWAY:
        return Reading("diverging", "loss-runs-away", {"loss": seen["loss"]}, "rollback")
    gap = abs(seen["d_real"] - seen["d_fake"])
    values = pixels(config.image_size) * config.channels
    if gap > LIPSCHITZ * 2 * math.sqrt(values):  # of a picture, each in [-1, 1]
        return Reading("diverging", "logits-run-away", {"gap": gap}, "rollback")
    return None


def _collapsing(
    history: Sequence[Mapping[str, Any]], name: str, how: Callable[[Sequence[float]], bool] = lambda course: True
) -> Reading | None:
    limit, reason = {"diversity": (ALIKE, "all-alike"), "apart": (REPEATED, "repeated")}[name]
    course = _course(history, name)
    if len(course) < FEWEST or (now := _median_at(course, len(course))) >= limit or not how(course):
        return None
    return Reading("collapsing", reason, {name: now}, "lower-rate")


def _fell(course: Sequence[float]) -> bool:
    """Whether a measure was twice as high earlier, and above that of an untrained generator."""
    best = max(_median_at(course, end) for end in range(WINDOW, len(course)))
    return best >= max(LEARNED, 2 * _median_at(course, len(course)))


def _stands_still(history: Sequence[Mapping[str, Any]]) -> bool:
    """Whether diversity has not risen for a long time."""
    courses = [_course(history, name) for name in ("diversity", "apart")]
    return all(
        len(course) >= PATIENCE and _median_at(course, len(course)) <= _median_at(course, len(course) - PATIENCE // 2)
        for course in courses
    )


def _course(history: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    return [line[name] for line in history if name in line]


def _median_at(course: Sequence[float], end: int) -> float:
    """Returns the median of the window that ends before `end`."""
    return statistics.median(course[max(end - WINDOW, 0) : end])


def _artefact(history: Sequence[Mapping[str, Any]], name: str) -> Reading | None:
    """Finds an artefact that a generator has beyond its first lines, in which it draws coarse colours in a lattice, and that
    doesn't fade."""
    limit, reason, remedy = ARTEFACTS[name]
    course = _course(history, name)
    if len(course) < PATIENCE or (now := _median_at(course, len(course))) < limit:
        return None
    fades = now < RECEDES * _median_at(course, len(course) - PATIENCE // 2)
    return None if fades else Reading("artefacts", reason, {name: now}, remedy)


def _memorising(seen: Mapping[str, float], config: Config) -> Reading | None:
    if seen.get("nearest", 1.0) < COPIED:
        return Reading("memorising", "copied", {"nearest": seen["nearest"]}, _more_augmentation(config) or "none")
    return None


def _winning(seen: Mapping[str, float], config: Config) -> Reading | None:
    if seen.get("loss", 1.0) < WON:
        return Reading(
            "discriminator-winning", "told-apart", {"loss": seen["loss"]}, _more_augmentation(config) or "lower-rate"
        )
    return None


def _more_augmentation(config: Config) -> Remedy | None:
    return None if set(config.recipe.augment) >= set(suited(config.channels)) else "more-augmentation"
