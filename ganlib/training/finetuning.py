"""Fine-tuning: a run begins with the weights of another, and few pictures get augmentation and frozen layers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ganlib import UserError, networks
from ganlib.datasets import ImageSet
from ganlib.files import DamagedFile
from ganlib.objectives.augment import suited
from ganlib.recipes import Recipe
from ganlib.runs.config import Config
from ganlib.runs.run import Run, Snapshot

IMAGES = 50_000  # how long to fine-tune unless told: the networks know how to draw already
# The low-shot sets of Zhao et al. 2020 and Mo et al. 2020 hold 100 to 1,000 pictures. Of fewer than that, a short fine-tuning
# shows each to the discriminator often enough to be learned by heart.
FEW = 1_000
SHARED = ("generator", "discriminator", "image_size", "latent_dim", "latent", "conditional")  # a run with its parent


@dataclass(frozen=True)
class Parent:
    """The snapshot of a run with which another begins."""

    run: Run
    snapshot: Snapshot
    name: str  # of the run, as it is shown

    @classmethod
    def of(cls, run: Run, epoch: float | None, name: str) -> "Parent":
        """The snapshot nearest to `epoch` (the last for None). Raises UserError where the run lacks a network, or one is
        damaged: before a new run is begun that couldn't be."""
        snapshot = run.snapshot(epoch)
        if not (run.path / "discriminator.safetensors").exists():
            raise UserError(f"{run.path} can't be fine-tuned: it holds no discriminator.safetensors; choose another run.")
        try:
            both = run.generator(snapshot), run.discriminator()
        except DamagedFile as error:
            raise UserError(f"{error} Nothing can begin with it: name another run or epoch with --init-from.") from error
        if not all(tensor.isfinite().all() for network in both for tensor in network.state_dict().values()):
            raise UserError(f"{snapshot.path} or its discriminator holds what is no finite number; name another run or epoch.")
        return cls(run, snapshot, name)

    @property
    def config(self) -> Config:
        return self.run.config

    def recipe(self, training: Recipe | None) -> Recipe:
        """The parent's networks and latent with the settings of `training`; its own settings for None."""
        own = self.config.recipe
        if training is None:
            return own
        return replace(training, **{name: getattr(own, name) for name in SHARED})

    def check(self, recipe: Recipe) -> None:
        """Raises UserError where `recipe` has other networks or another latent than this run."""
        for name in SHARED:
            own, asked = getattr(self.config.recipe, name), getattr(recipe, name)
            if asked != own:
                raise UserError(f"--set {name}: a run that begins with {self.name} keeps its {name}, {own}; leave this out.")

    def adopt(self, config: Config) -> Config:
        """`config` of a new run with the parent's networks and weights."""
        own = self.config
        return replace(
            config,
            class_names=own.class_names if own.num_classes else None,
            weights_dtype=own.weights_dtype,
            parent=self.name,
            parent_images=self.snapshot.images,
            parent_lineage=own.lineage,
        )

    def copy_into(self, run: Run) -> None:
        """Makes the snapshot `run`'s first, and the parent's last discriminator `run`'s: a trainer begins with these."""
        run.save_snapshot(self.run.generator(self.snapshot), 0)
        run.save_discriminator(self.run.discriminator(), 0)

    def notes(self, images: ImageSet) -> list[str]:
        """Sentences on what the run begins with, and on the labels of `images`."""
        seen = f"{self.snapshot.label}, {self.snapshot.images:,} images"
        notes = [f"Begins with the generator of {self.name} ({seen}) and that run's last discriminator, whatever the epoch."]
        known = self.config.labels
        if not known:
            return notes
        if self.config.as_known(images).labels is None:
            notes.append(
                f"The pictures have no labels that {self.name} tells apart: labels are drawn at random, for real and "
                "generated pictures alike."
            )
        elif others := [name for name in known if name not in (images.class_names or ())]:
            notes.append(f"No picture has the label {', '.join(others)}: what the generator draws for these will drift.")
        return notes


def augmented(recipe: Recipe, images: ImageSet, chosen: Sequence[str] | None) -> tuple[Recipe, list[str]]:
    """`recipe` with the `chosen` changes, or else with those that few pictures need, and sentences on these."""
    if chosen is not None:
        return replace(recipe, augment=tuple(chosen)), []
    if len(images) >= FEW:
        return recipe, []
    changes = suited(images.images.shape[1])
    note = (
        f"{len(images):,} pictures are few: {', '.join(changes[:-1])} and {changes[-1]} change real and generated ones alike "
        "before the discriminator sees them (--augment none leaves them as they are)."
    )
    return replace(recipe, augment=changes), [note]


def frozen(recipe: Recipe, images: ImageSet, parent: Parent | None, chosen: int | None) -> tuple[Recipe, list[str]]:
    """`recipe` with the `chosen` number of D's layers frozen, or else the first half of them for few pictures, and a sentence
    on that. Raises UserError for more layers than there are, and without a parent that trained them."""
    if parent is None:
        if chosen:
            raise UserError("--freeze keeps layers as another run has trained them: name that run with --init-from.")
        return recipe, []
    discriminator = networks.outline(networks.build_discriminator, parent.config.discriminator_settings())
    if chosen is not None:
        networks.freeze(discriminator, chosen)
        return replace(recipe, freeze=chosen), []
    number = len(discriminator.hidden_layers()) // 2 if len(images) < FEW else 0
    layers = "first layer keeps its weights" if number == 1 else f"first {number} layers keep their weights"
    return replace(recipe, freeze=number), [f"The discriminator's {layers} (--freeze 0 trains all of it)."] if number else []
