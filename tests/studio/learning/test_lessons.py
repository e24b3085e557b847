"""Tests that the Learn tab describes every recipe completely, in both languages."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from synchronous import blocking_ask

from ganlib.adopting.sources import SOURCES
from ganlib.inspection import objective
from ganlib.networks import count_parameters
from ganlib.recipes import RECIPES
from ganlib.runs import recipe_settings
from studio.library import Library
from studio.static_files import STATIC
from studio.web.questions import Questions
from studio.words import WORDS


@pytest.fixture(scope="module")
def library(lasting_run):
    lasting_run("tiny")
    return Library(lasting_run.args[0])


@pytest.fixture(scope="module")
def ask(library):
    return blocking_ask(Questions(library))


@pytest.mark.slow
@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_is_told(ask, name):
    lesson = json.loads(json.dumps(ask({"what": "lesson", "recipe": name})))
    recipe = RECIPES[name]
    assert lesson["recipe"] == name and lesson["recipes"] == list(RECIPES)
    assert [term["key"] for term in lesson["terms"]] == [term.key for term in objective.objective(recipe)]
    for term in lesson["terms"]:
        assert term["asks"] == f"lesson_term_{term['key']}" in WORDS
        for drawn in filter(None, (term["formula"], term["textbook"])):
            assert ET.fromstring(drawn).tag.endswith("svg")
        assert term["values"] is None or len(term["values"]) == len(lesson["logits"]) == 101
        for passage, folder in zip(term["passages"], ("ganlib/objectives/losses.py", "ganlib/training/step.py"), strict=True):
            assert passage["file"] == folder
    assert lesson["step"]["g_every"] == recipe.g_every and lesson["step"]["first"] == recipe.first
    size, channels = lesson["sizes"]["image_size"], lesson["sizes"]["channels"]
    assert recipe.image_size in (None, size)
    drawing, judging = lesson["networks"]["generator"], lesson["networks"]["discriminator"]
    assert drawing["input"] == [recipe.latent_dim] and judging["input"] == [channels, size, size]
    for network in (drawing, judging):
        assert network["total"] == sum(layer["parameters"] for layer in network["layers"])
        assert {f"lesson_layer_{layer['kind']}" for layer in network["layers"]} <= WORDS.keys()
    assert f"lesson_recipe_{name.replace('-', '_')}" in WORDS


@pytest.mark.parametrize("name", SOURCES)
def test_recipes_of_adopted_runs_have_words(name):
    word = f"lesson_recipe_{name.replace('-', '_')}"
    assert WORDS[word][0] == SOURCES[name].recipe.summary
    assert f'"{name}": "{word}"' in (STATIC / "learn/lesson.js").read_text()


def test_every_setting_of_a_layer_has_words(ask):
    told = {
        key
        for name in RECIPES
        for network in ask({"what": "lesson", "recipe": name})["networks"].values()
        for layer in network["layers"]
        for key in layer["settings"]
    }
    assert {f"lesson_told_{key}".replace("told_bias", "told_no_bias") for key in told} <= WORDS.keys()
    assert told == {"kernel", "stride", "padding", "groups", "slope", "share", "eps", "bias", "spectral"}


def test_the_reports_counts_stand_in_the_tables(ask):
    totals = {
        name: [network["total"] for network in ask({"what": "lesson", "recipe": name})["networks"].values()]
        for name in ("deep-mlp", "dcgan-linear", "dcgan-96")
    }
    assert totals == {
        "deep-mlp": [14_422_672, 14_360_577],
        "dcgan-linear": [12_675_715, 11_038_081],
        "dcgan-96": [1_101_571, 695_105],
    }


def test_a_run_is_told_at_its_own_size(ask, library):
    lesson = ask({"what": "lesson", "run": "tiny"})
    entry = library.find("tiny")
    assert lesson["sizes"] == {"image_size": 28, "channels": 1, "num_classes": 3}
    generator = library.generator(entry, entry.snapshots[-1])
    assert lesson["networks"]["generator"]["total"] == count_parameters(generator)
    assert lesson["networks"]["generator"]["layers"][0]["shape"] == (8 + 3,)
    assert lesson["networks"]["generator"] != ask({"what": "lesson", "recipe": "dcgan"})["networks"]["generator"]


@pytest.mark.parametrize(
    "recipe", [None, 3, "", "no such", ["mlp"], {"name": "mlp"}, "../mlp", "mlp\0", "<b>mlp</b>", "x" * 100_000]
)
def test_a_recipe_that_is_none_is_refused_with_a_sentence(ask, recipe):
    answer = ask({"what": "lesson", "recipe": recipe})
    assert answer.keys() == {"error"} and answer["error"] == f"recipe must be one of {', '.join(RECIPES)}."


@pytest.mark.parametrize("run", ["no such", 3, ["tiny"], "../tiny"])
def test_a_run_that_is_none_is_refused_with_a_sentence(ask, run):
    assert ask({"what": "lesson", "run": run})["error"].startswith("There is no run with this name")


def test_a_run_with_other_settings_says_which(ask, lasting_run):
    run = lasting_run("set")
    recipe = recipe_settings.noted(RECIPES["digits"], [("r1", "0.5"), ("flip", "true")])
    run.save_config(replace(run.config, recipe=replace(run.config.recipe, name="digits", summary=recipe.summary)))
    assert ask({"what": "lesson", "run": "set"})["changed"] == " (r1=0.5, flip=true)"
    older = recipe.summary.replace(RECIPES["digits"].summary, "what the recipe was called in an earlier version (2015)")
    run.save_config(replace(run.config, recipe=replace(run.config.recipe, summary=older)))
    assert ask({"what": "lesson", "run": "set"})["changed"] == " (r1=0.5, flip=true)"
    assert ask({"what": "lesson", "recipe": "digits"})["changed"] == ""
