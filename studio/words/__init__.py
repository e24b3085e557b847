"""All visible text of the studio in English and Simplified Chinese, one table for each part of the page.

Python uses it for the labels of Gradio's components. The page's scripts get the same text as JSON, so that the language
changes without a reload.
"""

import pkgutil
from collections.abc import Collection
from importlib import import_module

LANGUAGES = ("en", "zh")

# WORDS of every file in this folder and in those of it: key -> (English, Chinese).
TABLES: dict[str, dict[str, tuple[str, str]]] = {
    file.name: import_module(file.name).WORDS for file in pkgutil.walk_packages(__path__, f"{__name__}.")
}
WORDS = {key: said for table in TABLES.values() for key, said in table.items()}


def language(tag: object) -> str:
    """Returns the studio's language for a language tag: zh for zh and zh-*, else en."""
    return "zh" if isinstance(tag, str) and tag.lower().startswith("zh") else "en"


def first_known(*keys: str) -> str:
    """Returns the first of these keys that has words: the specific one, then the general one."""
    return next(key for key in keys if key in WORDS)


def word(speech: str, key: str, **values: object) -> str:
    """Returns the text of `key` in the language `speech`, with `values` filled in."""
    return WORDS[key][LANGUAGES.index(speech)].format(**values)


def table(keys: Collection[str]) -> dict[str, dict[str, str]]:
    """Returns the text of these keys by language, for the page's scripts."""
    said = {key: words for key, words in WORDS.items() if key in keys}
    return {speech: {key: words[i] for key, words in said.items()} for i, speech in enumerate(LANGUAGES)}
