"""Turns a student's function into what is compared: its value, its gradients by autograd, the network that it builds."""

from collections.abc import Callable, Sequence
from functools import cache

import torch
from torch import Tensor, nn

from course.checking import VALUE, Case, Outcome, Problem, Text, float64

BY_REAL: Text = ("the gradient by the real logits", "对真实图像 logit 的梯度")
BY_FAKE: Text = ("the gradient by the generated logits", "对生成图像 logit 的梯度")
COUNT: Text = ("the number of parameters", "参数个数")
OUTPUT: Text = ("the output with the project's weights", "代入本项目权重后的输出")
NO_TENSOR: Text = (
    "returns {got}: return a tensor, without float() or .item().",
    "返回的是 {got}：请返回张量，不要用 float() 或 .item()。",
)
CUT_OFF: Text = (
    "no gradient flows from the result to its inputs: was it detached, or made anew from numbers?",
    "结果到输入之间没有梯度：是不是用了 detach，或由普通数字重新构造？",
)
NO_MODULE: Text = ("should return an nn.Module, such as nn.Sequential.", "应返回 nn.Module，例如 nn.Sequential。")
LAYERS: Text = (
    "its weights, in order, should have the shapes {expected}, but have {got}.",
    "各权重的形状依次应为 {expected}，实际为 {got}。",
)


def differentiated(value: object, inputs: dict[Text, Tensor]) -> Outcome:
    """Returns a scalar and its gradients by each of `inputs`, zeros where it doesn't depend on one."""
    if not isinstance(value, Tensor):
        got = type(value).__name__
        raise Problem((NO_TENSOR[0].format(got=got), NO_TENSOR[1].format(got=got)))
    if value.ndim:
        return {VALUE: value}  # the shape is wrong, and will be said to be
    if not value.requires_grad:
        raise Problem(CUT_OFF)
    found = torch.autograd.grad(value, list(inputs.values()), allow_unused=True)
    gradients = [torch.zeros_like(x) if g is None else g for g, x in zip(found, inputs.values(), strict=True)]
    return {VALUE: value} | dict(zip(inputs, gradients, strict=True))


def loss_case(name: Text, real: Sequence[float], fake: Sequence[float]) -> Case:
    """Returns the case of a loss of logits: its value, and its gradients by both."""

    def outcome(loss: Callable[[Tensor, Tensor], Tensor]) -> Outcome:
        inputs = {BY_REAL: float64(*real).requires_grad_(), BY_FAKE: float64(*fake).requires_grad_()}
        value = loss(*inputs.values())
        return {VALUE: None} if value is None else differentiated(value, inputs)

    return Case(name, outcome)


LOSS_CASES = (
    loss_case(("one picture each", "真假各一张"), (0.7,), (-0.4,)),
    loss_case(("batches of three and four", "一批三张真图、四张假图"), (0.5, -1.5, 2.0), (-0.25, 1.0, 0.75, -2.0)),
    loss_case(("D is sure, and wrong", "D 很有把握，但判错了"), (-200.0, -900.0), (200.0, 900.0)),
    loss_case(("D is sure, and right", "D 很有把握，也判对了"), (200.0, 900.0), (-200.0, -900.0)),
)


def network_case(name: Text, original: Callable[[], nn.Module], given: tuple[int, ...]) -> Case:
    """Returns the case of a function that builds a network: its parameters, and its output in float64 for the weights of
    `original`, copied in order."""

    @cache
    def theirs() -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return original().double()

    def outcome(build: Callable[[], nn.Module]) -> Outcome:
        network = build()
        if not isinstance(network, nn.Module):
            raise Problem(NO_MODULE)
        network = network.double()
        count = sum(parameter.numel() for parameter in network.parameters())
        wanted, found = (_shapes(module) for module in (theirs(), network))
        if wanted != found:
            if sum(parameter.numel() for parameter in theirs().parameters()) != count:
                return {COUNT: count}
            raise Problem(tuple(text.format(expected=wanted, got=found) for text in LAYERS))  # type: ignore[arg-type]
        with torch.no_grad():
            for parameter, other in zip(network.parameters(), theirs().parameters(), strict=True):
                parameter.copy_(other)
            rng = torch.Generator().manual_seed(1)
            output = network(torch.randn(given, dtype=torch.float64, generator=rng))
        return {COUNT: count, OUTPUT: output.reshape(len(output), -1)}

    return Case(name, outcome)


def _shapes(network: nn.Module) -> list[tuple[int, ...]]:
    return [tuple(parameter.shape) for parameter in network.parameters()]
