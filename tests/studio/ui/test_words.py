"""Tests that every word exists in both languages, and that every used word exists."""

import re
from pathlib import Path
from typing import get_args

import pytest

import studio
from ganlib.inspection import objective
from ganlib.metrics.measures import BEST, FIGURES
from ganlib.objectives.losses import LOSSES
from ganlib.objectives.schedules import SCHEDULED
from ganlib.runs.run import Snapshot
from ganlib.sweep import files as sweep_files
from ganlib.sweep import html, report
from studio import menus, words
from studio.jobs.racing import RANGES
from studio.learning.passages import PASSAGES
from studio.ui.learn import CHAPTERS, ON_LINES

FOLDER = Path(studio.__file__).parent
FIELDS = re.compile(r"\{(\w+)\}")
USES = [
    r"""word\(\w+, "(\w+)\"""",
    r"""words?\.word\("\w+", "(\w+)"\)""",
    r"""word\(language\(speech\), "(\w+)\"""",
    r"""studio\.word\("(\w+)\"""",
    r"""\bkey="(\w+)\"""",
    r"""data-(?:word|label)="(\w+)\"""",
    r"""notice\("(\w+)\"""",
    r"""Damage\("(\w+)\"""",
    r"""alt(?:: str =|=) ?"(\w+)\"""",
]


def used():
    texts = [path.read_text(encoding="utf-8") for path in FOLDER.rglob("*") if path.suffix in (".py", ".js", ".html")]
    return {key for text in texts for pattern in USES for key in re.findall(pattern, text)}


def test_both_languages_say_it_with_the_same_fields():
    fields = {key: [set(FIELDS.findall(said)) for said in both] for key, both in words.WORDS.items()}
    assert not {key for key, (english, chinese) in fields.items() if english != chinese}
    assert not {key for key, both in words.WORDS.items() if not all(said.strip() for said in both)}


def test_no_key_stands_in_two_tables():
    assert len(words.TABLES) > 10
    assert sum(map(len, words.TABLES.values())) == len(words.WORDS)


def test_every_word_that_is_used_exists():
    assert len(used()) > 30
    assert used() <= words.WORDS.keys()


def derived():
    """Returns the keys that are derived from the names of what they describe."""
    formulas = {formula.key for loss in LOSSES.values() for formula in (*loss.d_formulas, *loss.g_formulas)}
    penalties = {formula.key for formula in (objective.R1, objective.R2, objective.GRADIENT)}
    kinds = {f"on_{reads}" for reads in get_args(objective.Reads)}
    terms = {f"lesson_term_{key}" for key in {"labels_apart"} | formulas | penalties | kinds}
    lines = {f"line_{name.replace('-', '_')}" for name in LOSSES}
    figures = {f"measure_{name}" for name in [*FIGURES, *(f"by_{direction}" for direction in BEST)]}
    scheduled = {f"lesson_scheduled_{name}" for name in SCHEDULED}
    attributes = {key for key in words.WORDS if key.startswith("attribute_")}  # of what is measured of pictures
    passages = {f"{chapter}_{part}" for chapter, ways in PASSAGES.items() for part in (*ways, "lead", "remark", "try")}
    chapters = {f"chapter_{name}" for name in CHAPTERS}
    raced = {f"race_{name}" for name in RANGES}
    ways = {key for key in words.WORDS if key.startswith("yours_way_")}  # how a proposal was found, as searches.js names it
    trials = {f"sweep_{state}" for state in report.STATES.values()}
    return raced | ways | trials | terms | lines | figures | attributes | scheduled | passages | chapters


def test_every_chapter_has_its_words():
    assert tuple(PASSAGES) == ON_LINES
    assert {key for key in derived() if key.partition("_")[0] in {*PASSAGES, "chapter"}} <= words.WORDS.keys()


def test_the_report_of_a_sweep_says_the_same():
    """Both draw with one script, which takes its words from them."""
    assert set(re.findall(r'"(sweep_\w+)"', sweep_files.SCRIPT.read_text())) <= html.WORDS.keys()
    for key, said in html.WORDS.items():
        assert set(FIELDS.findall(said)) == set(FIELDS.findall(words.WORDS[key][0])), key


def test_every_word_is_used():
    files = [path for path in FOLDER.rglob("*") if path.suffix in (".py", ".js", ".html")]
    files = [sweep_files.SCRIPT, *(path for path in files if FOLDER / "words" not in path.parents)]
    said = {word for path in files for word in re.findall(r"""(?<=["'{ ])\w+(?=["'} :])""", path.read_text(encoding="utf-8"))}
    assert not words.WORDS.keys() - said - derived()


@pytest.mark.parametrize(
    ("wish", "language"),
    [("zh", "zh"), ("zh-CN", "zh"), ("ZH-tw", "zh"), ("en-GB", "en"), ("de", "en"), ("", "en"), (None, "en"), ({}, "en")],
)
def test_the_language_of_a_wish(wish, language):
    assert words.language(wish) == language


def test_moments_are_said_in_both_languages():
    moments = [Snapshot(images, images / 100, Path("x")) for images in (0, 6, 200)]
    assert [menus.moment(moment, "zh") for moment in moments] == ["未训练", "0.06 轮", "第 2 轮"]
    assert [menus.moment(moment, "en") for moment in moments] == ["untrained", "epoch 0.06", "epoch 2"]
    tuned = Snapshot(0, 0.0, Path("x"), parent="mnist")
    assert [menus.moment(tuned, speech) for speech in ("en", "zh")] == ["as mnist left it", "mnist 的原样"]
