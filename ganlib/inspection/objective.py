"""The objectives of D and G in a recipe, term by term: each formula with the source lines that compute it.

Source lines, the part of them that is a term, and its values are taken from the functions of this package: the expression that
a loss returns is split at its plus and minus signs. It is an error if the number of terms differs from that of the formulas.
"""

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from ganlib.inspection.source import Passage, Source, file_of
from ganlib.objectives import losses
from ganlib.objectives.losses import Formula
from ganlib.objectives.schedules import Schedule
from ganlib.recipes import Player, Recipe
from ganlib.training.step import GAN

Reads = Literal["real", "fake", "difference"]  # D(x), D(G(z)) or D(x) - D(G(z))

R1 = Formula("flat_at_real", r"\frac{%s}{2}\mathbb{E}_x\left[\|\nabla_x D(x)\|^2\right]")
R2 = Formula("flat_at_fake", r"\frac{%s}{2}\mathbb{E}_z\left[\|\nabla D(G(z))\|^2\right]")
GRADIENT = Formula("slope_one", r"%s\,\mathbb{E}_{\hat{x}}\left[(\|\nabla D(\hat{x})\|_2-1)^2\right]")
WRONG_LABELS = ((r"_{x,z}", "_x"), ("_z", "_x"), ("D(x)", "D(x,y)"), ("D(G(z))", "D(x,y')"))  # what a loss is then of


@dataclass(frozen=True)
class Term:
    """One addend of an objective.

    `passages` are the lines that compute it, then those that add it in the training step. `value(real, fake)` of logits (N,)
    is its weighted value, a scalar; None for a penalty, which is no function of logits.
    """

    key: str
    player: Player
    latex: str
    textbook: str | None
    passages: tuple[Passage, ...]
    weight: float  # its factor in the objective: D's weight, gamma or lambda
    every: int = 1  # steps between two evaluations; the weight is multiplied by this number
    reads: Reads | None = None
    value: Callable[[Tensor, Tensor], Tensor] | None = None
    scale: Schedule | None = None  # by which the weight is multiplied
    second: bool = False  # whether its logits are those of the heads on features

    def curve(self, logits: Sequence[float]) -> list[float]:
        """Returns the term's value for one picture or pair at each of `logits`, which are D(x), D(G(z)) or their difference."""
        zero = torch.zeros(1, dtype=torch.float64)
        ones = (torch.tensor([logit], dtype=torch.float64) for logit in logits)
        if self.value is None:
            raise ValueError(f"{self.key} is a penalty, no function of logits")
        return [float(self.value(zero, one) if self.reads == "fake" else self.value(one, zero)) for one in ones]


def objective(recipe: Recipe, labelled: bool = True) -> tuple[Term, ...]:
    """Returns the terms of D's objective, with its penalties, then of G's; each objective is the sum of its terms. `labelled`
    is whether its networks get labels, if it uses any."""
    loss = losses.LOSSES[recipe.loss]
    update_d, update_g = GAN._update_discriminator, GAN._update_generator
    terms = split(loss.discriminator, loss.d_formulas, "discriminator", recipe.d_weight)
    found = [_with(term, _assigned(update_d, "loss")) for term in terms]
    scale = recipe.schedules.get("gamma")
    for formula, gamma, name in ((R1, recipe.r1, "r1"), (R2, recipe.r2, "r2")):
        if gamma:
            added = _assigned(update_d, name)
            found.append(_penalty(losses.zero_centred_penalty, formula, gamma, added, recipe.penalty_every, scale))
    if recipe.gradient_penalty:
        added = _assigned(update_d, "wgan_gp")
        found.append(_penalty(losses.gradient_penalty, GRADIENT, recipe.gradient_penalty, added))
    if recipe.mismatch and recipe.conditional and labelled:
        added, scale = _assigned(update_d, "mismatch"), recipe.schedules.get("mismatch")
        found.append(_mismatch(loss, recipe.mismatch, added, scale))
    found += _of_heads(recipe, "discriminator", update_d)
    terms = split(loss.generator, loss.g_formulas, "generator")
    found += [_with(term, _assigned(update_g, "loss")) for term in terms]
    return (*found, *_of_heads(recipe, "generator", update_g))


def _of_heads(recipe: Recipe, player: Player, update: Callable) -> list[Term]:
    """Returns the terms of the second discriminator, whose logits are written F; each is a mean over heads."""
    if recipe.features is None:
        return []
    loss, weight, scale = losses.LOSSES[recipe.features.loss], recipe.features.weight, recipe.schedules.get("features")
    if player == "discriminator":
        terms, scale = split(loss.discriminator, loss.d_formulas, player), None
    else:
        terms = split(loss.generator, loss.g_formulas, player, weight)
    return [_of_second(_with(term, _assigned(update, "heads")), scale) for term in terms]


def _of_second(term: Term, scale: Schedule | None) -> Term:
    textbook = term.textbook and term.textbook.replace("D(", "F(")
    return replace(term, latex=term.latex.replace("D(", "F("), textbook=textbook, second=True, scale=scale)


def split(function: Callable, formulas: Sequence[Formula], player: Player, weight: float = 1.0) -> list[Term]:
    """Splits a loss `function(real, fake)` at the plus and minus signs of what it returns.

    Raises ValueError unless there is one formula for each term.
    """
    source = Source(function)
    addends = list(_addends(source.returned))
    if len(addends) != len(formulas):
        raise ValueError(f"{function.__name__} returns {len(addends)} terms, but {len(formulas)} formulas tell of it")
    terms = []
    for formula, (expression, before) in zip(formulas, addends, strict=True):
        start, end = source.span(expression)
        if before is not None:  # the minus sign belongs to the term
            start = source.text.index("-", source.span(before)[1])
            expression = ast.copy_location(ast.UnaryOp(ast.USub(), expression), expression)
        latex, textbook = _weighted(formula.latex, weight), formula.textbook and _weighted(formula.textbook, weight)
        value = _live(function, expression, weight)
        passage = source.passage(source.tree, (start, end))
        terms.append(Term(formula.key, player, latex, textbook, (passage,), weight, 1, _reads(expression), value))
    return terms


def reads(function: Callable) -> tuple[Reads, ...]:
    """Returns what each addend of a loss `function(real, fake)` reads, from left to right."""
    return tuple(_reads(expression) for expression, _ in _addends(Source(function).returned))


def _addends(expression: ast.expr) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """Yields the addends of a sum from left to right; a subtracted one with the expression before its minus sign."""
    if isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.Add | ast.Sub):
        yield from _addends(expression.left)
        yield expression.right, expression.left if isinstance(expression.op, ast.Sub) else None
    else:
        yield expression, None


def _reads(expression: ast.expr) -> Reads:
    names = {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}
    if "real" in names and "fake" in names:
        return "difference"
    return "real" if "real" in names else "fake"


def _live(function: Callable, expression: ast.expr, weight: float) -> Callable[[Tensor, Tensor], Tensor]:
    """Compiles one addend of a loss from the loss's source."""
    code = compile(ast.fix_missing_locations(ast.Expression(expression)), file_of(function), "eval")
    return lambda real, fake: weight * eval(code, function.__globals__, {"real": real, "fake": fake})


def _weighted(latex: str, weight: float) -> str:
    if weight == 1:
        return latex
    sign = "-" if latex.startswith("-") else ""
    return rf"{sign}{weight:g}\cdot{latex.removeprefix('-')}"


def _with(term: Term, added: Passage) -> Term:
    return replace(term, passages=(*term.passages, added))


def _penalty(
    function: Callable, formula: Formula, weight: float, added: Passage, every: int = 1, scale: Schedule | None = None
) -> Term:  # fmt: skip
    source = Source(function)
    computed = source.passage(source.tree, source.span(source.returned))
    passages, latex = (computed, added), formula.latex % _written(weight, scale)
    return Term(formula.key, "discriminator", latex, None, passages, weight, every, scale=scale)


def _written(weight: float, scale: Schedule | None) -> str:
    return rf"{weight * scale.start:g}\to{weight * scale.end:g}" if scale else f"{weight:g}"


def _mismatch(loss: losses.AdversarialLoss, weight: float, added: Passage, scale: Schedule | None) -> Term:
    """Returns the term of real images with wrong labels: D's whole loss, with these in the place of generated images."""
    latex = "+".join(formula.latex for formula in loss.d_formulas).replace("+-", "-")
    for of_generated, of_labels in WRONG_LABELS:
        latex = latex.replace(of_generated, of_labels)
    if weight != 1 or scale:
        factor = rf"\left({_written(weight, scale)}\right)" if scale else f"{weight:g}"
        latex = rf"{factor}\cdot" + (rf"\left({latex}\right)" if len(loss.d_formulas) > 1 else latex)
    source = Source(loss.discriminator)
    computed = source.passage(source.tree, source.span(source.returned))
    return Term("labels_apart", "discriminator", latex, None, (computed, added), weight, scale=scale)


def _assigned(update: Callable, name: str) -> Passage:
    """Returns the statement of an update that assigns `name`, a loss or a penalty; its span is the value in steps in which the
    penalty is due."""
    source = Source(update)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            value = node.value.body if isinstance(node.value, ast.IfExp) else node.value
            return source.passage(node, source.span(value))
    raise ValueError(f"{update.__qualname__} assigns no {name}")
