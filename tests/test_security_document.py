"""Tests that docs/security.md names the test of each of its lines."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
LINES = [
    line for line in (TESTS.parent / "docs/security.md").read_text().splitlines() if re.match(r"\|(?! tried| what|---)", line)
]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[2:50])
def test_every_test_that_is_named_exists(line):
    text, known = "", 0
    for name in re.findall("`([^`]+)`", line.rpartition("|")[0].rpartition("|")[2]):
        file, _, name = name.rpartition(": ") if ".py" in name and ": " in name else ("", "", name)
        if file or name.endswith(".py"):
            text, name = (TESTS / (file or name)).read_text(), name if file else ""
        assert re.search(rf"(def|class) {name}\b", text), f"{name} is not there"
        known += 1
    assert known, "no test is named"
