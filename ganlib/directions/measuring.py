"""Measures samples of a snapshot and regresses what was measured on their latents."""

from ganlib import latents
from ganlib.inspection.attributes import Pictures, measured
from ganlib.inspection.named_directions import NamedDirections, regress
from ganlib.runs.run import Run, Snapshot
from ganlib.sampling import draw, labels_for

SEED = 4321  # of the samples
NUM = 4096  # samples for the regression
FRESH = 1024  # further samples, by which it is judged


def of_snapshot(run: Run, snapshot: Snapshot, digits: bool, num: int = NUM, fresh: int = FRESH) -> NamedDirections:
    """Draws and measures `num` + `fresh` samples of a snapshot and regresses. `digits`: the digit classifier fits the run."""
    recipe, total = run.config.recipe, num + fresh
    z, labels = latents.sample(total, recipe.latent_dim, SEED, recipe.latent), labels_for(run.config, total, None)
    discriminator = run.discriminator() if run.has_discriminator() else None
    images = draw(run.generator(snapshot), z, labels)
    return regress(z, measured(Pictures(images, labels, discriminator, digits)), labels, num)
