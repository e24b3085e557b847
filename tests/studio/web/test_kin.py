"""Tests which runs the page may blend with a run."""

import shutil
from dataclasses import replace

import pytest

from ganlib import UserError
from ganlib.runs.run import Run
from studio.library import Library
from studio.web.kin import Kin


def test_runs_of_the_lineage_and_graph_with_weights(checkpoints, make_run):
    make_run("tiny")
    first = Run.open(checkpoints / "tiny")
    for name, changes in (
        ("child", {"parent": "tiny", "parent_lineage": first.config.lineage}),
        ("stranger", {"seed": first.config.seed + 1}),
        ("forged", {"parent_lineage": first.config.lineage, "recipe": replace(first.config.recipe, latent_dim=5)}),
    ):
        shutil.copytree(first.path, checkpoints / name)
        other = Run.open(checkpoints / name)
        other.save_config(replace(other.config, **changes))
    (checkpoints / "empty").mkdir()
    shutil.copy(first.path / "config.json", checkpoints / "empty")
    answer = Kin(Library(checkpoints)).answers()["kin"]({"run": "tiny"})
    assert {one["run"] for one in answer["runs"]} == {"tiny", "child"}
    assert [moment["images"] for moment in answer["runs"][0]["moments"]] == [s.images for s in first.snapshots()]
    assert next(iter(answer["layers"])) == "stem" and answer["layers"] == first.generator().named_layers()


def test_an_unknown_run(checkpoints):
    with pytest.raises(UserError, match="There is no run with this name"):
        Kin(Library(checkpoints)).answers()["kin"]({"run": "nobody"})
