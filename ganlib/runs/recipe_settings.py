"""Changes settings of a recipe by `train.py --set FIELD=VALUE`.

A field is one of `Recipe`, such as r1, an argument of a network's class, such as generator.width, a schedule, such as
schedules.gamma, or a setting of the second discriminator, such as features.size. Its annotation determines how the value is
parsed: a number, none, true, a word, or a comma-separated list of these.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, fields, replace
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from ganlib import UserError, networks
from ganlib.networks import family
from ganlib.objectives.schedules import SCHEDULED
from ganlib.recipes import Features, Recipe
from ganlib.runs.config import fits

NO_SETTINGS = ("name", "summary")  # of a recipe
ROLES = {"generator": "Generator", "discriminator": "Discriminator"}  # fields of a recipe, and the classes of a family
SCHEDULE = tuple[float, float, int] | None  # start, end and images; none for no schedule
WORDS = {"true": True, "false": False, "none": None}
KINDS = {int: "a whole number", float: "a finite number", bool: "true or false", str: "a word"}


def changed(recipe: Recipe, settings: Sequence[tuple[str, str]]) -> tuple[Recipe, dict[str, Any]]:
    """Returns `recipe` with these settings, each a field and its value as text, and the parsed values by field. The last value
    of a repeated field counts. A network that gets another family starts from that family's defaults.

    Raises UserError for an unknown field, with a list of the fields, and for an invalid value.
    """
    texts = dict(settings)
    parts: dict[str, Any] = {role: _of_family(role, getattr(recipe, role), texts.get(f"{role}.family")) for role in ROLES}
    kinds = _kinds({role: part["family"] for role, part in parts.items()})
    parts |= {"schedules": dict(recipe.schedules), "features": _of_features(recipe, texts)}
    values = {}
    for field, text in texts.items():
        if field not in kinds:
            raise UserError(f"--set {field}: a recipe has no such setting; it has {', '.join(kinds)}.")
        values[field] = _value(field, text, kinds[field])
        role, dot, name = field.partition(".")
        if dot:
            parts[role][name] = values[field]
        elif field != "features":
            parts[field] = _immutable(values[field])
    parts["schedules"] = {name: numbers for name, numbers in parts["schedules"].items() if numbers is not None}
    try:
        if parts["features"] is not None:
            parts["features"] = Features(**{name: _immutable(value) for name, value in parts["features"].items()})
        return replace(recipe, **parts), values
    except ValueError as error:
        listed = " ".join(f"--set {field}={text}" for field, text in texts.items())
        raise UserError(f"{listed} can't be used: {error}.") from error


def value_of(recipe: Recipe, field: str) -> Any:
    """Returns the value of a field; None for a network's setting at its family's default."""
    role, dot, name = field.partition(".")
    part = getattr(recipe, role)
    if not dot:
        return part
    return part.get(name) if isinstance(part, dict) else getattr(part, name, None)


def kinds(recipe: Recipe) -> dict[str, Any]:
    """Returns every field that can be set, and its annotation, for the families of the recipe's networks."""
    return _kinds({role: getattr(recipe, role)["family"] for role in ROLES})


def noted(recipe: Recipe, settings: Sequence[tuple[str, str]]) -> Recipe:
    """Returns `recipe` with these settings appended to its summary, since it differs from the recipe of its name."""
    listed = ", ".join(f"{field}={text}" for field, text in dict(settings).items())
    return replace(recipe, summary=f"{recipe.summary} ({listed})") if listed else recipe


def _of_family(role: str, own: Mapping[str, Any], requested: str | None) -> dict[str, Any]:
    """Returns a network's initial settings: its own, or another family's defaults. Raises UserError."""
    if requested in (None, own["family"]):
        return dict(own)
    return {"family": _value(f"{role}.family", requested, _families())}


def _of_features(recipe: Recipe, texts: Mapping[str, str]) -> dict[str, Any] | None:
    """Returns the initial settings of the second discriminator: the recipe's own, or the defaults; None for none."""
    if any(field.startswith("features.") for field in texts):
        return asdict(recipe.features or Features())
    return asdict(recipe.features) if recipe.features and "features" not in texts else None


def _immutable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _families() -> Any:
    """Returns the annotation of a family's name."""
    return Literal.__getitem__(tuple(networks.FAMILIES))


def _kinds(families: Mapping[str, str]) -> dict[str, Any]:
    """Returns every field of a recipe with networks of these families, and its annotation."""
    hints = get_type_hints(Recipe)
    kinds = {field.name: hints[field.name] for field in fields(Recipe) if field.name not in (*NO_SETTINGS, *ROLES, "schedules")}
    kinds["features"] = type(None)  # taken out as a whole; set by its parts
    for role, of in families.items():
        network = getattr(networks.FAMILIES[of], ROLES[role])
        own = {"family": _families()} | family.settings(network)
        kinds |= {f"{role}.{name}": kind for name, kind in own.items()}
    kinds |= {f"features.{name}": kind for name, kind in get_type_hints(Features).items()}
    return kinds | {f"schedules.{name}": SCHEDULE for name in SCHEDULED}


def _value(field: str, text: str, kind: Any) -> Any:
    """Parses a text by an annotation. Raises UserError."""
    for value in _readings(text):
        if fits(value, kind):
            return value
    raise UserError(f"--set {field}={text}: {field} must be {_described(kind)}.")


def _readings(text: str) -> Iterator[Any]:
    """Yields the possible values of a text, the most specific type first; sequences as lists."""
    parts = [part.strip() for part in text.split(",")] if text not in ("", "none") else []
    yield _read(text)
    yield text
    yield [_read(part) for part in parts]
    yield parts


def _read(text: str) -> Any:
    """Parses a text as an int, a float, true, false, none or a word."""
    for number in (int, float):
        with suppress(ValueError):
            return number(text)
    return WORDS.get(text.lower(), text)


def _described(kind: Any) -> str:
    """Describes the values that an annotation allows."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return " or ".join(_described(option) for option in arguments)
    if origin is Literal:
        return f"one of {', '.join(map(str, arguments))}"
    if kind is type(None):
        return "none"
    if origin in (tuple, Sequence):
        many = "any number of values" if origin is Sequence or arguments[-1] is Ellipsis else f"{len(arguments)} values"
        return f"{many} with commas between, each {_described(arguments[0])}"
    return KINDS.get(kind, "another value")
