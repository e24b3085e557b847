"""The config of a run: a recipe with a data set's sizes and classes, and how `config.json` is checked when it is read."""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, is_dataclass, replace
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from ganlib.datasets import ImageSet
from ganlib.datasets.names import composed
from ganlib.datasets.options import BEFORE, ReadOptions
from ganlib.recipes import Recipe
from ganlib.sizes import Size, height_width, size_of

FORMAT_VERSION = 1
UNKNOWN = "(unknown)"  # data set of a run whose weights came from a file


@dataclass(frozen=True)
class Blend:
    """Where the weights of a blend of two runs come from. The pairs are of the first and of the second run."""

    parents: tuple[str, str]  # display names
    moments: tuple[str, str]  # labels of the snapshots
    images: tuple[int, int]  # seen at the snapshots
    data: tuple[str, str]  # what they were trained on, for the card
    licences: tuple[str, str]  # of these data, "unknown" where nothing states it
    layers: tuple[str, ...]  # of the generator, from the latent on
    shares: tuple[float, ...]  # of the second run in each, from 0 to 1


@dataclass(frozen=True)
class Config:
    """All that is needed to rebuild a run's networks and to repeat it."""

    recipe: Recipe
    dataset: str  # display name: "mnist", a folder's name
    source: str  # as `--dataset` was given
    fingerprint: str  # of the prepared images
    dataset_size: int
    image_size: Size
    channels: int
    class_names: tuple[str, ...] | None
    seed: int
    images: int | None  # planned length in images seen; None if limited by time only
    schedule_images: int  # end of the learning rate schedule; fixed when the run begins
    snapshot_every: float | None = None  # epochs
    snapshot_at: tuple[float, ...] | None = None  # epochs
    grid_every: int | None = None  # batches between two grids, besides those of the snapshots
    weights_dtype: Literal["float16", "float32"] = "float16"  # of a snapshot's weights; vectors stay float32
    commands: tuple[str, ...] = ()  # that started and resumed it
    hardware: str = ""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"  # as `--precision` was given
    data_note: str = ""  # where the images come from and their licence, for the card
    classes: tuple[str, ...] | None = None  # subset of the set's classes to train on
    parent: str = ""  # display name of the run that this one was fine-tuned from, or of the file that its weights came from
    adopted: str = ""  # the program that saved that file; empty for a run that was trained here
    parent_images: int | None = None  # seen at the snapshot of that run
    parent_lineage: str = ""
    reading: ReadOptions = BEFORE  # with the levels, background and so on that were decided for the set
    data_summary: str = ""  # what was understood of the set, as a paragraph
    blend: Blend | None = None  # of a run whose weights are a blend; the other settings are then the second run's
    rollbacks: tuple[int, ...] = ()  # images seen at each rollback after divergence; each halved the learning rates
    format_version: int = FORMAT_VERSION

    def __post_init__(self):
        """Raises ValueError for sizes that are not positive. Stores a square's size as one number."""
        if min(height_width(self.image_size)) <= 0:
            raise ValueError(f"image_size must be positive, not {self.image_size}")
        object.__setattr__(self, "image_size", size_of(*height_width(self.image_size)))
        for name in ("dataset_size", "channels", "images", "schedule_images", "snapshot_every", "grid_every"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"{name} must be positive, not {value}")

    @classmethod
    def plan(cls, recipe: Recipe, images: ImageSet, source: str, images_seen: int | None, **settings: Any) -> "Config":
        """Returns the config of a new run of `recipe` on `images` (prepared from `source`) of `images_seen` images."""
        return cls(
            recipe=recipe,
            dataset=images.name,
            source=source,
            fingerprint=images.fingerprint,
            dataset_size=len(images),
            image_size=size_of(*images.images.shape[2:]),
            channels=images.images.shape[1],
            reading=images.reading,
            data_summary=images.summary.paragraph if images.summary else "",
            class_names=images.class_names if len(images.class_names or ()) > 1 else None,
            images=images_seen,
            schedule_images=images_seen or recipe.images,
            **settings,
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """The class names of the networks, by number; none without labels."""
        return self.class_names or () if self.recipe.conditional else ()

    @property
    def num_classes(self) -> int:
        """The number of classes of the networks; 0 without labels."""
        return len(self.labels)

    @property
    def feature_network(self) -> str:
        """The frozen network against whose features the run was trained; "" for none."""
        return self.recipe.features.network if self.recipe.features else ""

    @property
    def lineage(self) -> str:
        """An identifier of runs whose latents correspond: a hash of the settings of the initial weights and of the images,
        or that of the run that they were fine-tuned from."""
        if self.parent_lineage:
            return self.parent_lineage
        began = json.dumps([self.generator_settings(), self.recipe.latent, self.seed, self.fingerprint], sort_keys=True)
        return hashlib.sha256(began.encode()).hexdigest()[:12]

    def as_known(self, images: ImageSet) -> ImageSet:
        """Returns `images` with labels renumbered to this run's classes; without labels where its classes are not all among the
        run's, or are only one."""
        if images.class_names == self.class_names:
            return images
        names, known = tuple(map(composed, images.class_names or ())), tuple(map(composed, self.class_names or ()))
        if images.labels is None or len(names) < 2 or not set(names) <= set(known):
            return replace(images, labels=None, class_names=None)
        numbers = np.array([known.index(name) for name in names])
        return replace(images, labels=numbers[images.labels], class_names=self.class_names)

    def generator_settings(self) -> dict[str, Any]:
        """Returns the settings for `networks.build_generator`."""
        return self._sizes() | {"latent_dim": self.recipe.latent_dim} | self.recipe.generator

    def discriminator_settings(self) -> dict[str, Any]:
        """Returns the settings for `networks.build_discriminator`."""
        return self._sizes() | self.recipe.discriminator

    def heads_settings(self) -> dict[str, Any] | None:
        """Returns the settings for `networks.features.build`; None without a second discriminator."""
        features = self.recipe.features
        return {"num_classes": self.num_classes} | features.heads if features else None

    def _sizes(self) -> dict[str, Any]:
        return {"image_size": self.image_size, "channels": self.channels, "num_classes": self.num_classes}

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Any) -> "Config":
        """Parses and checks a config. Raises ValueError."""
        if not isinstance(value, dict):
            raise ValueError("it is no JSON object")
        if value.get("format_version") != FORMAT_VERSION:
            raise ValueError(
                f"its format_version is {value.get('format_version')!r}, this version reads {FORMAT_VERSION}: update it"
            )
        return _from_json(cls, {"recipe": None} | value)


def _from_json(cls, value: Any):
    """Builds a dataclass from a JSON object whose values must have the annotated types. Raises ValueError."""
    if not isinstance(value, dict):
        raise ValueError(f"its {cls.__name__.lower()} is no JSON object")
    kinds = get_type_hints(cls)
    for name, item in value.items():
        if name not in kinds:
            raise ValueError(f"{cls.__name__.lower()} has the unknown setting {name!r}")
        if nested := _dataclass_in(kinds[name], item):
            value = value | {name: _from_json(nested, item)}
        elif not fits(item, kinds[name]):
            raise ValueError(f"{cls.__name__.lower()}.{name} can't be {item!r}")
    try:
        return cls(**{name: tuple(item) if isinstance(item, list) else item for name, item in value.items()})
    except TypeError as error:
        raise ValueError(str(error).partition(" ")[2]) from error


def _dataclass_in(kind: Any, item: Any) -> Any:
    """Returns the dataclass that an annotation asks for; None where `item` is an allowed None."""
    options = get_args(kind) or (kind,)
    if item is None and type(None) in options:
        return None
    return next((option for option in options if is_dataclass(option)), None)


def fits(value: Any, kind: Any) -> bool:
    """Whether a JSON value has the annotated type: numbers must be finite, tuples and sequences are lists."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return any(fits(value, option) for option in arguments)
    if origin is Literal:
        return value in arguments
    if origin in (tuple, Sequence):
        right_length = Ellipsis in arguments or origin is Sequence or (isinstance(value, list) and len(value) == len(arguments))
        return isinstance(value, list) and right_length and all(fits(item, arguments[0]) for item in value)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53
    if kind is float:
        return (isinstance(value, float) and math.isfinite(value)) or fits(value, int)
    return isinstance(value, origin or kind)
