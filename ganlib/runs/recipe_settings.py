"""A recipe with some of its settings changed, as `train.py --set FIELD=VALUE` names them.

A field is one of `Recipe`'s, such as r1, or an argument of a network's class, such as generator.width. Its annotation says how
its value is read: a number, none, true, a word, or several of these with commas between.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from ganlib import UserError, networks
from ganlib.networks import family
from ganlib.recipes import Recipe
from ganlib.runs.config import fits

NO_SETTINGS = ("name", "summary")  # of a recipe
ROLES = {"generator": "Generator", "discriminator": "Discriminator"}  # of networks, and the classes of a family
WORDS = {"true": True, "false": False, "none": None}
KINDS = {int: "a whole number", float: "a finite number", bool: "true or false", str: "a word"}


def changed(recipe: Recipe, settings: Sequence[tuple[str, str]]) -> tuple[Recipe, dict[str, Any]]:
    """`recipe` with these settings, each a field and its value as a text; and their values by field. Of a field that comes
    twice the last value counts. A network that gets another family begins with that family's own defaults.

    Raises UserError for a field that there is not, with those that there are, and for a value that the field can't have.
    """
    texts = dict(settings)
    parts: dict[str, Any] = {role: _of_family(role, getattr(recipe, role), texts.get(f"{role}.family")) for role in ROLES}
    kinds = _kinds({role: part["family"] for role, part in parts.items()})
    values = {}
    for field, text in texts.items():
        if field not in kinds:
            raise UserError(f"--set {field}: a recipe has no such setting; it has {', '.join(kinds)}.")
        values[field] = _value(field, text, kinds[field])
        role, dot, name = field.partition(".")
        if dot:
            parts[role][name] = values[field]
        else:
            parts[field] = tuple(values[field]) if isinstance(values[field], list) else values[field]
    try:
        return replace(recipe, **parts), values
    except ValueError as error:
        told = " ".join(f"--set {field}={text}" for field, text in texts.items())
        raise UserError(f"{told} can't be used: {error}.") from error


def value_of(recipe: Recipe, field: str) -> Any:
    """The value of a field; None for a network's setting that is its family's default."""
    role, dot, name = field.partition(".")
    return getattr(recipe, role).get(name) if dot else getattr(recipe, field)


def noted(recipe: Recipe, settings: Sequence[tuple[str, str]]) -> Recipe:
    """`recipe`, whose summary ends with these settings where there are some: it no longer is what its name says alone."""
    told = ", ".join(f"{field}={text}" for field, text in dict(settings).items())
    return replace(recipe, summary=f"{recipe.summary} ({told})") if told else recipe


def _of_family(role: str, own: Mapping[str, Any], wished: str | None) -> dict[str, Any]:
    """A network's settings to begin with: its own, or another family's defaults. Raises UserError."""
    if wished in (None, own["family"]):
        return dict(own)
    return {"family": _value(f"{role}.family", wished, _families())}


def _families() -> Any:
    """The annotation of a family's name."""
    return Literal.__getitem__(tuple(networks.FAMILIES))


def _kinds(families: Mapping[str, str]) -> dict[str, Any]:
    """Every field of a recipe whose networks are of these families, and its annotation."""
    hints = get_type_hints(Recipe)
    kinds = {field.name: hints[field.name] for field in fields(Recipe) if field.name not in (*NO_SETTINGS, *ROLES)}
    for role, of in families.items():
        network = getattr(networks.FAMILIES[of], ROLES[role])
        own = {"family": _families()} | family.settings(network)
        kinds |= {f"{role}.{name}": kind for name, kind in own.items()}
    return kinds


def _value(field: str, text: str, kind: Any) -> Any:
    """What a text means for an annotation. Raises UserError."""
    for value in _readings(text):
        if fits(value, kind):
            return value
    raise UserError(f"--set {field}={text}: {field} must be {_described(kind)}.")


def _readings(text: str) -> Iterator[Any]:
    """What a text may mean, the narrowest meaning first; lists as JSON has them."""
    parts = [part.strip() for part in text.split(",")] if text not in ("", "none") else []
    yield _read(text)
    yield text
    yield [_read(part) for part in parts]
    yield parts


def _read(text: str) -> Any:
    """A text as the number or word that it is."""
    for number in (int, float):
        with suppress(ValueError):
            return number(text)
    return WORDS.get(text.lower(), text)


def _described(kind: Any) -> str:
    """What an annotation lets pass."""
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
