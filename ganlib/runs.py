"""A run on disk: config, history, snapshots, pictures and the states to go on from.

The only room that writes or reads a checkpoint. The layout is described in `docs/architecture.md`. Snapshots are keyed
by images seen, because a small set at a large batch has no usable epoch; people see the epoch where there is one.
"""

import itertools
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganlib import UserError, files, networks
from ganlib.config import Config, fits
from ganlib.files import DamagedFile
from ganlib.states import LAST, States

BEST_BY = ("fid", "digit_distance", "swd")  # of the measures in scores.json, which decides; less is better
MOST_PARAMETERS = 1_000_000_000  # of one network; a config that asks for more is not believed


@dataclass(frozen=True)
class Snapshot:
    """One moment of a run's generator."""

    images: int
    epoch: float
    path: Path
    parent: str = ""  # of the run, whose pictures its first snapshot shows

    @property
    def label(self) -> str:
        """How people call it: "epoch 12", "epoch 0.06", "untrained"; the first of a fine-tuned run "as mnist left it"."""
        if self.images:
            return f"epoch {short(self.epoch)}"
        return f"as {self.parent} left it" if self.parent else "untrained"


class Run:
    """A folder that holds one training run. Opening one reads its config and nothing else."""

    def __init__(self, path: Path, config: Config, name: str | None = None):
        self.path, self.config = Path(path), config
        self.name = name or self.path.name
        self.states = States(self.path)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    @classmethod
    def create(cls, path: Path, config: Config) -> "Run":
        """A new run in an empty or new folder. Raises UserError when the folder already holds something."""
        path = Path(path)
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise UserError(f"{path} already exists; choose another --out, or continue it with --resume {path}.")
        try:
            path.mkdir(parents=True, exist_ok=True)
            run = cls(path, config)
            run.save_config(config)
        except OSError as error:
            raise UserError(f"{path} can't be written ({error.strerror}); choose another --out.") from error
        return run

    @classmethod
    def open(cls, path: Path, name: str | None = None) -> "Run":
        """The run in `path`, called `name` or as its folder. Raises UserError when there is none or its config is damaged."""
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
        """The run's snapshots, oldest first."""
        found = sorted(path for path in self.path.glob("snapshots/*.safetensors") if path.stem.isdecimal())
        return [self._snapshot(int(path.stem)) for path in found]

    def _snapshot(self, images: int) -> Snapshot:
        path = self.path / "snapshots" / f"{images:09d}.safetensors"
        return Snapshot(images, images / self.config.dataset_size, path, self.config.parent)

    def snapshot(self, epoch: float | None = None) -> Snapshot:
        """The snapshot nearest to `epoch`; the last one for None. Raises UserError when there is none at all."""
        snapshots = self.snapshots()
        if not snapshots:
            raise UserError(f"{self.path} has no snapshots yet, or came without its weights; train one with train.py.")
        if epoch is None:
            return snapshots[-1]
        return min(snapshots, key=lambda snapshot: abs(snapshot.epoch - epoch))

    def save_snapshot(self, generator: nn.Module, images: int) -> Snapshot:
        """Writes what is shown of `generator` after `images` images, in the config's `weights_dtype`."""
        snapshot = self._snapshot(images)
        settings = {"images": images, "epoch": snapshot.epoch, "generator": self.config.generator_settings()}
        files.write_tensors(snapshot.path, self._compact(generator), settings)
        return snapshot

    def generator(self, snapshot: Snapshot | None = None) -> nn.Module:
        """The generator of `snapshot` (the last for None), float32, in evaluation mode, on the CPU."""
        path = (snapshot or self.snapshot()).path
        return self._network(path, networks.build_generator, self.config.generator_settings())

    def save_discriminator(self, discriminator: nn.Module, images: int) -> None:
        """Writes the last discriminator, in the config's `weights_dtype`."""
        settings = {"images": images, "discriminator": self.config.discriminator_settings()}
        files.write_tensors(self.path / "discriminator.safetensors", self._compact(discriminator), settings)

    def discriminator(self) -> nn.Module:
        """The last discriminator, float32, in evaluation mode, on the CPU."""
        settings = self.config.discriminator_settings()
        return self._network(self.path / "discriminator.safetensors", networks.build_discriminator, settings)

    def weights_bytes(self) -> tuple[int, int]:
        """The most bytes that the weights of the config's generator and its discriminator can have."""
        generator, discriminator = (sum(tensor.nbytes for tensor in n.state_dict().values()) for n in self._outlines())
        return generator, discriminator

    def check_weights(self) -> None:
        """Reads the headers of all weights. Raises DamagedFile for one that declares other tensors than the config's."""
        generator, discriminator = map(_shapes, self._outlines())
        for snapshot in self.snapshots():
            files.check_tensors(snapshot.path, generator)
        path = self.path / "discriminator.safetensors"
        if path.exists():
            files.check_tensors(path, discriminator)

    def _compact(self, network: nn.Module) -> dict[str, Tensor]:
        dtype = getattr(torch, self.config.weights_dtype)
        return {
            name: tensor.to(dtype) if tensor.is_floating_point() and tensor.ndim > 1 else tensor
            for name, tensor in network.state_dict().items()
        }

    def _network(self, path: Path, build: Callable[[dict], nn.Module], settings: dict) -> nn.Module:
        network = self._outline(build, settings)
        expected = network.state_dict()
        tensors, _ = files.read_tensors(path, _shapes(network))
        for name, tensor in tensors.items():
            if tensor.is_floating_point() != expected[name].is_floating_point():
                raise DamagedFile(path, f"tensor {name} holds {tensor.dtype}")
        tensors = {name: tensor.to(expected[name].dtype) for name, tensor in tensors.items()}
        network.load_state_dict(tensors, assign=True)
        return network.eval().requires_grad_(False)

    def _outlines(self) -> tuple[nn.Module, nn.Module]:
        """The config's generator and discriminator without memory. Raises DamagedFile."""
        return (
            self._outline(networks.build_generator, self.config.generator_settings()),
            self._outline(networks.build_discriminator, self.config.discriminator_settings()),
        )

    def _outline(self, build: Callable[[dict], nn.Module], settings: dict) -> nn.Module:
        """A network with shapes but without memory: a foreign config can't make us allocate. Raises DamagedFile."""
        file = self.path / "config.json"
        try:
            with torch.device("meta"):
                network = build(settings)
        except UserError as error:
            raise DamagedFile(file, str(error).rstrip(".")) from error
        if networks.count_parameters(network) > MOST_PARAMETERS:
            raise DamagedFile(file, "its networks are larger than a billion parameters")
        return network

    # ------------------------------------------------------------------------------------------ history

    def append_history(self, line: Mapping[str, Any]) -> None:
        """Appends one JSON object to history.jsonl."""
        with open(self.path / "history.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(dict(line)) + "\n")

    def history(self) -> list[dict[str, Any]]:
        """The lines of history.jsonl. A last line that was cut off is ignored; other damage raises DamagedFile."""
        path = self.path / "history.jsonl"
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
        history = []
        for number, line in enumerate(lines, 1):
            try:
                value = json.loads(line)
                if not isinstance(value, dict) or not isinstance(value.get("images"), int):
                    raise ValueError("no object with images")
                if not all(fits(item, float) for item in value.values()):
                    raise ValueError("not all of its values are finite numbers")
            except (ValueError, RecursionError) as error:
                if number == len(lines):
                    break
                raise DamagedFile(path, f"line {number} is not a history line ({error})") from error
            history.append(value)
        return history

    def rewind(self, images: int) -> None:
        """Forgets what was written after `images` images: a resumed run writes it again."""
        kept = [line for line in self.history() if line["images"] <= images]
        files.write(self.path / "history.jsonl", "".join(json.dumps(line) + "\n" for line in kept))
        for path in self.path.rglob(f".*{files.PARTIAL}"):  # of a process that was killed while it wrote
            path.unlink()
        for pattern in ("snapshots/*.safetensors", "grids/*.webp"):
            for path in self.path.glob(pattern):
                if path.stem.isdecimal() and int(path.stem) > images:
                    path.unlink()
        if (self.path / "scores.json").exists():
            scores = self.scores()
            scores["snapshots"] = {stem: table for stem, table in scores["snapshots"].items() if int(stem) <= images}
            files.write_json(self.path / "scores.json", scores)

    # ------------------------------------------------------------------------------------------ scores

    def scores(self) -> dict[str, Any]:
        """What scores.json holds: {"reference": {"dataset", "num"}, "real": {name: {"value", "num"}}, "snapshots":
        {images: the same}}. Raises DamagedFile."""
        path = self.path / "scores.json"
        if not path.exists():
            return {"reference": {"dataset": "", "num": 0}, "snapshots": {}}
        scores = files.read_json(path)
        tables = [scores.get("real", {}), *_values(scores.get("snapshots"))] if isinstance(scores, dict) else [None]
        if (
            not all(_is_scores(table) for table in tables)
            or not all(stem.isdecimal() for stem in scores["snapshots"])
            or not _is_reference(scores.get("reference"))
        ):
            raise DamagedFile(path, "it holds no measures by snapshot")
        return scores

    def save_scores(self, reference: Mapping[str, Any], scores: Mapping[int | None, Mapping[str, tuple[float, int]]]) -> None:
        """Adds measures, (value, number of images) by name, of snapshots by their images seen, and of real pictures (None).

        `reference` is what they were held against: the name of a `dataset`, and the `num` of its training images, of which
        a measure takes as many as it has samples. Scores that were taken against another one are forgotten.
        """
        kept = self.scores()
        if kept["reference"] != reference:
            kept = {"reference": dict(reference), "snapshots": {}}
        for images, table in scores.items():
            place = kept if images is None else kept["snapshots"]
            key = "real" if images is None else f"{images:09d}"
            told = {name: {"value": value, "num": num} for name, (value, num) in table.items() if math.isfinite(value)}
            place[key] = place.get(key, {}) | told
        kept["snapshots"] = dict(sorted(kept["snapshots"].items()))
        files.write_json(self.path / "scores.json", kept)

    def best(self) -> Snapshot:
        """The snapshot with the lowest of the first measure in `BEST_BY` that was taken. Raises UserError where none was."""
        scores, snapshots = self.scores()["snapshots"], {snapshot.path.stem: snapshot for snapshot in self.snapshots()}
        for name in BEST_BY:
            measured = {stem: scores[stem][name]["value"] for stem in snapshots if name in scores.get(stem, {})}
            if measured:
                return snapshots[min(measured, key=measured.__getitem__)]
        raise UserError(f"{self.path} was not measured; run `python -m ganlib.evaluate {self.path} --epoch all` first.")

    # ------------------------------------------------------------------------------------------ state, pictures

    def is_untouched(self) -> bool:
        """Whether the run was begun but stopped before anything of its training was saved."""
        return not self.states.exist() and not any(snapshot.images for snapshot in self.snapshots())

    def save_grid(self, images: int, webp: bytes) -> Path:
        """Writes the grid of fixed latents after `images` images."""
        path = self._grid_path(images)
        files.write(path, webp)
        return path

    def grids(self) -> list[Snapshot]:
        """The pictures that the training left, oldest first; there may be more than snapshots, or no snapshots at all."""
        found = sorted(path for path in self.path.glob("grids/*.webp") if path.stem.isdecimal())
        return [replace(self._snapshot(int(path.stem)), path=path) for path in found]

    def has_grid(self, images: int) -> bool:
        return self._grid_path(images).exists()

    def _grid_path(self, images: int) -> Path:
        return self.path / "grids" / f"{images:09d}.webp"

    def save_text(self, name: str, text: str) -> None:
        """Writes `curves.svg` or the card, `README.md`."""
        files.write(self.path / name, text)


def unused_path(folder: Path, name: str) -> Path:
    """`folder`/`name`, or with -2, -3, ... where that is taken."""
    candidates = (folder / (name if number == 1 else f"{name}-{number}") for number in itertools.count(1))
    return next(path for path in candidates if not path.exists())


def newest(folder: Path) -> Path:
    """The run that was trained last: `folder` itself or one in it. Raises UserError when none can be resumed."""
    states = [*folder.glob(LAST), *folder.glob(f"*/{LAST}")]
    if not states:
        raise UserError(f"{folder} holds no run that can be resumed; name one with --resume DIR.")
    return max(states, key=lambda path: path.stat().st_mtime).parent


def short(number: float) -> str:
    """A number as people write it: 12, 0.5, 0.06."""
    return f"{number:.0f}" if number >= 10 else f"{number:.2g}"


def _shapes(network: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def _values(table: Any) -> list[Any]:
    return list(table.values()) if isinstance(table, dict) else [None]


def _is_scores(table: Any) -> bool:
    entries = _values(table)
    return all(isinstance(entry, dict) and fits(entry.get("value"), float) and fits(entry.get("num"), int) for entry in entries)


def _is_reference(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("dataset"), str) and fits(value.get("num"), int)
