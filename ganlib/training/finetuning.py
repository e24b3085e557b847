"""Fine-tuning: starts a run from another's weights, with augmentation and frozen layers for small sets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ganlib import UserError, networks
from ganlib.datasets import ImageSet
from ganlib.files import DamagedFile
from ganlib.objectives.augment import suited
from ganlib.recipes import FEW, Recipe
from ganlib.runs.config import Config
from ganlib.runs.run import Run, Snapshot

IMAGES = 50_000  # default length of a fine-tuning
SHARED = ("generator", "discriminator", "image_size", "latent_dim", "latent", "conditional")  # inherited from the parent


@dataclass(frozen=True)
class Parent:
    """The snapshot of a run from which another is fine-tuned."""

    run: Run
    snapshot: Snapshot
    name: str  # display name of the run

    @classmethod
    def of(cls, run: Run, epoch: float | None, name: str) -> "Parent":
        """Returns the snapshot nearest to `epoch` (None: the last). Raises UserError if a network of the run is missing or
        damaged, before the new run is created."""
        snapshot = run.snapshot(epoch)
        if not run.has_discriminator():
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
        """Returns the parent's networks and latent with the settings of `training` (None: its own)."""
        own = self.config.recipe
        if training is None:
            return own
        return replace(training, **{name: getattr(own, name) for name in SHARED})

    def check(self, recipe: Recipe) -> None:
        """Raises UserError if `recipe` has other networks or another latent than this run."""
        for name in SHARED:
            own, asked = getattr(self.config.recipe, name), getattr(recipe, name)
            if asked != own:
                raise UserError(f"--set {name}: a run that begins with {self.name} keeps its {name}, {own}; leave this out.")

    def adopt(self, config: Config) -> Config:
        """Returns the `config` of a new run with the parent's classes and lineage."""
        own = self.config
        return replace(
            config,
            class_names=own.class_names if own.num_classes else None,
            weights_dtype=own.weights_dtype,
            parent=self.name,
            parent_images=self.snapshot.images,
            parent_lineage=own.lineage,
        )

    def copy_into(self, run: Run, images: int = 0) -> None:
        """Copies the snapshot and the parent's last discriminator to `run`, as those after `images`; a trainer loads those of
        0."""
        run.save_snapshot(self.run.generator(self.snapshot), images)
        run.save_discriminator(self.run.discriminator(), images)
        if self._has_heads_for(run.config) and (heads := self.run.heads()):
            run.save_heads(heads, images)

    def notes_on_heads(self, config: Config) -> list[str]:
        """Returns a sentence if a run with this config begins with new heads."""
        if not config.recipe.features or self._has_heads_for(config):
            return []
        return [f"The heads on features are new: {self.name} has none like them."]

    def _has_heads_for(self, config: Config) -> bool:
        """Whether this run's heads fit the features of a new one."""
        wanted = config.heads_settings()
        return wanted is not None and wanted == self.config.heads_settings()

    def notes(self, images: ImageSet) -> list[str]:
        """Returns sentences on the initial weights and on the labels of `images`."""
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
    """Returns `recipe` with the `chosen` augmentation (None: all suitable ones for a small set), and sentences on it."""
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
    """Returns `recipe` with the `chosen` number of D's layers frozen (None: the first half for a small set), and a sentence on
    it. Raises UserError for more layers than D has, and for frozen layers without a parent."""
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
