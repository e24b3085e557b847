"""Compares an answer with the right one, in float64, and says which case fails and why, never the answer.

An answer is what a student's name stands for: mostly a function, sometimes a number or a letter. A case turns it into parts
that are compared. What equals the parts of a known mistake gets that mistake's reason.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganlib import devices

Text = tuple[str, str]  # in English and in Simplified Chinese
LANGUAGES = ("en", "zh")
Outcome = Mapping[Text, Any]  # parts by their names: tensors, arrays, numbers, letters

RTOL, ATOL = 1e-6, 1e-9
VALUE: Text = ("the value", "返回值")

BLANK: Text = ("is still blank.", "还是空的。")
NOTHING: Text = ("returns None: is there a `return`?", "返回了 None：是不是漏写了 `return`？")
NOT_CALLABLE: Text = ("should be a function, but is {got}.", "应当是函数，实际是 {got}。")
RAISES: Text = ("fails: {error}", "出错：{error}")
TYPE: Text = ("{part} should be {expected}, but is {got}.", "{part}应为 {expected}，实际为 {got}。")
SHAPE: Text = ("{part} should have the shape {expected}, but has {got}.", "{part}的形状应为 {expected}，实际为 {got}。")
NOT_FINITE: Text = (
    "{part} is {got}: compute it so that large inputs don't overflow.",
    "{part}是 {got}：请换一种算法，避免输入较大时溢出。",
)
SIGN: Text = ("{part} has the wrong sign.", "{part}的符号反了。")
FACTOR: Text = ("{part} is {factor} times what it should be.", "{part}是应有值的 {factor} 倍。")
SHIFT: Text = ("{part} is off by a constant.", "{part}与应有值相差一个常数。")
WRONG: Text = ("{part} is wrong.", "{part}不对。")
WRONG_NUMBER: Text = ("{part} is wrong: yours is {got}.", "{part}不对：你的结果是 {got}。")
PROJECTS: Text = ("is the project's own function: write yours.", "是本项目自带的函数：请自己写。")


class Problem(Exception):
    """A reason that a case gives itself."""

    def __init__(self, reason: Text):
        super().__init__(reason[0])
        self.reason = reason


@dataclass(frozen=True)
class Case:
    """One trial of an answer: `outcome` calls it and returns what is compared."""

    name: Text
    outcome: Callable[[Any], Outcome]


@dataclass(frozen=True)
class Mistake:
    """A usual wrong answer, and what to say of it."""

    answer: Any
    reason: Text


@dataclass(frozen=True)
class Task:
    """A blank: the name that the student defines, its points, and how it is checked against the `right` answer."""

    name: str
    points: int
    right: Any
    cases: Sequence[Case]
    mistakes: Sequence[Mistake] = ()
    rtol: float = RTOL


@dataclass(frozen=True)
class Verdict:
    """The points of one task, and the reason where there are none."""

    task: str
    points: int
    of: int
    reason: str = ""

    @property
    def line(self) -> str:
        mark = "✓" if self.points == self.of else "✗"
        return f"{mark} {self.points}/{self.of} {self.task}" + (f": {self.reason}" if self.reason else "")


def value_case(name: Text = ("the answer", "答案")) -> Case:
    """Returns the case of an answer that is no function: itself."""
    return Case(name, lambda answer: {VALUE: answer})


def check(task: Task, answer: Any, language: str) -> Verdict:
    """Checks an answer, case by case until one fails."""
    if reason := _before(task, answer):
        return Verdict(task.name, 0, task.points, spoken(reason, language))
    trials = _Trials()
    for case in task.cases:
        if reason := _reason(task, case, answer, trials):
            return Verdict(task.name, 0, task.points, _in_case(task, case, reason, language))
    return Verdict(task.name, task.points, task.points)


class _Trials:
    """The outcomes of answers in cases, each computed once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], Outcome] = {}

    def __call__(self, case: Case, answer: Any) -> Outcome:
        key = id(case), id(answer)
        if key not in self._known:
            self._known[key] = case.outcome(answer)
        return self._known[key]


def spoken(text: Text, language: str, **values: Any) -> str:
    """Returns a text in one language; values that are texts themselves are too."""
    chosen = LANGUAGES.index(language)
    shown = {name: value[chosen] if isinstance(value, tuple) and len(value) == 2 else value for name, value in values.items()}
    return text[chosen].format(**shown) if values else text[chosen]


def _in_case(task: Task, case: Case, reason: Text, language: str) -> str:
    where = {"en": f"in the case “{case.name[0]}”: ", "zh": f"情形“{case.name[1]}”："}[language]
    return (where if callable(task.right) and reason != BLANK else "") + spoken(reason, language)


def _before(task: Task, answer: Any) -> Text | None:
    """Returns what is wrong before any case."""
    if answer is ... or answer is None:
        return BLANK
    if callable(task.right) and not callable(answer):
        return _filled(NOT_CALLABLE, got=type(answer).__name__)
    if callable(task.right) and str(getattr(answer, "__module__", "")).startswith("ganlib."):
        return PROJECTS
    return None


def _reason(task: Task, case: Case, answer: Any, trials: _Trials) -> Text | None:
    """Returns why an answer fails in a case; None if it doesn't."""
    expected = trials(case, task.right)
    try:
        got = trials(case, answer)
    except NotImplementedError:
        return BLANK
    except Problem as problem:
        return problem.reason
    except Exception as error:
        if devices.is_out_of_memory(error):
            raise
        return _filled(RAISES, error=f"{type(error).__name__}: {error}")
    reason = _difference(expected, got, task.rtol)
    if reason is None:
        return None

    def like(mistake: Mistake, each: Case) -> bool:
        try:
            return _difference(trials(each, mistake.answer), trials(each, answer), task.rtol) is None
        except Exception:  # one of them fails in this case
            return False

    likely = [mistake for mistake in task.mistakes if like(mistake, case)]
    whole = [mistake for mistake in likely if all(like(mistake, each) for each in task.cases)]
    return next((mistake.reason for mistake in (*whole, *likely)), reason)


def _difference(expected: Outcome, got: Outcome, rtol: float = RTOL) -> Text | None:
    return next((reason for part in expected if (reason := _of_part(part, expected[part], got[part], rtol))), None)


def _of_part(part: Text, expected: Any, got: Any, rtol: float) -> Text | None:
    """Returns how one part differs, by type, dtype, shape, then value."""
    if got is None:
        return NOTHING
    if isinstance(expected, str | bool):
        return None if isinstance(got, type(expected)) and got == expected else _filled(WRONG, part=part)
    if _kind(expected) != _kind(got):
        return _filled(TYPE, part=part, expected=_kind(expected), got=_kind(got))
    wanted, found = _array(expected), _array(got)
    if wanted.shape != found.shape:
        return _filled(SHAPE, part=part, expected=wanted.shape, got=found.shape)
    if not np.isfinite(found).all() and np.isfinite(wanted).all():
        return _filled(NOT_FINITE, part=part, got=found[~np.isfinite(found)].flat[0])
    if np.allclose(found, wanted, rtol, ATOL, equal_nan=True):
        return None
    return _off(part, wanted, found)


def _off(part: Text, wanted: np.ndarray, found: np.ndarray) -> Text:
    """Says how values are off, if simply: by sign, by a factor or by a constant."""
    if np.allclose(found, -wanted, RTOL, ATOL):
        return _filled(SIGN, part=part)
    length = float((wanted * wanted).sum())
    factor = float((wanted * found).sum()) / length if length else 0.0
    if wanted.size > 1 and factor and np.allclose(found, factor * wanted, RTOL, ATOL):
        return _filled(FACTOR, part=part, factor=f"{factor:.6g}")
    if wanted.size > 1 and np.allclose(found - wanted, (found - wanted).mean(), RTOL, ATOL):
        return _filled(SHIFT, part=part)
    if found.size == 1:
        return _filled(WRONG_NUMBER, part=part, got=f"{found.item():.10g}")
    return _filled(WRONG, part=part)


def _kind(value: Any) -> str:
    """Names a value's type as a student knows it; numbers of any kind are one."""
    if isinstance(value, Tensor):
        return f"Tensor of {str(value.dtype).removeprefix('torch.')}"
    if isinstance(value, np.ndarray):
        return "array"
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        return "number"
    return type(value).__name__


def _array(value: Any) -> np.ndarray:
    return (value.detach().numpy(force=True) if isinstance(value, Tensor) else np.asarray(value)).astype(np.float64)


def _filled(text: Text, **values: Any) -> Text:
    """Fills in values in both languages."""
    return spoken(text, "en", **values), spoken(text, "zh", **values)


def float64(*values: float) -> Tensor:
    """Returns float64 numbers as a tensor."""
    return torch.tensor(values, dtype=torch.float64)
