"""Describes a recipe for the Learn tab: its objective beside the code, its training step, its networks layer by layer."""

import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import torch

from ganlib import networks
from ganlib.inspection import layers, objective
from ganlib.objectives.losses import LOSSES
from ganlib.planning.registration import recipes
from ganlib.recipes import Recipe
from ganlib.sizes import height_width
from studio import validation, words
from studio.learning import formulas
from studio.library import Library

LOGITS = tuple(step / 10 for step in range(-50, 51))  # at which the loss curves are computed
MOST_KEPT = 64  # lessons
# Size and channels for recipes that weren't made for MNIST
FITTING = {"pictures": (64, 3), "resnet": (64, 3), "dcgan-linear": (64, 3), "dcgan-96": (96, 3)}
MNIST_CLASSES = 10
STEP = (
    "first", "d_every", "g_every", "fresh_latents", "d_weight", "penalty_every", "augment", "flip", "batch_size",
    "latent_dim", "latent", "schedules",
)  # fmt: skip


class Lessons:
    """Answers the questions of the chapter on objectives and networks. Thread-safe."""

    def __init__(self, library: Library):
        self._library = library
        self._kept: dict[tuple, dict[str, Any]] = {}

    def answers(self) -> dict[str, Callable[[dict], dict]]:
        return {"lesson": self._lesson}

    def _lesson(self, question: dict) -> dict[str, Any]:
        """Returns the lesson of a `recipe` in the table, at a suitable size, or of a `run`, at its own size."""
        if question.get("run") is None:
            recipe = recipes()[validation.one_of("recipe", question.get("recipe"), recipes())]
            sizes = _fitting(recipe)
        else:
            config = validation.run(self._library, question["run"]).run.config
            recipe = config.recipe
            sizes = {"image_size": config.image_size, "channels": config.channels, "num_classes": config.num_classes}
        own = (LOSSES[recipe.loss], *(networks.FAMILIES[each["family"]] for each in (recipe.generator, recipe.discriminator)))
        key = (repr((recipe, sizes)), *own)  # a notebook may register another loss under the same name
        if key not in self._kept:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[key] = _lesson(recipe, sizes)
        return self._kept[key]


def _fitting(recipe: Recipe) -> dict[str, Any]:
    """Returns the sizes of a data set that suits a recipe: MNIST's unless listed in FITTING."""
    size, channels = FITTING.get(recipe.name, (28, 1))
    labelled = recipe.conditional and channels == 1
    return {"image_size": size, "channels": channels, "num_classes": MNIST_CLASSES if labelled else 0}


def _lesson(recipe: Recipe, sizes: dict[str, Any]) -> dict[str, Any]:
    return {
        "recipe": recipe.name,
        "summary": recipe.summary,
        "changed": _changed(recipe),
        "recipes": list(recipes()),
        "sizes": sizes,
        "logits": LOGITS,
        "terms": [_term(term) for term in objective.objective(recipe, sizes["num_classes"] > 0)],
        "step": _step(recipe),
        "networks": _networks(recipe, sizes),
    }


def _step(recipe: Recipe) -> dict[str, Any]:
    """Returns what the diagram and the remarks of the training step need."""
    features = recipe.features and asdict(recipe.features)
    return {name: getattr(recipe, name) for name in STEP} | {"ema_half_life": recipe.half_life, "features": features}


def _changed(recipe: Recipe) -> str:
    """Returns what `recipe_settings.noted` has added to the summary: the settings given by --set, " (r1=0.5, flip=true)"."""
    added = re.search(r" \([\w.]+=.*\)$", recipe.summary)
    return added[0] if added else ""


def _term(term: objective.Term) -> dict[str, Any]:
    return {
        "key": term.key,
        "asks": words.first_known(f"lesson_term_{term.key}", f"lesson_term_on_{term.reads}"),
        "player": term.player,
        "formula": formulas.svg(term.latex),
        "textbook": term.textbook and formulas.svg(f"={term.textbook}"),
        "weight": _weight(term),
        "every": term.every,
        "reads": term.reads,
        "second": term.second,
        "values": term.curve(LOGITS) if term.value else None,
        "passages": [asdict(passage) for passage in term.passages],
    }


def _weight(term: objective.Term) -> float | str:
    if term.scale is None:
        return term.weight
    return f"{term.weight * term.scale.start:g} → {term.weight * term.scale.end:g}"


def _networks(recipe: Recipe, sizes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Describes both networks, with any weights."""
    drawing = sizes | {"latent_dim": recipe.latent_dim} | recipe.generator
    generator, discriminator = networks.outlines(drawing, sizes | recipe.discriminator, "cpu")
    labels = torch.zeros(1, dtype=torch.long)
    z = torch.zeros(1, recipe.latent_dim)
    images = torch.zeros(1, sizes["channels"], *height_width(sizes["image_size"]))
    described = {}
    for role, network, taken in (("generator", generator, z), ("discriminator", discriminator, images)):
        rows = layers.layers(network, taken, labels)
        described[role] = {
            "input": list(taken.shape[1:]),
            "layers": [asdict(layer) for layer in rows],
            "total": networks.count_parameters(network),
        }
    return described
