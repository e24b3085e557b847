"""Tests that a measure in the features that a run was trained against says so wherever it stands."""

from dataclasses import replace

import pytest
from conftest import TINY, shapes_in, untrained
from huggingface_hub import ModelCard

from ganlib import evaluate, scoring
from ganlib.metrics.measures import IN_TRAINED
from ganlib.recipes import Features
from ganlib.runs import card

TRAINED = replace(TINY, features=Features())


def run_with(path, recipe):
    run = untrained(path, recipe=recipe)
    found = {"efficientnet_distance": (3.0, 64), "feature_distance": (12.0, 64)}
    run.save_scores({"dataset": "shapes", "num": 100}, {320: found, None: found})
    return run


@pytest.mark.slow
def test_the_card_and_the_model_index(tmp_path):
    text = card.write(run_with(tmp_path / "run", TRAINED))
    (marked,) = [line for line in text.splitlines() if line.startswith("| ") and IN_TRAINED in line]
    assert "EfficientNet-Lite0" in marked
    names = {result.metric_type: result.metric_name for result in ModelCard(text).data.eval_results}
    assert {name: IN_TRAINED in said for name, said in names.items()} == {
        "efficientnet_distance": True,
        "feature_distance": False,
    }
    assert IN_TRAINED not in card.write(run_with(tmp_path / "other", TINY))


@pytest.mark.slow
def test_the_command_measures_by_others_and_marks_those_that_are_asked_for(tmp_path, capsys):
    data = str(shapes_in(tmp_path / "shapes"))
    for name, recipe in (("trained", TRAINED), ("plain", TINY)):
        run = run_with(tmp_path / name, recipe)
        assert "features" in scoring.usual(run) and "efficientnet" not in scoring.usual(run)
        evaluate.main([str(run.path), "--num", "100", "--metrics", "efficientnet,features", "--dataset", data])
        heads, *_, last = capsys.readouterr().out.splitlines()
        assert ("efficientnet_distance*" in heads.split()) == (name == "trained")
        assert "feature_distance" in heads.split() and "MobileNetV2" in last
        assert last.endswith(f"* {IN_TRAINED}, efficientnet-lite0") == (name == "trained")
