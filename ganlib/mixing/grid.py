"""A grid of mixed styles as in figure 3 of Karras et al. 2019 (arXiv:1812.04948): sources in the first row and column."""

from collections.abc import Iterator

import numpy as np

from ganlib import UserError, latents, pictures
from ganlib.networks.family import MixingGenerator
from ganlib.runs.run import Run, Snapshot
from ganlib.sampling import Mix, draw, labels_for

GROUPS = ("coarse", "middle", "fine")


def group_amounts(stages: int) -> dict[str, list[float]]:
    """Returns the amounts by which the stages of a group, a third of them, come from the second latent and the others from
    the first."""
    ends = [round(third * stages / 3) for third in range(4)]
    return {
        name: [float(ends[third] <= stage < ends[third + 1]) for stage in range(stages)] for third, name in enumerate(GROUPS)
    }


def mixing_generator(run: Run, snapshot: Snapshot) -> MixingGenerator:
    """Returns a snapshot's generator. Raises UserError for one that can't mix."""
    generator = run.generator(snapshot)
    if not isinstance(generator, MixingGenerator):
        family = run.config.recipe.generator["family"]
        raise UserError(f"The networks of {run.name} ({family}) have no styles to mix; take a run of the recipe style.")
    return generator


def mixing_grid(
    run: Run, snapshot: Snapshot, rows: int, columns: int, seed: int, label: int | None = None, truncation: float = 1.0
) -> np.ndarray:
    """Draws the sources and their mixtures, uint8 (N, C, H, W), in columns + 1 columns: a grey corner and `columns` second
    latents; then for coarse, middle and fine stages each a row for each of the `rows` first latents, with what these stages
    take from the second. All latents are the seed's. Raises UserError for a run that can't mix."""
    generator, recipe = mixing_generator(run, snapshot), run.config.recipe
    z = latents.truncate(latents.sample(rows + columns, recipe.latent_dim, seed, recipe.latent), truncation)
    labels = labels_for(run.config, rows + columns, label)
    sources = draw(generator, z, labels)
    corner = np.full_like(sources[:1], pictures.GROUND)
    parts = [corner, sources[rows:]]
    own = labels if labels is None else labels[:rows]
    for amounts in group_amounts(len(generator.sides)).values():
        mixed = [draw(generator, z[:rows], own, mix) for mix in _seconds(z[rows:], labels, rows, amounts)]
        for row in range(rows):
            parts += [sources[row : row + 1], *(column[row : row + 1] for column in mixed)]
    return np.concatenate(parts)


def _seconds(z: np.ndarray, labels: np.ndarray | None, first: int, amounts: list[float]) -> Iterator[Mix]:
    """Yields a mix with each of the second latents, whose labels begin at `first`."""
    for number in range(len(z)):
        at = first + number
        yield Mix(z[number : number + 1], None if labels is None else labels[at : at + 1], amounts)
