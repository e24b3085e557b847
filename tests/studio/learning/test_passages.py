"""Tests the chapters on lines of code: what is shown is the function that runs, without its docstring."""

import inspect

import pytest
from synchronous import blocking_ask

from studio.learning.passages import PASSAGES
from studio.library import Library
from studio.web.questions import Questions

SAID = {  # a line of each way
    "evolution": {
        "mutants": "np.sqrt(1 - far**2) * z + far * noise",
        "coordinates": "np.take_along_axis(parents, chosen, 0)",
        "directions": "np.linalg.pinv(directions",
        "arc": "slerp(",
    },
    "regression": {
        "fit": "np.linalg.lstsq(",
        "keep": "np.linalg.pinv(kept) @ (kept @ gradient)",
        "also": "self.gradients @ direction",
        "own": "more.mean(0, dtype=np.float64) - less.mean(0, dtype=np.float64)",
    },
    "dissection": {"scale": "inputs[0] * scale", "measure": "scale[:, unit] = 0"},
    "mixing": {"style": 'self.stem["second"](', "modulate": "torch.rsqrt(", "mix": "amount * theirs"},
    "blending": {
        "mix": "torch.lerp(a, b, share)",
        "layers": "found[tensor] = shares[layer]",
        "statistics": "norm.reset_running_stats()",
    },
}


@pytest.fixture
def ask(tmp_path):
    return blocking_ask(Questions(Library(tmp_path)))


@pytest.mark.parametrize("chapter", PASSAGES)
def test_every_way_shows_the_lines_that_compute_it(chapter, ask):
    passages = ask({"what": "passages", "chapter": chapter})["passages"]
    assert list(passages) == list(PASSAGES[chapter]) == list(SAID[chapter])
    for way, passage in passages.items():
        function = inspect.unwrap(PASSAGES[chapter][way])
        assert SAID[chapter][way] in passage["text"] and '"""' not in passage["text"]
        first = passage["text"].splitlines()[0]
        file = inspect.getsourcefile(function)
        assert file.endswith(passage["file"])
        with open(file, encoding="utf-8") as source:
            assert source.read().splitlines()[passage["line"] - 1].strip() == first


@pytest.mark.parametrize("chapter", [None, 7, "lesson"])
def test_an_unknown_chapter_is_refused(chapter, ask):
    refusal = "chapter must be one of evolution, regression, dissection, mixing, blending."
    assert ask({"what": "passages", "chapter": chapter}) == {"error": refusal}
