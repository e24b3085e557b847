"""A run on disk: config, history, snapshots, grids, and the checkpoints to resume from.

The only access to checkpoints. `docs/architecture.md` describes the layout. Snapshots are keyed by images seen, because a small
set at a large batch has no usable epoch; messages show the epoch.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from ganlib import UserError, files, networks
from ganlib.files import DamagedFile
from ganlib.networks import Discriminator, Generator, Network, features
from ganlib.networks.features import FeatureDiscriminator
from ganlib.networks.units import stages
from ganlib.runs import directions, history, scores, unit_effects, weights
from ganlib.runs.checkpoint_files import CheckpointFiles
from ganlib.runs.config import Config
from ganlib.runs.directions import Table
from ganlib.runs.lock import LOCK, RunLock
from ganlib.runs.scores import Measured
from ganlib.runs.unit_effects import Effects

HISTORY = "history.jsonl"
DIGESTS = "digests.bin"


@dataclass(frozen=True)
class Snapshot:
    """The generator of a run at one time of its training."""

    images: int
    epoch: float
    path: Path
    parent: str = ""  # display name of the run that this one was fine-tuned from
    blend: bool = False  # whether its weights are a blend of two others'

    @property
    def label(self) -> str:
        """The display name: "epoch 12", "epoch 0.06", "untrained"; the first of a fine-tuned run "as mnist left it"."""
        if self.images:
            return f"epoch {short(self.epoch)}"
        if self.blend:
            return "blend"
        return f"as {self.parent} left it" if self.parent else "untrained"


class Run:
    """A folder that holds one training run. Opening one reads its config only."""

    def __init__(self, path: Path, config: Config, name: str | None = None):
        self.path, self.config = Path(path), config
        self.name = name or files.writable(self.path.name)
        self.checkpoint_files = CheckpointFiles(self.path)
        self.lock = RunLock(self.path)  # held while it is trained

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    @classmethod
    def create(cls, path: Path, config: Config) -> "Run":
        """Creates a run in an empty or new folder. Raises UserError if the folder is not empty."""
        path = Path(path)
        taken = UserError(f"{path} already exists; choose another --out, or continue it with --resume {path}.")
        if path.exists() and (not path.is_dir() or _is_used(path)):
            raise taken
        try:
            path.mkdir(parents=True, exist_ok=True)
            run = cls(path, config)
            with run.lock:  # checked again: another process may have created it meanwhile
                if _is_used(path):
                    raise taken
                run.sweep()
                run.save_config(config)
        except OSError as error:
            raise UserError(f"{path} can't be written ({error.strerror}); make room there, or choose another --out.") from error
        return run

    @classmethod
    def open(cls, path: Path, name: str | None = None) -> "Run":
        """Opens the run in `path`, named `name` or as its folder. Raises UserError if there is none or it is damaged."""
        path = Path(path)
        file = path / "config.json"
        if not path.is_dir():
            raise UserError(f"There is no run at {path}; train one with train.py, or give the folder of one.")
        if not file.is_file():
            raise UserError(f"{path} is no run: it has no config.json.")
        try:
            run = cls(path, Config.from_json(files.read_json(file)), name)
        except ValueError as error:
            raise DamagedFile(file, str(error)) from error
        run._outlines()
        return run

    def save_config(self, config: Config) -> None:
        """Replaces the run's config, as a resumed run with a new length does."""
        files.write_json(self.path / "config.json", config.to_json())
        self.config = config

    # ------------------------------------------------------------------------------------------ snapshots

    def snapshots(self) -> list[Snapshot]:
        """Returns the run's snapshots, oldest first."""
        return [
            self._snapshot(images)
            for images in sorted(map(_images_of, self.path.glob("snapshots/*.safetensors")))
            if images >= 0
        ]

    def _snapshot(self, images: int) -> Snapshot:
        path = self.path / "snapshots" / f"{images:09d}.safetensors"
        epoch = images / self.config.dataset_size
        return Snapshot(images, epoch, path, self.config.parent, self.config.blend is not None)

    def snapshot(self, epoch: float | None = None) -> Snapshot:
        """Returns the snapshot nearest to `epoch`, damaged or not; for None the last intact one, with a warning about damaged
        ones after it. Raises UserError if there is none at all, DamagedFile if none is intact."""
        snapshots = self.snapshots()
        if not snapshots:
            raise UserError(f"{self.path} has no snapshots yet, or came without its weights; train one with train.py.")
        if epoch is not None:
            return min(snapshots, key=lambda snapshot: abs(snapshot.epoch - epoch))
        for snapshot in reversed(snapshots):
            if not files.damage(snapshot.path):
                return snapshot
        self.generator(snapshots[-1])  # raises DamagedFile
        return snapshots[-1]  # it was repaired meanwhile

    def save_snapshot(self, generator: nn.Module, images: int) -> Snapshot:
        """Writes the snapshot of `generator` after `images` images, in the config's `weights_dtype`."""
        snapshot = self._snapshot(images)
        settings = {"images": images, "epoch": snapshot.epoch, "generator": self.config.generator_settings()}
        weights.write(snapshot.path, generator, self.config.weights_dtype, settings)
        return snapshot

    def generator(self, snapshot: Snapshot | None = None) -> Generator:
        """Reads the generator of `snapshot` (None: the last), float32, in evaluation mode, on the CPU."""
        path = (snapshot or self.snapshot()).path
        return weights.read(path, self._outline(networks.build_generator, self.config.generator_settings()))

    def save_discriminator(self, discriminator: nn.Module, images: int) -> None:
        """Writes the last discriminator, in the config's `weights_dtype`."""
        settings = {"images": images, "discriminator": self.config.discriminator_settings()}
        weights.write(self.discriminator_path, discriminator, self.config.weights_dtype, settings)

    def discriminator(self) -> Discriminator:
        """Reads the last discriminator, float32, in evaluation mode, on the CPU."""
        outline = self._outline(networks.build_discriminator, self.config.discriminator_settings())
        return weights.read(self.discriminator_path, outline)

    def has_discriminator(self) -> bool:
        return self.discriminator_path.exists()

    def save_heads(self, heads: nn.Module, images: int) -> None:
        """Writes the last heads of the second discriminator, in the config's `weights_dtype`."""
        settings = {"images": images, "heads": self.config.heads_settings()}
        weights.write(self._heads_path, heads, self.config.weights_dtype, settings)

    def heads(self) -> FeatureDiscriminator | None:
        """Reads the last heads, float32, in evaluation mode, on the CPU; None for a run without."""
        outline = self._heads_outline()
        return weights.read(self._heads_path, outline) if outline and self._heads_path.exists() else None

    @property
    def discriminator_path(self) -> Path:
        return self.path / "discriminator.safetensors"

    @property
    def _heads_path(self) -> Path:
        return self.path / "heads.safetensors"

    def weights_bytes(self) -> dict[str, int]:
        """Returns upper bounds in bytes of the config's weights, by the first part of their files' paths."""
        generator, discriminator = self._outlines()
        files_of = {
            "snapshots": generator,
            "discriminator.safetensors": discriminator,
            "heads.safetensors": self._heads_outline(),
            unit_effects.FOLDER: generator,  # a unit has more weights than numbers of its effect
        }
        return {name: weights.num_bytes(network) if network else 0 for name, network in files_of.items()}

    def check_weights(self) -> None:
        """Reads the headers of all weights. Raises DamagedFile where the tensors don't match the config."""
        generator, discriminator = self._outlines()
        for snapshot in self.snapshots():
            weights.check(snapshot.path, generator)
        if self.discriminator_path.exists():
            weights.check(self.discriminator_path, discriminator)
        if self._heads_path.exists() and (heads := self._heads_outline()):
            weights.check(self._heads_path, heads)

    def _outlines(self) -> tuple[Generator, Discriminator]:
        """Returns the config's generator and discriminator on the meta device. Raises DamagedFile."""
        return (
            self._outline(networks.build_generator, self.config.generator_settings()),
            self._outline(networks.build_discriminator, self.config.discriminator_settings()),
        )

    def _heads_outline(self) -> FeatureDiscriminator | None:
        settings = self.config.heads_settings()
        return self._outline(features.build, settings) if settings else None

    def _outline(self, build: Callable[[dict], Network], settings: dict) -> Network:
        """Raises DamagedFile."""
        try:
            return weights.outline(build, settings)
        except UserError as error:
            raise DamagedFile(self.path / "config.json", str(error).rstrip(".")) from error

    # ------------------------------------------------------------------------------------------ history

    def append_history(self, line: Mapping[str, Any]) -> None:
        """Appends one JSON object to history.jsonl."""
        history.append(self.path / HISTORY, line)

    def history(self) -> list[dict[str, Any]]:
        """Reads history.jsonl. An incomplete last line is ignored; other damage raises DamagedFile."""
        return history.read(self.path / HISTORY)

    def rewind(self, images: int) -> None:
        """Deletes all that was written after `images` images; a resumed run writes it again."""
        kept = [line for line in self.history() if line["images"] <= images]
        history.write(self.path / HISTORY, kept)
        self.sweep()
        for pattern in ("snapshots/*.safetensors", f"{unit_effects.FOLDER}/*.safetensors", "grids/*.webp"):
            for path in self.path.glob(pattern):
                if _images_of(path) > images and not path.is_dir():
                    path.unlink()
        scores.forget_after(self._scores_path, images)
        directions.forget_after(self._directions_path, self.config.recipe.latent_dim, images)

    def sweep(self) -> None:
        """Deletes the partial files of a process that was killed."""
        for path in self.path.rglob(f".*{files.PARTIAL}"):
            if not path.is_dir():
                path.unlink()

    # ------------------------------------------------------------------------------------------ real images

    def save_digests(self, digests: np.ndarray | None) -> None:
        """Writes the digests of the real images, uint64 (N,), by which a later `--resume` counts how many of them differ."""
        if digests is not None:
            files.write(self.path / DIGESTS, digests.tobytes())

    def digests(self) -> np.ndarray | None:
        """Reads the digests of the real images; None for runs without."""
        with suppress(OSError, ValueError):
            return np.fromfile(self.path / DIGESTS, np.uint64)
        return None

    # ------------------------------------------------------------------------------------------ scores

    def scores(self) -> dict[str, Any]:
        """Reads scores.json: {"reference": {"dataset", "num"}, "real": {name: {"value", "num"}}, "snapshots":
        {images: the same}}. Raises DamagedFile."""
        return scores.read(self._scores_path)

    def save_scores(self, reference: Mapping[str, Any], measured: Mapping[int | None, Measured]) -> None:
        """Adds measures of snapshots, by their images seen, and of real pictures (None).

        `reference` is the set that they were compared with: the name of a `dataset`, and the `num` of its training images, of
        which a measure uses as many as it has samples. Scores against another reference are dropped.
        """
        scores.add(self._scores_path, reference, measured)

    @property
    def _scores_path(self) -> Path:
        return self.path / "scores.json"

    def best(self) -> Snapshot:
        """Returns the snapshot that `scores.best` names. Raises UserError if none was measured."""
        snapshots = {snapshot.path.stem: snapshot for snapshot in self.snapshots()}
        if best := scores.best(self._scores_path, snapshots):
            return snapshots[best]
        raise UserError(f"{self.path} was not measured; run `python -m ganlib.evaluate {self.path} --epoch all` first.")

    # ------------------------------------------------------------------------------------------ directions

    def directions(self) -> dict[str, Table]:
        """Reads directions.json: the named directions of measured snapshots, by their images seen. Raises DamagedFile."""
        return directions.read(self._directions_path, self.config.recipe.latent_dim)

    def save_directions(self, snapshot: Snapshot, table: Table) -> None:
        """Keeps the measured directions of a snapshot: {name: {"r2", "gradient"}}."""
        directions.add(self._directions_path, self.config.recipe.latent_dim, snapshot.images, table)

    def save_marked_directions(self, snapshot: Snapshot, table: Table) -> None:
        """Keeps directions from marked samples: {name: {"marked": {"more", "less", "right"}, "gradient"}}."""
        directions.add_marked(self._directions_path, self.config.recipe.latent_dim, snapshot.images, table)

    @property
    def _directions_path(self) -> Path:
        return self.path / "directions.json"

    # ------------------------------------------------------------------------------------------ units

    def units(self, snapshot: Snapshot) -> tuple[dict[str, Effects], int] | None:
        """Reads what a snapshot's units change in its pictures, by stage, and from how many samples that was measured; None if
        it wasn't. Raises DamagedFile."""
        path = self._units_path(snapshot)
        if not path.exists():
            return None
        generator = networks.outline(networks.build_generator, self.config.generator_settings(), "cpu")
        return unit_effects.read(path, stages(generator.eval()), self.config.image_size)

    def save_units(self, snapshot: Snapshot, effects: Mapping[str, Effects], samples: int) -> None:
        """Keeps what a snapshot's units change in its pictures, by stage, measured with so many samples."""
        unit_effects.write(self._units_path(snapshot), effects, samples)

    def _units_path(self, snapshot: Snapshot) -> Path:
        return self.path / unit_effects.FOLDER / snapshot.path.name

    # ------------------------------------------------------------------------------------------ state, pictures

    def is_untouched(self) -> bool:
        """Whether the run stopped before any training was saved."""
        return not self.checkpoint_files.exist() and not any(snapshot.images for snapshot in self.snapshots())

    def save_grid(self, images: int, webp: bytes) -> Path:
        """Writes the grid of fixed latents after `images` images."""
        path = self._grid_path(images)
        files.write(path, webp)
        return path

    def grids(self) -> list[Snapshot]:
        """Returns the saved grids, oldest first; there may be more than snapshots, or grids without any snapshot."""
        found = sorted((_images_of(path), path) for path in self.path.glob("grids/*.webp"))
        return [replace(self._snapshot(images), path=path) for images, path in found if images >= 0]

    def has_grid(self, images: int) -> bool:
        return self._grid_path(images).exists()

    def _grid_path(self, images: int) -> Path:
        return self.path / "grids" / f"{images:09d}.webp"

    def save_text(self, name: str, text: str) -> None:
        """Writes `curves.svg` or the card, `README.md`."""
        files.write(self.path / name, text)


def _is_used(folder: Path) -> bool:
    """Whether the folder holds anything but a lock or partial files of a killed process."""
    return any(file.name != LOCK and not file.name.endswith(files.PARTIAL) for file in folder.iterdir())


def short(number: float) -> str:
    """Formats a number with two digits: 12, 0.5, 0.06."""
    return f"{number:.0f}" if number >= 10 else f"{number:.2g}"


def _images_of(path: Path) -> int:
    """Returns the images seen in the name of a snapshot or a grid; -1 for other names."""
    return int(path.stem) if scores.NAME.fullmatch(path.stem) else -1
