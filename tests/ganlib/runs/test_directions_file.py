"""Tests directions.json: kept by snapshot, validated when read, published, deleted by what comes before it."""

import json
import shutil
from pathlib import Path

import pytest

from ganlib.files import DamagedFile
from ganlib.hub.names import in_layout
from ganlib.runs.run import Run

SHIPPED = Path(__file__).parents[3] / "checkpoints" / "mnist-sevens"
TABLE = {"slant": {"r2": 0.8, "gradient": [0.5] * 64}}


@pytest.fixture
def run(tmp_path):
    shutil.copytree(SHIPPED, tmp_path / "run", ignore=shutil.ignore_patterns("directions.json"))
    return Run.open(tmp_path / "run")


def test_kept_by_snapshot(run):
    first, *_, last = run.snapshots()
    assert run.directions() == {}
    run.save_directions(last, TABLE)
    run.save_directions(first, {"old": TABLE["slant"]})
    run.save_directions(first, TABLE)  # replaced as a whole
    assert run.directions() == {first.path.stem: TABLE, last.path.stem: TABLE}
    run.rewind(first.images)
    assert list(run.directions()) == [first.path.stem]


def test_published_with_the_run():
    assert in_layout("directions.json")


@pytest.mark.parametrize(
    "content",
    [
        7,
        {},
        {"snapshots": {"9": TABLE}},
        {"snapshots": {"000000000": []}},
        {"snapshots": {"000000000": {"slant": {"r2": 0.8, "gradient": [0.5] * 63}}}},
        {"snapshots": {"000000000": {"slant": {"r2": "much", "gradient": [0.5] * 64}}}},
        {"snapshots": {"000000000": {"slant": {"r2": 0.8, "gradient": [float("nan")] * 64}}}},
        {"snapshots": {"000000000": {"slant": {"r2": 0.8, "gradient": [1e300] * 64}}}},
        {"snapshots": {"000000000": {"\x1b[2J": TABLE["slant"]}}},
        {"snapshots": {"000000000": {"x" * 61: TABLE["slant"]}}},
        {"snapshots": {"000000000": {str(i): TABLE["slant"] for i in range(101)}}},
    ],
)
def test_what_is_not_valid_is_refused_with_its_name_and_the_remedy(run, content):
    (run.path / "directions.json").write_text(json.dumps(content))
    with pytest.raises(DamagedFile, match=r"directions\.json .*measure anew with python -m ganlib\.directions"):
        run.directions()


def test_a_changed_number_is_noticed(run):
    run.save_directions(run.snapshots()[-1], TABLE)
    path = run.path / "directions.json"
    path.write_text(path.read_text().replace("0.8", "0.9"))
    with pytest.raises(DamagedFile, match="checksum"):
        run.directions()
