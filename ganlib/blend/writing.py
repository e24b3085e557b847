"""Makes a run of a blend: checks that two runs share a graph, blends their generators, and writes the new run."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ganlib import UserError, hub, latents, pictures
from ganlib.blend.shares import Shares
from ganlib.blend.weights import blended, estimate_statistics, tensor_shares
from ganlib.hub import pulling
from ganlib.networks import Generator
from ganlib.runs import card
from ganlib.runs.config import Blend, Config
from ganlib.runs.run import Run, Snapshot
from ganlib.sampling import draw
from ganlib.sizes import written


@dataclass(frozen=True)
class Side:
    """One of the two snapshots of a blend."""

    run: Run
    snapshot: Snapshot
    name: str  # display name of the run

    @classmethod
    def of(cls, text: str) -> "Side":
        """Opens RUN[@EPOCH], the snapshot nearest to that epoch (none: the last). Raises UserError."""
        run, epoch, name = hub.run_at_epoch(text)
        return cls(run, run.snapshot(epoch), name)

    @property
    def config(self) -> Config:
        return self.run.config

    def generator(self) -> Generator:
        """Reads the snapshot's generator. Raises UserError."""
        generator = self.run.generator(self.snapshot)
        if not all(tensor.isfinite().all() for tensor in generator.state_dict().values()):
            raise UserError(f"{self.snapshot.path} holds what is no finite number; name another run or epoch.")
        return generator


def blend(a: Side, b: Side, shares: Shares, out: Path, command: str) -> Run:
    """Writes the run of a blend into the new folder `out`, atomically. Raises UserError if the two don't share a graph, and for
    layers that their generators don't have.

    Its only snapshot is the blend; its discriminator is that of `b`, which can be fine-tuned with it.
    """
    pulling.check_new(out)
    check_kin(a, b)
    generator, other = a.generator(), b.generator()
    by_layer = shares.of(generator.named_layers())
    generator.load_state_dict(blended(generator.state_dict(), other.state_dict(), tensor_shares(generator, by_layer)))
    config = _config(a, b, by_layer, command)
    if set(by_layer.values()) not in ({0.0}, {1.0}):  # else the statistics are one run's
        estimate_statistics(generator, config)
    return _written(out, generator, config, b.run)


def check_kin(a: Side, b: Side) -> None:
    """Raises UserError unless the two runs have the same networks and lineage."""
    one, other = a.config.generator_settings(), b.config.generator_settings()
    if one != other:
        raise UserError(
            f"{a.name} draws {_networks(a.config)} and {b.name} {_networks(b.config)}: their weights can't be blended. Name a "
            "run and one that was fine-tuned from it, or two snapshots of a run."
        )
    if a.config.lineage != b.config.lineage:
        raise UserError(
            f"{a.name} and {b.name} are of different lineages, so that a blend of their weights draws nothing: name a run "
            "and one that was fine-tuned from it, or two snapshots of a run."
        )


def _networks(config: Config) -> str:
    generator = config.recipe.generator
    settings = ", ".join(f"{name} {value}" for name, value in generator.items() if name != "family")
    labels = f"{config.num_classes} classes" if config.num_classes else "no classes"
    more = ", ".join(filter(None, (settings, f"latent {config.recipe.latent_dim}", labels)))
    return f"{written(config.image_size)} px with {generator['family']} ({more})"


def _config(a: Side, b: Side, by_layer: Mapping[str, float], command: str) -> Config:
    """Returns the config of `b` with the parents and the shares of the blend."""
    sides = (a, b)
    data = [card.data_of(side.config) for side in sides]
    return replace(
        b.config,
        commands=(command,),
        weights_dtype="float32" if "float32" in [side.config.weights_dtype for side in sides] else "float16",
        parent_lineage=a.config.lineage,
        hardware="",
        rollbacks=(),
        blend=Blend(
            parents=(a.name, b.name),
            moments=(a.snapshot.label, b.snapshot.label),
            images=(a.snapshot.images, b.snapshot.images),
            data=(data[0][0], data[1][0]),
            licences=(data[0][1], data[1][1]),
            layers=tuple(by_layer),
            shares=tuple(by_layer.values()),
        ),
    )


def _written(out: Path, generator: Generator, config: Config, second: Run) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        run = Run.create(Path(folder, "run"), config)
        run.save_snapshot(generator, 0)
        if second.has_discriminator():
            run.save_discriminator(second.discriminator(), 0)
        if heads := second.heads():
            run.save_heads(heads, 0)
        z, labels, columns = latents.fixed(config.num_classes, config.recipe.latent_dim, config.seed, config.recipe.latent)
        run.save_grid(0, pictures.webp(pictures.grid(draw(run.generator(), z, labels), columns)))
        pulling.copy(run.path, out)
    run = Run.open(out)
    run.save_text("README.md", card.write(run))
    return run
