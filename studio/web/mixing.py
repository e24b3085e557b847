"""Answers the page's question for pictures whose stages take the styles of two latents."""

from collections.abc import Callable
from typing import Any

from ganlib import UserError, latents, networks, sizes
from ganlib.networks.family import MixingGenerator
from ganlib.sampling import Mix, draw
from studio import validation
from studio.library import Entry, Library
from studio.limiter import Limiter

MOST_LATENTS = 64
MOST_PIXELS = 64 * 256 * 256  # of all pictures in one answer


def stage_sides(entry: Entry) -> list[tuple[int, int]]:
    """Returns height and width of the stages of a run's generator, coarse to fine; none for one that can't mix."""
    generator = networks.outline(networks.build_generator, entry.run.config.generator_settings())
    return generator.sides if isinstance(generator, MixingGenerator) else []


class Mixing:
    """Answers questions about mixed styles. Thread-safe."""

    def __init__(self, library: Library):
        self._library = library
        self._drawing = Limiter(1, "pictures of mixed layers are being drawn")

    def answers(self) -> dict[str, Callable[[dict], dict]]:
        return {"mixed": self._mixed}

    def _mixed(self, question: dict) -> dict[str, Any]:
        """Returns pictures of latents whose stages take as much of the style of `other`, one latent with its `other_labels`, as
        `amounts` says: a number from 0 to 1 for each."""
        entry = validation.run(self._library, question.get("run"))
        snapshot, config = validation.moment(entry, question.get("images")), entry.run.config
        stages = len(stage_sides(entry))
        if not stages:
            raise UserError(f"The networks of the run {entry.shown} have no styles to mix.")
        z = validation.latents(question.get("z"), config.recipe.latent_dim)
        if len(z) > MOST_LATENTS or len(z) * sizes.pixels(config.image_size) > MOST_PIXELS:
            raise UserError(f"Ask for {min(MOST_LATENTS, MOST_PIXELS // sizes.pixels(config.image_size))} pictures at most.")
        labels = validation.labels(entry, question.get("labels"), len(z))
        truncation = validation.truncation(question.get("truncation", 1))
        other = validation.latents(question.get("other"), config.recipe.latent_dim)[:1]
        amounts = [
            validation.number("an amount", amount, 0, 1)
            for amount in validation.some("amounts", question.get("amounts"), stages, stages)
        ]
        mix = Mix(latents.truncate(other, truncation), validation.labels(entry, question.get("other_labels"), 1), amounts)
        with self._drawing:
            images = draw(self._library.generator(entry, snapshot), latents.truncate(z, truncation), labels, mix)
        return validation.pictures(images)
