"""Tests that the checker names what is wrong with an answer: typical wrong ones get the right reason, and no case the answer."""

import numpy as np
import pytest
import torch
from mistakes import MISTAKES
from solving import answer, answers

from course import tasks
from course.checker import Checker
from course.checking import VALUE, Case, Mistake, Task, check
from ganlib import UserError


@pytest.mark.parametrize("lab", tasks.LABS)
def test_the_solutions_get_all_points(lab):
    checker = Checker(lab, "en", answers(lab))
    for name in checker.tasks:
        verdict = checker.verdict(name)
        assert verdict.points == verdict.of and not verdict.reason, verdict.line


def test_there_are_ten_mistakes_in_each_lab():
    assert all(len(MISTAKES[lab]) >= 10 for lab in tasks.LABS)


@pytest.mark.parametrize(
    ("lab", "name", "text", "reason"), [(lab, *row) for lab, rows in MISTAKES.items() for row in rows if lab in tasks.LABS]
)
def test_a_typical_mistake_gets_its_reason(lab, name, text, reason):
    (task,) = [task for task in tasks.of(lab) if task.name == name]
    verdict = check(task, answer(text, name), "en")
    assert verdict.points == 0 and reason in verdict.reason
    assert check(task, answer(text, name), "zh").reason != verdict.reason


@pytest.mark.slow
@pytest.mark.parametrize("lab", tasks.LABS)
def test_every_mistake_of_a_task_is_one(lab):
    for task in tasks.of(lab):
        for mistake in task.mistakes:
            verdict = check(task, mistake.answer, "en")
            assert verdict.reason.endswith(mistake.reason[0]), (task.name, mistake.reason)


SQUARE = Task(
    "square",
    1,
    lambda x: x * x,
    [Case(("three numbers", "三个数"), lambda answer: {VALUE: answer(torch.tensor([1.0, 2.0, -3.0], dtype=torch.float64))})],
    [Mistake(lambda x: x.abs(), ("this is the absolute value.", "这是绝对值。"))],
)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (lambda x: x.abs(), "this is the absolute value."),
        (lambda x: -x * x, "the value has the wrong sign."),
        (lambda x: 2.5 * x * x, "the value is 2.5 times what it should be."),
        (lambda x: x * x + 1, "the value is off by a constant."),
        (lambda x: x**4, "the value is wrong."),
        (lambda x: (x * x).float(), "should be Tensor of float64, but is Tensor of float32."),
        (lambda x: (x * x).numpy(), "should be Tensor of float64, but is array."),
        (lambda x: (x * x)[:2], "should have the shape (3,), but has (2,)."),
        (lambda x: x / 0, "the value is inf: compute it so that large inputs don't overflow."),
        (lambda x: None, "returns None: is there a `return`?"),
        (lambda x: x + "1", "fails: TypeError"),
        (lambda: 1, "fails: TypeError"),
        (3.0, "should be a function, but is float."),
        (..., "is still blank."),
    ],
)
def test_what_is_said_of_a_wrong_answer(wrong, reason):
    verdict = check(SQUARE, wrong, "en")
    assert verdict.points == 0 and reason in verdict.reason


def test_an_answer_is_right_within_rounding():
    assert check(SQUARE, lambda x: torch.exp(2 * torch.log(x.abs())), "en").points == 1


def test_an_answer_in_float32_precision_is_not_taken_for_wrong():
    """Someone computes in float32 and returns float64."""
    assert check(SQUARE, lambda x: (x.float() * 1.00000001).double() ** 2, "en").points == 1


def test_the_projects_own_function_is_no_answer():
    from ganlib.objectives.losses import logistic_discriminator

    (task,) = [task for task in tasks.of("first-gans") if task.name == "logistic_discriminator"]
    assert "the project's own function" in check(task, logistic_discriminator, "en").reason


def test_numbers_of_any_kind_are_numbers():
    task = Task("number", 1, 0.25, [Case(("it", "它"), lambda answer: {VALUE: answer})])
    assert all(check(task, value, "en").points for value in (0.25, np.float32(0.25), np.float64(0.25)))
    assert check(task, 0.5, "en").reason == "the value is wrong: yours is 0.5."


def test_the_checker_prints_and_refuses(capsys):
    checker = Checker("first-gans", "zh", {"reaches": "a"})
    checker("reaches")
    checker("growth")
    assert (
        capsys.readouterr().out
        == "✗ 0/1 reaches: 看看你的六步：距离变小了吗？\n✗ 0/1 growth: 尚未定义：请先运行它所在的单元格。\n"
    )
    with pytest.raises(UserError, match="no task 'nothing'"):
        checker("nothing")
    with pytest.raises(UserError, match="no lab 'nothing'"):
        Checker("nothing", "en", {})
    with pytest.raises(UserError, match="no language 'fr'"):
        Checker("first-gans", "fr", {})
