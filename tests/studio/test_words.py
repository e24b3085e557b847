"""Every word is there in both languages, and every word that is used exists."""

import re
from pathlib import Path

import pytest

import studio
from studio import menus, words

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


@pytest.mark.parametrize("key", words.WORDS)
def test_both_languages_say_it_with_the_same_fields(key):
    english, chinese = words.WORDS[key]
    assert english.strip() and chinese.strip()
    assert set(FIELDS.findall(english)) == set(FIELDS.findall(chinese))


def test_every_word_that_is_used_exists():
    assert len(used()) > 30
    assert used() <= words.WORDS.keys()


def test_every_word_is_used():
    files = [path for path in FOLDER.rglob("*") if path.suffix in (".py", ".js", ".html") and path.parent.name != "words"]
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    assert not {key for key in words.WORDS if not re.search(rf"""["'{{ ]{key}["'}} :]""", text)}


@pytest.mark.parametrize(
    ("wish", "language"),
    [("zh", "zh"), ("zh-CN", "zh"), ("ZH-tw", "zh"), ("en-GB", "en"), ("de", "en"), ("", "en"), (None, "en"), ({}, "en")],
)
def test_the_language_of_a_wish(wish, language):
    assert words.language(wish) == language


def test_moments_are_said_in_both_languages():
    assert [menus.moment(label, "zh") for label in ("untrained", "epoch 0.06", "epoch 2")] == ["未训练", "0.06 轮", "第 2 轮"]
    assert [menus.moment(label, "en") for label in ("untrained", "epoch 12")] == ["untrained", "epoch 12"]
