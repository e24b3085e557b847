"""Assembles a lab report: facts, pictures, curves, layers and scores of a run, laid out by `static/report/report.html`.

A run is untrusted: jinja escapes its texts, and its pictures are decoded and re-encoded. Missing or damaged parts are left out.
"""

import functools
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import torch
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape
from torch import nn

from ganlib import UserError, networks
from ganlib.inspection import layers, objective
from ganlib.inversion.projector import FAR
from ganlib.metrics.measures import FIGURES, in_trained_features
from ganlib.pictures import RGBA
from ganlib.runs import inversion_errors
from ganlib.runs.config import Config
from ganlib.runs.run import Run, Snapshot, short
from ganlib.sizes import height_width
from studio import menus, validation, words
from studio.drawing import sheets
from studio.learning import formulas, lab_figures
from studio.library import Entry, Library
from studio.limiter import Limiter
from studio.static_files import STATIC

MOST_NAMES = 12  # of labels that are listed
SETTINGS = {  # of a recipe, and the keys of their explanations
    "generator": "set_generator", "discriminator": "set_discriminator", "latent_dim": "set_latent_dim",
    "latent": "set_latent", "loss": "set_loss", "r1": "set_r1", "r2": "set_r2", "penalty_every": "set_penalty_every",
    "gradient_penalty": "set_gradient_penalty", "mismatch": "set_mismatch", "augment": "set_augment", "flip": "set_flip",
    "batch_size": "set_batch_size", "first": "set_first", "d_every": "set_d_every", "g_every": "set_g_every",
    "g_lr": "set_g_lr", "d_lr": "set_d_lr", "betas": "set_betas", "final_lr": "set_final_lr",
    "ema_half_life": "set_ema_half_life", "features": "set_features",
    "schedules": "set_schedules",
}  # fmt: skip


@dataclass(frozen=True)
class FoundPicture:
    """How near a visitor's own picture was found."""

    snapshot: Snapshot
    error: float  # grey levels

    @classmethod
    def validated(cls, entry: Entry, value: Any) -> "FoundPicture | None":
        """Reads what the page tells; None for None. Raises UserError."""
        if value is None:
            return None
        if not isinstance(value, dict):
            raise UserError("found must hold the images of a snapshot and an error.")
        return cls(validation.moment(entry, value.get("images")), validation.number("error", value.get("error"), 0, 255))

    def told(self, entry: Entry, say: "Say") -> str:
        """Returns how near it was found, and than how many real pictures it is odder, where that was measured."""
        key = "report_found_far" if self.error > FAR else "report_found_said"
        text = say(key, error=f"{self.error:.1f}", epoch=short(self.snapshot.epoch))
        try:
            known = inversion_errors.read(entry.run.path, self.snapshot.images)
        except (UserError, OSError):  # a report leaves out what is damaged
            known = None
        if known is None:
            return text
        compared = "report_found_odder" if known.held_out else "report_found_odder_trained"
        return f"{text} {say(compared, odder=known.odder_than(self.error))}"


def report(library: Library, entry: Entry, language: str, found: FoundPicture | None = None) -> str:
    """Returns the lab report of a run as one self-contained HTML file. Raises UserError if its config is damaged."""
    run, config = entry.run, entry.run.config

    def say(key: str, **values: object) -> str:
        return words.word(language, key, **values)

    moments = lab_figures.moments(entry)
    return _template().render(
        say=say,
        language={"en": "en", "zh": "zh-CN"}[language],
        run=entry.shown,
        facts=_facts(entry, moments, say),
        commands=config.commands,
        objective=_objective(config),
        every=config.recipe.penalty_every if config.recipe.r1 or config.recipe.r2 else 1,
        networks=_networks(config, say),
        film=lab_figures.film(library, entry, moments),
        last=lab_figures.last(library, entry),
        named=functools.partial(menus.moment, speech=language),
        curves=_curves(library, entry, say),
        scores=_scores(run, moments),
        settings=_settings(config, say),
        found=None if found is None else found.told(entry, say),
    )


class Reports:
    """Answers questions about lab reports. Thread-safe."""

    def __init__(self, library: Library):
        self._library, self._writing = library, Limiter(1, "lab reports are being written")

    def answers(self) -> dict[str, Callable[[dict], dict]]:
        return {"report": self._report}

    def _report(self, question: dict) -> dict[str, Any]:
        """Returns the report of a run in a language, and its file name."""
        entry = self._library.find(question.get("run"))
        language = validation.one_of("language", question.get("language"), words.LANGUAGES)
        found = FoundPicture.validated(entry, question.get("found"))
        with self._writing:
            return {"html": report(self._library, entry, language, found), "file": f"{sheets.file_stem(entry)}-lab-report.html"}


Say = Callable[..., str]


def _facts(entry: Entry, moments: list[Snapshot], say: Say) -> list[tuple[str, str]]:
    """Returns the facts of a run as table rows (name, fact)."""
    config = entry.run.config
    colours = say({1: "report_grey", RGBA: "report_transparent"}.get(config.channels, "report_colour"))
    height, width = height_width(config.image_size)
    num = f"{config.dataset_size:,}"
    data = {"dataset": config.dataset, "num": num, "width": width, "height": height, "colours": colours}
    rows = [
        (say("run"), entry.shown),
        (
            say("report_data"),
            say("report_adopted", parent=config.parent) if config.adopted else say("report_data_said", **data),
        ),
        (say("report_blend"), _blend(config, say)),
        (say("report_source"), config.data_note),
        (say("report_classes"), _labels(config, say)),
        (say("report_recipe"), f"{config.recipe.name}: {config.recipe.summary}"),
        (say("report_length"), "" if config.adopted or config.blend else _length(moments, say)),
        (say("report_time"), _time(entry.run)),
        (say("report_hardware"), config.hardware),
        (say("report_size"), _parameters(config, say)),
        (say("seed"), str(config.seed)),
    ]
    return [(name, fact) for name, fact in rows if fact]


def _blend(config: Config, say: Say) -> str:
    blend = config.blend
    if blend is None:
        return ""
    (first, second), (of_first, of_second) = blend.parents, [f"{images:,}" for images in blend.images]
    return say("report_blend_said", first=first, second=second, of_first=of_first, of_second=of_second)


def _labels(config: Config, say: Say) -> str:
    names = config.labels
    if not names:
        return say("report_unlabelled")
    listed = ", ".join(names[:MOST_NAMES])
    return listed if len(names) <= MOST_NAMES else say("report_more", names=listed, num=len(names) - MOST_NAMES)


def _length(moments: list[Snapshot], say: Say) -> str:
    if not moments:
        return ""
    return say("report_length_said", images=f"{moments[-1].images:,}", epochs=short(moments[-1].epoch))


def _time(run: Run) -> str:
    """Returns the training time by the history; empty if that is missing or damaged."""
    try:
        return str(timedelta(seconds=round(run.history()[-1]["seconds"])))
    except (UserError, OSError, LookupError, OverflowError):
        return ""


def _parameters(config: Config, say: Say) -> str:
    generator, discriminator = (f"{networks.count_parameters(network):,}" for network in _outlines(config))
    return say("report_size_said", generator=generator, discriminator=discriminator)


def _outlines(config: Config) -> tuple[nn.Module, nn.Module]:
    return networks.outlines(config.generator_settings(), config.discriminator_settings(), "cpu")


def _objective(config: Config) -> list[tuple[str, Markup]]:
    """Returns each player and the formula of what it minimises."""
    sums = {"discriminator": r"L_D=", "generator": r"L_G="}
    for term in objective.objective(config.recipe, config.num_classes > 0):
        joined = sums[term.player].endswith("=") or term.latex.startswith("-")
        sums[term.player] += term.latex if joined else f"+{term.latex}"
    return [(player, Markup(formulas.svg(latex))) for player, latex in sums.items()]


def _networks(config: Config, say: Say) -> list[tuple[str, str, list[layers.Layer], int]]:
    """Returns each player, its name, its network's layers and their parameters."""
    generator, discriminator = _outlines(config)
    z = torch.zeros(1, config.recipe.latent_dim)
    images = torch.zeros(1, config.channels, *height_width(config.image_size))
    labels = torch.zeros(1, dtype=torch.long) if config.num_classes else None
    return [
        ("generator", say("report_generator"), *_layers(generator, z, labels)),
        ("discriminator", say("report_discriminator"), *_layers(discriminator, images, labels)),
    ]


def _layers(network: nn.Module, *inputs: torch.Tensor | None) -> tuple[list[layers.Layer], int]:
    rows = layers.layers(network, *inputs)
    return rows, sum(layer.parameters for layer in rows)


def _curves(library: Library, entry: Entry, say: Say) -> dict[str, str | Markup | None]:
    """Returns the loss curves as SVG under `svg`, or why there are none under `reason`."""
    found = sheets.losses(library, entry)
    if not found.get("curves"):
        return {"svg": None, "reason": f"{say(found.get('reason', 'no_history'))} {found.get('detail', '')}".strip()}
    return {"svg": Markup(re.sub(r"\{(\w+)\}", lambda key: escape(say(key[1])), found["curves"])), "reason": None}


def _scores(run: Run, moments: list[Snapshot]) -> dict[str, Any] | None:
    """Returns a table of the measured snapshots' scores and those of real pictures; None if there are none or it is damaged."""
    try:
        kept = run.scores()
    except (UserError, OSError, ValueError):
        return None
    measured = [moment for moment in moments if moment.path.stem in kept["snapshots"]]
    shown = sheets.spread(measured, lab_figures.MOMENTS - 1)
    tables = [*(kept["snapshots"][moment.path.stem] for moment in shown), kept.get("real", {})]
    network = run.config.feature_network
    rows = [
        (*sheets.figure_words(figure), in_trained_features(name, network), [_score(table.get(name)) for table in tables])
        for name, figure in FIGURES.items()
        if any(name in table for table in tables[:-1])
    ]
    return {"heads": shown, "rows": rows, "reference": kept["reference"]} if rows else None


def _score(entry: dict[str, Any] | None) -> str:
    if entry is None:
        return ""
    return f"{entry['value']:,.0f}" if abs(entry["value"]) >= 1000 else f"{entry['value']:.3g}"


def _settings(config: Config, say: Say) -> list[tuple[str, str, str]]:
    """Returns the settings of a recipe: name, value, explanation."""
    recipe = asdict(config.recipe)
    rows = [(name, _told(recipe[name], say), say(meaning)) for name, meaning in SETTINGS.items()]
    return [*rows, ("seed", str(config.seed), say("set_seed"))]


def _told(value: object, say: Say) -> str:
    match value:
        case dict():
            return ", ".join(str(item) if key == "family" else f"{key} {_told(item, say)}" for key, item in value.items()) or (
                say("set_none")
            )
        case list() | tuple():
            return ", ".join(_told(item, say) for item in value) or say("set_none")
        case float():
            return f"{value:g}"
        case None:
            return say("set_none")
        case _:
            return str(value)


def _layer_settings(settings: dict[str, Any]) -> str:
    """ "kernel 4, stride 2, no bias"."""
    switches = {True: "{0}", False: "no {0}"}
    return ", ".join(
        (switches[value] if isinstance(value, bool) else "{0} {1}").format(name, value) for name, value in settings.items()
    )


@functools.cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(STATIC / "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["layer_settings"] = _layer_settings
    return environment.get_template("report.html")
