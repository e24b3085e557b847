"""Answers the page's questions about a discriminator: logits, heat maps, and the nearest real pictures."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ganlib import UserError, sizes
from ganlib.datasets import ImageSet
from ganlib.files import DamagedFile
from ganlib.inspection.discriminator import boundary, heat, logits
from ganlib.metrics.memorisation import neighbours
from ganlib.networks import Discriminator
from ganlib.objectives.losses import LOSSES
from ganlib.sampling import labels_for
from ganlib.scoring import Data
from studio import validation, words
from studio.drawing import sheets
from studio.learning.real_images import Found, RealImages
from studio.library import Entry, Library
from studio.limiter import Limiter

MOST_JUDGED = 256  # real pictures, and as many generated ones
MOST_PIXELS = 256 * 64 * 64  # of all pictures in one answer
MOST_NEIGHBOURS = 8


class DiscriminatorQuestions:
    """Answers questions about the discriminators of the runs in `library`. Thread-safe."""

    def __init__(self, library: Library):
        self._library, self._originals = library, RealImages()
        self._judging = Limiter(1, "pictures are being judged by a discriminator")
        self._searching = Limiter(1, "nearest neighbours are being searched for")

    def answers(self) -> dict[str, Callable[[dict], dict]]:
        return {"judge": self._judge, "heat": self._heat, "nearest": self._nearest}

    def _judge(self, question: dict) -> dict[str, Any]:
        """Returns D's logits of `num` real and `num` generated pictures of a seed, and the first `shown` of each; real first.

        Both have the labels of a mixed grid and are quantised to 256 levels, as displayed. If no real pictures are on this
        machine, there are only generated ones.
        """
        entry = validation.run(self._library, question.get("run"))
        snapshot = validation.moment(entry, question.get("images"))
        num = validation.whole("num", question.get("num"), 1, MOST_JUDGED)
        shown = validation.whole("shown", question.get("shown", num), 1, num)
        seed, config = validation.seed(question.get("seed")), entry.run.config
        area = sizes.pixels(config.image_size)
        if 2 * shown * area > MOST_PIXELS:
            raise UserError(f"Ask for {MOST_PIXELS // (2 * area)} pictures of each kind at most.")
        discriminator, found = self._discriminator(entry), self._found(entry, question)
        labels = labels_for(config, num, None)
        z = sheets.latents_of(self._library, entry, snapshot, num, seed)
        with self._judging:
            fake = sheets.images_of(self._library, entry, snapshot, z, labels)
            sides = [(fake, labels)] if found.data is None else [_real(found.data, num, labels, seed), (fake, labels)]
            judged = [logits(discriminator, *side) for side in sides]
        data = {"data": found.state, "held_out": bool(found.data and found.data.held_out)}
        return data | _line(config.recipe.loss, judged) | {
            "kinds": [_kind(*side, thought, shown) for side, thought in zip(sides, judged, strict=True)],
            "size": config.image_size,
            "channels": config.channels,
        }  # fmt: skip

    def _heat(self, question: dict) -> dict[str, Any]:
        """Returns D's logit of a picture that the page sends, and its gradient by pixel: int8 (H, W), scaled to 127."""
        entry = validation.run(self._library, question.get("run"))
        picture = validation.picture(entry, question.get("picture"))
        labels = validation.labels(entry, [question.get("label")], 1)
        discriminator = self._discriminator(entry)
        with self._judging:
            (logit,) = logits(discriminator, picture, labels)
            (warmth,), (steepest,) = heat(discriminator, picture, labels)
        return {
            "logit": float(logit),
            "heat": validation.encode(np.rint(warmth * 127).astype(np.int8)),
            "steepest": float(steepest),
            "signed": picture.shape[1] == 1,
        }

    def _nearest(self, question: dict) -> dict[str, Any]:
        """Returns the picture of a latent followed by its nearest training pictures; distances are in grey levels.

        `unseen` compares them with real pictures of the same label that were not trained on: their median distance, and the
        share of them that is as near.
        """
        entry = validation.run(self._library, question.get("run"))
        snapshot, config = validation.moment(entry, question.get("images")), entry.run.config
        z = validation.latents(question.get("z"), config.recipe.latent_dim)
        if len(z) != 1:
            raise UserError("Ask for the neighbours of one latent at a time.")
        labels = validation.labels(entry, question.get("labels"), 1)
        truncation = validation.truncation(question.get("truncation", 1))
        num = validation.whole("num", question.get("num"), 1, MOST_NEIGHBOURS)
        found = self._found(entry, question)
        if found.data is None:
            return {"data": found.state}
        training, flip = found.data.training.images, config.recipe.flip
        with self._searching:
            (drawn,) = sheets.images_of(self._library, entry, snapshot, z, labels, truncation)
            near = neighbours(drawn, training, num, flip)
            unseen = self._originals.unseen_distances(entry, found.data, None if labels is None else int(labels[0]))
        shown = [training[one.index][..., ::-1] if one.mirrored else training[one.index] for one in near]
        return {
            "data": found.state,
            "distances": [one.distance for one in near],
            "indices": [one.index for one in near],
            "unseen": _compared(near[0].distance, unseen) | {"held_out": found.data.held_out is not None},
        } | validation.pictures(np.stack([drawn, *shown]))  # fmt: skip

    def _found(self, entry: Entry, question: dict) -> Found:
        """Returns the run's real pictures; those of a private run only for its owner."""
        owned = self._library.owned(entry, question.get("visitor"))
        return self._originals.of(entry) if owned else Found("away")

    def _discriminator(self, entry: Entry) -> Discriminator:
        try:
            return self._library.discriminator(entry)
        except DamagedFile as error:
            if (entry.run.path / "discriminator.safetensors").exists():
                raise
            raise UserError(f"The run {entry.shown} holds no discriminator.safetensors, so nobody can judge.") from error


def _real(data: Data, num: int, labels: np.ndarray | None, seed: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Draws up to `num` real pictures by a seed, held-out ones if there are any, with the given `labels`; unlabelled pictures
    are paired with any labels."""
    source: ImageSet = data.held_out or data.training
    order = np.random.default_rng([seed, num]).permutation(len(source))
    if source.labels is None or labels is None:
        chosen = np.sort(order[:num])
        return source.images[chosen], None if labels is None else labels[: len(chosen)]
    of_label = {label: iter(order[source.labels[order] == label]) for label in np.unique(labels)}
    found = [index for label in labels if (index := next(of_label[label], None)) is not None]
    return source.images[found], source.labels[found]


def _line(name: str, judged: list[np.ndarray]) -> dict[str, Any]:
    """Returns D's decision boundary and the key of its explanation; the boundary is None if it can only be found by comparison
    with real pictures and there are none."""
    loss = LOSSES[name]
    fixed = loss.boundary is not None
    line = boundary(name, judged[0], judged[-1]) if fixed or len(judged) == 2 else None
    own = "line_none" if not fixed else "line_logistic" if loss.probabilistic else f"line_{name.replace('-', '_')}"
    said = words.first_known(own, "line_fixed")
    return {"boundary": line, "fixed": fixed, "probable": loss.probabilistic, "line": said}


def _kind(images: np.ndarray, labels: np.ndarray | None, logits: np.ndarray, shown: int) -> dict[str, Any]:
    known = [None] * len(logits) if labels is None else labels.tolist()
    return {"logits": logits.astype(float).tolist(), "labels": known} | validation.pictures(images[:shown])


def _compared(distance: float, unseen: np.ndarray) -> dict[str, Any]:
    """Returns the median of sorted distances, and the share of them up to `distance`; None if there are none."""
    if not len(unseen):
        return {"median": None, "share": None, "num": 0}
    share = float(np.searchsorted(unseen, distance, "right") / len(unseen))
    return {"median": float(np.median(unseen)), "share": share, "num": len(unseen)}
