"""A hypothesis property: a few examples in every test run, many in a campaign."""

import contextlib
import io
import os
import resource
import signal
import sys
from collections.abc import Iterator
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ganlib.cli import run_command

SECONDS = 60  # of one example at most, on a busy machine
RARELY = 15
BYTES = 512 * 2**20  # by which one example may raise the process's peak memory

# Values of an untrusted JSON file or question
HOSTILE_TEXTS = [
    "",
    " ",
    "\0",
    "\n",
    "\x1b[2J",
    "\ud800",
    "../..",
    "~",
    "/",
    "💥",
    "<script>alert(1)</script>",
    "{}",
    "%s",
    "nan",
    "x" * 5000,
    "٣",
]
HOSTILE_NUMBERS = [
    0, -1, 1, 2, 64, 255, 2**31, 2**53, 2**63, -(2**63), 10**30, 10**400, -0.0, 0.5, 1e-320, 1e300, float("inf"), float("nan"),
]  # fmt: skip
scalars = (
    st.none() | st.booleans() | st.sampled_from(HOSTILE_NUMBERS) | st.sampled_from(HOSTILE_TEXTS) | st.integers() | st.floats()
    | st.text(st.characters(), max_size=12)
)  # fmt: skip
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5), max_leaves=12
)


def fuzzed(few, many, **strategies):
    """Makes a test of `check(place, ...)`: `place` is the fixture of this name, the other arguments come from `strategies`.
    `place.thorough` is true for a few examples of a campaign, which may take longer."""

    def decorate(check):
        @pytest.mark.parametrize("examples", [few, pytest.param(many, marks=[pytest.mark.campaign, pytest.mark.slow])])
        def test(examples, place):
            @settings(
                max_examples=examples, derandomize=examples == few, deadline=None, database=None,
                suppress_health_check=list(HealthCheck), print_blob=True,
            )  # fmt: skip
            @given(rare=st.integers(0, RARELY), **strategies)
            def holds(rare, **values):
                place.thorough = examples == many and rare == 1
                with bounded():
                    check(place, **values)

            holds()

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return decorate


@contextlib.contextmanager
def bounded() -> Iterator[None]:
    """Raises if the block takes too much time or memory."""

    def late(*_):
        raise AssertionError(f"it hangs: more than {SECONDS} seconds")

    before, handler = _most_bytes(), signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
    assert _most_bytes() - before < BYTES, "it takes too much memory"


def _most_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def command(main, arguments):
    """Runs a command as a shell would; returns its exit code, stdout and stderr. A traceback raises."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    err.reconfigure(errors="backslashreplace")  # Python's default
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            run_command(partial(main, arguments))
        except SystemExit as ending:
            code = ending.code or 0
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())
    return code, *texts


def as_argument(text):
    """Returns `text` as a shell could pass it: bytes without a zero byte."""
    return os.fsdecode(text.replace("\0", "").encode("utf-8", "surrogatepass"))


@st.composite
def mutations(draw, document, texts=scalars):
    """A JSON document in which one to three values are replaced, removed or inserted."""
    document = draw(st.just(document).map(_copied))
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(document))
        holder, key = draw(st.sampled_from(places))
        match draw(st.sampled_from(["replace", "replace", "take out", "put in"])):
            case "replace":
                holder[key] = draw(texts | anything)
            case "take out":
                del holder[key]
            case "put in" if isinstance(holder, dict):
                holder[draw(st.text(max_size=8) | st.sampled_from(HOSTILE_TEXTS))] = draw(texts | anything)
            case _:
                holder.insert(key, draw(texts | anything))
        if not list(_places(document)):
            break
    return document


def _copied(document):
    if isinstance(document, dict):
        return {key: _copied(value) for key, value in document.items()}
    return [_copied(value) for value in document] if isinstance(document, list) else document


def _places(document):
    """Every (dictionary or list, key) in a document."""
    for key in list(document) if isinstance(document, dict) else range(len(document)):
        yield document, key
        if isinstance(document[key], dict | list):
            yield from _places(document[key])
