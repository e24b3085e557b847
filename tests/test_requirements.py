"""Tests requirements.txt, requirements-dev.txt and requirements.lock: version bounds, and the tested pins."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]


def lines(name):
    found = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in found if line and not line.startswith(("#", "-r"))]


BOUNDS = {line: Requirement(line) for name in ("requirements.txt", "requirements-dev.txt") for line in lines(name)}
LOCKED = {canonicalize_name(Requirement(line).name): line for line in lines("requirements.lock")}


def pin_of(name):
    """Returns a package's version in the lock file."""
    (pin,) = Requirement(LOCKED[canonicalize_name(name)]).specifier
    return Version(pin.version)


@pytest.mark.parametrize("line", BOUNDS)
def test_the_lock_keeps_the_bounds(line):
    assert BOUNDS[line].specifier.contains(pin_of(BOUNDS[line].name), prereleases=True)


def test_the_lock_pins_every_package_and_names_no_place():
    for line in LOCKED.values():
        assert re.fullmatch(r"[a-z0-9-]+==[0-9][\w.+]*( ; [^/@]+)?", line), line
    assert len(LOCKED) == len(lines("requirements.lock"))
    assert not re.search(r"://|index-url|find-links", (ROOT / "requirements.lock").read_text())


@pytest.mark.parametrize("readme", ["README.md", "docs/README.zh-CN.md"])
def test_the_command_that_made_the_lock_stands_in(readme):
    header = re.search(r"^#\s+(uv pip compile .*)$", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert header.group(1) in (ROOT / readme).read_text(encoding="utf-8")


def test_gradio_is_capped_below_the_next_minor_version():
    (bound,) = [each for each in BOUNDS.values() if each.name == "gradio"]
    tested = pin_of("gradio")
    assert tested.base_version in bound.specifier
    assert f"{tested.major}.{tested.minor}.999" in bound.specifier
    assert f"{tested.major}.{tested.minor + 1}.0" not in bound.specifier


def test_the_space_gets_the_gradio_that_was_tested():
    front = (ROOT / "README.md").read_text(encoding="utf-8").split("---")[1]
    assert re.search(r"^sdk_version: (.+)$", front, re.MULTILINE).group(1) == str(pin_of("gradio"))


def test_the_tests_run_with_a_gradio_within_the_bounds():
    (bound,) = [each for each in BOUNDS.values() if each.name == "gradio"]
    assert version("gradio") in bound.specifier
