"""Every visible word of the studio, in English and Simplified Chinese, a table for each part of the page.

Python reads them for the labels of Gradio's components; the page gets the same words as JSON for everything that its own
scripts write, so that the language changes without a reload.
"""

import pkgutil
from importlib import import_module

LANGUAGES = ("en", "zh")

# The words of every file of this folder: WORDS, keys and what each says in both languages.
TABLES: dict[str, dict[str, tuple[str, str]]] = {
    file.name: import_module(f"{__name__}.{file.name}").WORDS for file in pkgutil.iter_modules(__path__)
}
WORDS = {key: said for table in TABLES.values() for key, said in table.items()}


def language(wish: object) -> str:
    """The language of the studio that suits a browser's or a visitor's wish: zh for zh-anything, else English."""
    return "zh" if isinstance(wish, str) and wish.lower().startswith("zh") else "en"


def first_known(*keys: str) -> str:
    """The first of these keys that there are words for: what is said of one thing, then of all of its kind."""
    return next(key for key in keys if key in WORDS)


def word(speech: str, key: str, **values: object) -> str:
    """The words of `key` in the language `speech`, with `values` filled in."""
    return WORDS[key][LANGUAGES.index(speech)].format(**values)


def table() -> dict[str, dict[str, str]]:
    """All words by language, as the page's scripts take them."""
    return {speech: {key: words[i] for key, words in WORDS.items()} for i, speech in enumerate(LANGUAGES)}
