"""Losses and networks of one's own, from a notebook or a script: for this process, beside those of the tables.

    import ganlib, train
    ganlib.register_loss("cubic", discriminator, generator)      # recipe="infogan-dc" takes that recipe's networks
    train.main(["--dataset", "mnist", "--recipe", "cubic"])

Each gets a recipe of its name, which train.py and *Learn* know. A run that was trained so opens in processes that have
registered the same name.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from ganlib import UserError, networks
from ganlib.inspection import objective
from ganlib.networks import family
from ganlib.networks.family import MakesDiscriminator, MakesGenerator
from ganlib.networks.layers import weighted_layers
from ganlib.objectives.losses import LOSSES, AdversarialLoss, Formula
from ganlib.recipes import RECIPES, Player, Recipe

Build = Callable[[], nn.Module]
Shape = tuple[int, int, int]  # channels, height, width
NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
SHIPPED = frozenset([*LOSSES, *RECIPES, *networks.FAMILIES])  # names that stay what they are
PROBES = {"real": (0.5, -1.5, 2.0), "fake": (-0.25, 1.0, 0.75)}  # logits at which a loss is tried
LETTERS = {  # what is shown of a term without a formula
    "real": r"\mathbb{E}_x\left[f_%s(D(x))\right]",
    "fake": r"\mathbb{E}_z\left[f_%s(D(G(z)))\right]",
    "difference": r"\mathbb{E}_{x,z}\left[f_%s(D(x),D(G(z)))\right]",
}

_own: dict[str, Recipe] = {}


def recipes() -> Mapping[str, Recipe]:
    """Returns the recipes of the table and those of one's own, by name."""
    return RECIPES | _own


def register_loss(
    name: str,
    discriminator: Callable[[Tensor, Tensor], Tensor],
    generator: Callable[[Tensor, Tensor], Tensor],
    *,
    recipe: str = "mlp",
    d_formulas: Sequence[Formula] = (),
    g_formulas: Sequence[Formula] = (),
    boundary: float | None = 0.0,
    probabilistic: bool = False,
) -> Recipe:
    """Adds an adversarial loss, and a recipe of this name that is `recipe` with this loss. A second call replaces it.

    Args:
        discriminator, generator: `def` functions of two arguments named `real` and `fake`, logits (N,), that return a scalar to
            be minimised: in one last `return`, a sum of terms of `real` and `fake` alone.
        d_formulas, g_formulas: one for each addend, from left to right; without, a term is written f_1, f_2, ...
        boundary, probabilistic: as of `losses.AdversarialLoss`.

    Raises UserError for a function that can't be trained with or shown.
    """
    _check_name(name)
    base = _base(recipe)
    _check_loss(f"discriminator of {name}", discriminator, ("real", "fake"))
    _check_loss(f"generator of {name}", generator, ("fake",))
    d_terms = _terms(name, "discriminator", discriminator, d_formulas)
    g_terms = _terms(name, "generator", generator, g_formulas)
    pairs = any(term.reads != "fake" for term in g_terms)
    d_formulas, g_formulas = _formulas(d_terms), _formulas(g_terms)
    LOSSES[name] = AdversarialLoss(discriminator, generator, d_formulas, g_formulas, pairs, boundary, probabilistic)
    return _remember(replace(base, name=name, summary=f"{base.name} with a loss of one's own", loss=name))


def register_networks(
    name: str, generator: Build, discriminator: Build, *, image_size: int = 28, channels: int = 1, recipe: str = "mlp"
) -> Recipe:
    """Adds a family of networks, and a recipe of this name that is `recipe` with them, without labels. A second
    call replaces it.

    Args:
        generator: builds a module that maps z (N, latent_dim of `recipe`) to images in [-1, 1], (N, channels, image_size,
            image_size) or flat. The first layer of an `nn.Sequential` should be affine: its components are the page's sliders.
        discriminator: builds a module that maps images (N, channels, image_size, image_size) to logits, (N,) or (N, 1).

    Raises UserError for modules that can't be built, or whose images and logits have other shapes.
    """
    _check_name(name)
    base, shape = _base(recipe), (channels, image_size, image_size)
    made = _Family(
        (image_size,),
        type("Generator", (_Generator,), {"build": staticmethod(generator), "shape": shape}),
        type("Discriminator", (_Discriminator,), {"build": staticmethod(discriminator), "shape": shape}),
    )
    _check_networks(name, made, shape, base.latent_dim)
    networks.FAMILIES[name] = made
    return _remember(
        replace(
            base,
            name=name,
            summary=f"{base.name} with networks of one's own",
            generator={"family": name},
            discriminator={"family": name},
            image_size=image_size,
            conditional=False,
            freeze=0,
        )
    )


class _Generator(family.Generator):
    build: Build
    shape: Shape

    def __init__(self, image_size: int, channels: int, latent_dim: int, num_classes: int = 0):
        super().__init__()
        _check_sizes(self.shape, image_size, channels, num_classes)
        self.image_size, self.channels, self.latent_dim, self.num_classes = image_size, channels, latent_dim, num_classes
        layers = self.build()
        self.first: nn.Module = nn.Identity()
        self.rest: nn.Module = layers
        if isinstance(layers, nn.Sequential) and len(layers) > 1:
            self.first, self.rest = layers[0], layers[1:]

    def features(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.first(z)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.rest(self.features(z)).reshape(len(z), self.channels, self.image_size, self.image_size)


class _Discriminator(family.Discriminator):
    build: Build
    shape: Shape

    def __init__(self, image_size: int, channels: int, num_classes: int = 0):
        super().__init__()
        _check_sizes(self.shape, image_size, channels, num_classes)
        self.image_size, self.channels, self.num_classes = image_size, channels, num_classes
        self.layers = self.build()

    def hidden_layers(self) -> list[nn.Module]:
        return weighted_layers(self.layers)[:-1] if isinstance(self.layers, nn.Sequential) else []

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.layers(images).reshape(len(images))


@dataclass(frozen=True)
class _Family:
    """A family that is no module; the names are those of the protocol."""

    SIZES: tuple[int, ...]
    Generator: MakesGenerator
    Discriminator: MakesDiscriminator


def _remember(recipe: Recipe) -> Recipe:
    _own[recipe.name] = recipe
    return recipe


def _base(name: str) -> Recipe:
    if name not in recipes():
        raise UserError(f"There is no recipe {name!r} to start from; there are {', '.join(recipes())}.")
    return recipes()[name]


def _check_name(name: str) -> None:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise UserError(f"{name!r} is no name for a loss or networks: take small letters, digits and hyphens.")
    if name in SHIPPED:
        raise UserError(f"{name!r} is the name of one that ships; take another.")


def _check_loss(what: str, function: Callable, needed: Sequence[str]) -> None:
    """Raises UserError unless a loss of logits is a finite scalar with a gradient by those `needed`."""
    logits = {name: torch.tensor(probe, dtype=torch.float64, requires_grad=True) for name, probe in PROBES.items()}
    try:
        loss = function(*logits.values())
    except Exception as error:
        raise UserError(f"The {what} fails on logits of shape (3,): {type(error).__name__}: {error}.") from error
    if not isinstance(loss, Tensor) or loss.shape != ():
        got = f"a tensor of shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else type(loss).__name__
        raise UserError(f"The {what} returns {got}: a loss is one number, a tensor of shape (); take the mean.")
    if not loss.isfinite():
        raise UserError(f"The {what} is {loss.item()} at ordinary logits; keep it finite.")
    for name in needed:
        if not loss.requires_grad or torch.autograd.grad(loss, logits[name], retain_graph=True, allow_unused=True)[0] is None:
            raise UserError(f"The {what} has no gradient by {name}, so that nothing would be learned from it.")


def _terms(name: str, player: Player, function: Callable, given: Sequence[Formula]) -> list[objective.Term]:
    """Splits a loss into its terms, and evaluates each once. Raises UserError."""
    try:
        terms = objective.split(function, tuple(given) or _unnamed(function), player)
    except (AssertionError, OSError, TypeError, SyntaxError) as error:
        raise UserError(
            f"The {player} of {name} must be a `def` function that ends with a `return`, so that its terms can be shown."
        ) from error
    except ValueError as error:
        raise UserError(f"The {player} of {name} can't be shown: {error}.") from error
    try:
        for term in terms:
            term.curve((0.0,))
    except NameError as error:
        raise UserError(
            f"The {player} of {name} returns {error.name!r}, which is set before: write its terms in the return itself, of real"
            " and fake alone, so that each can be shown."
        ) from error
    return terms


def _formulas(terms: Sequence[objective.Term]) -> tuple[Formula, ...]:
    return tuple(Formula(term.key, term.latex, term.textbook) for term in terms)


def _unnamed(function: Callable) -> tuple[Formula, ...]:
    """Returns formulas that say only what each addend reads."""
    return tuple(Formula("own", LETTERS[reads] % number) for number, reads in enumerate(objective.reads(function), 1))


def _check_sizes(shape: Shape, image_size: int, channels: int, num_classes: int) -> None:
    """Raises ValueError for pictures or labels that the modules weren't written for."""
    if (channels, image_size, image_size) != shape or num_classes:
        raise ValueError(f"these networks are written for {shape[0]} channels of {shape[1]} pixels, without labels")


def _check_networks(name: str, made: _Family, shape: Shape, latent_dim: int) -> None:
    """Raises UserError unless both modules can be built and fit each other."""
    channels, size, _ = shape
    settings: dict[str, int] = {"image_size": size, "channels": channels}
    drawing = settings | {"latent_dim": latent_dim}
    _check_shapes(f"generator of {name}", lambda: made.Generator(**drawing), (2, latent_dim), (2, *shape))
    _check_shapes(f"discriminator of {name}", lambda: made.Discriminator(**settings), (2, *shape), (2,))


def _check_shapes(what: str, build: Build, given: tuple[int, ...], expected: tuple[int, ...]) -> None:
    try:
        with torch.no_grad():
            found = tuple(build()(torch.randn(given)).shape)
    except Exception as error:
        raise UserError(f"The {what} can't map {given} to {expected}: {type(error).__name__}: {error}.") from error
    if found != expected:
        raise UserError(f"The {what} maps {given} to {found}; it must map it to {expected}.")
