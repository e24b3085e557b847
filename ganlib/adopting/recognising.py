"""Recognises which program's networks a file holds, by the names and shapes of layers, and builds ours with its weights."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from torch import Tensor

from ganlib import UserError, networks
from ganlib.adopting.converting import ReadGenerator, loaded
from ganlib.adopting.layers import Layer, Network, check_values, networks_in
from ganlib.adopting.reading import read
from ganlib.adopting.sources import SOURCES, Source, ordered
from ganlib.networks import FAMILIES, Discriminator, Generator
from ganlib.pictures import COLOURS
from ganlib.recipes import Recipe
from ganlib.runs import recipe_settings

AVERAGES = ("ema", "avg", "average")  # in the name of a generator that is a moving average
MOST_KEYS = 4  # of a file that isn't recognised, in a sentence

Role = Literal["generator", "discriminator"]


@dataclass(frozen=True)
class File:
    """A file of weights and the networks in it."""

    path: Path
    networks: tuple[Network, ...]
    seen: str  # its keys, for sentences

    @classmethod
    def of(cls, path: Path) -> "File":
        """Raises UserError for a file that can't be read."""
        content = read(path)
        return cls(path, tuple(networks_in(content)), _described(content))


@dataclass(frozen=True)
class Match:
    """A network with the layers of a source's network of this role."""

    network: Network
    source: Source
    layers: Sequence[Layer]  # in the source's order


@dataclass(frozen=True)
class Adopted:
    """What was recognised, as networks of this project."""

    source: Source
    recipe: Recipe
    generator: Generator
    discriminator: Discriminator | None
    notes: tuple[str, ...]  # sentences on what was chosen


def adopted(file: File, other: File | None, like: str | None, settings: Sequence[tuple[str, str]]) -> Adopted:
    """Recognises the generator in `file`, and the discriminator in `other` (None: in `file`, if it holds one).

    `like` names a row of SOURCES whose layers these are, whatever they are called; `settings` are recipe settings as those of
    `--set`, for what weights can't show. Raises UserError.
    """
    sources = [SOURCES[like]] if like else list(SOURCES.values())
    generators = _matches(file, "generator", sources, names_differ=like is not None)
    if not generators:
        raise UserError(_unknown(file, "generator", sources))
    network = _preferred([match.network for match in generators])
    generators = [match for match in generators if match.network is network]
    judging = other or file
    discriminators = _matches(judging, "discriminator", [match.source for match in generators], names_differ=like is not None)
    if other and not discriminators:
        raise UserError(_unknown(other, "discriminator", [match.source for match in generators]))
    sources = [match.source for match in discriminators or generators]
    generator = next(match for match in generators if match.source is sources[0])
    notes = _notes(network, sources, bool(discriminators))
    return _built(file.path, generator, judging.path, discriminators[0] if discriminators else None, settings, notes)


def _matches(file: File, role: Role, sources: Iterable[Source], names_differ: bool) -> list[Match]:
    return [
        Match(network, source, layers)
        for network in file.networks
        for source in sources
        if (layers := ordered(getattr(source, role), network.layers, names_differ)) and _ends_as(role, layers[-1])
    ]


def _ends_as(role: Role, last: Layer) -> bool:
    """Whether a linear last layer has one output in a discriminator, and more in a generator."""
    return last.kind != "L" or (len(last.weight) == 1) == (role == "discriminator")


def _preferred(generators: Sequence[Network]) -> Network:
    """Returns a moving average if there is one, else the first."""
    averages = [network for network in generators if any(word in network.place.lower() for word in AVERAGES)]
    return (averages or generators)[0]


def _notes(network: Network, sources: Sequence[Source], judged: bool) -> tuple[str, ...]:
    notes = [f"The generator was taken from {network.place} in the file."] if network.place else []
    for other in list(dict.fromkeys(source.name for source in sources))[1:]:
        notes.append(f"{SOURCES[other].title} saves the same layers: if it was that, adopt it with --like {other}.")
    if not judged:
        notes.append("There is no discriminator with it: the run can be drawn from and exported, but not trained further.")
    return tuple(notes)


def _built(
    path: Path, generator: Match, other: Path, judge: Match | None, settings: Sequence[tuple[str, str]], notes: tuple[str, ...]
) -> Adopted:
    source = generator.source
    with _naming(path, source):
        check_values(generator.layers)
        drawn = source.read_generator(generator.layers)
        _check_sizes(drawn, source.recipe.generator["family"])
    of_generator = source.recipe.generator | drawn.settings
    judged, of_discriminator = None, source.recipe.discriminator
    if judge:
        with _naming(other, source):
            check_values(judge.layers)
            judged = source.read_discriminator(judge.layers, drawn.image_size)
            of_discriminator = of_discriminator | judged.settings
    with _naming(path, source):
        recipe = replace(source.recipe, generator=of_generator, discriminator=of_discriminator, latent_dim=drawn.latent_dim)
    recipe, _ = recipe_settings.changed(recipe, settings)
    recipe = recipe_settings.noted(recipe, settings)
    sizes = {
        "image_size": recipe.image_size or drawn.image_size,
        "channels": drawn.channels,
        "num_classes": drawn.num_classes if recipe.conditional else 0,
    }
    with _naming(path, source):
        of_generator = sizes | {"latent_dim": recipe.latent_dim} | recipe.generator
        network = loaded(networks.build_generator, of_generator, drawn.layers)
    discriminator = None
    if judged:
        with _naming(other, source):
            discriminator = loaded(networks.build_discriminator, sizes | recipe.discriminator, judged.layers)
    return Adopted(source, recipe, network, discriminator, notes)


@contextmanager
def _naming(path: Path, source: Source) -> Iterator[None]:
    """Completes the sentences of what differs from the source's networks."""
    try:
        yield
    except (UserError, ValueError) as error:
        raise UserError(
            f"{path} has the layers of {source.title}, but {str(error).rstrip('.')}; it can't be adopted."
        ) from error


def _check_sizes(drawn: ReadGenerator, family: str) -> None:
    if drawn.image_size not in FAMILIES[family].SIZES:
        listed = ", ".join(map(str, FAMILIES[family].SIZES))
        raise UserError(f"it draws pictures of {drawn.image_size} pixels, where {listed} are known")
    if drawn.channels not in COLOURS:
        raise UserError(f"it draws pictures of {drawn.channels} channels, where {', '.join(map(str, COLOURS))} are known")


def _unknown(file: File, role: Role, sources: Sequence[Source]) -> str:
    """Returns the sentence on a file that holds no network of this role of these sources."""
    other: Role = "discriminator" if role == "generator" else "generator"
    if found := _matches(file, other, SOURCES.values(), names_differ=False):
        return (
            f"{file.path} holds a {other} ({found[0].source.title}) and no {role} that fits; "
            "name the generator's file first, and the discriminator's with --discriminator."
        )
    expected = (
        " or ".join(source.title for source in sources) if len(sources) < len(SOURCES) else "any layout that is known here"
    )
    return (
        f"{file.path} holds no {role} of {expected}: its keys are {file.seen}; known are {', '.join(SOURCES)}, and where only "
        "the names of layers differ, --like takes one of them."
    )


def _described(content: Any) -> str:
    """Lists the keys of what a file holds, with the shapes of tensors."""
    if not isinstance(content, Mapping):
        return f"none, since it is a {type(content).__name__}"
    keys = [f"{key} {tuple(value.shape)}" if isinstance(value, Tensor) else str(key) for key, value in content.items()]
    return ", ".join(keys[:MOST_KEYS]) + (f" and {len(keys) - MOST_KEYS} more" if len(keys) > MOST_KEYS else "")
