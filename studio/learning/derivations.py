"""Renders the topics of `docs/theory.*.md` as HTML with formulas as SVG.

The documents are GitHub Markdown with LaTeX between dollar signs. HTML in them is escaped.
"""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from ganlib import UserError
from studio import validation
from studio.learning import formulas

DOCS = Path(__file__).parents[2] / "docs"
FILES = {"en": "theory.en.md", "zh": "theory.zh-CN.md"}
# GitHub needs spaces around a formula; beside Chinese punctuation they would show as gaps.
GAPS = re.compile(r" (?=[，。、；：？！）”])|(?<=[，。、；：？！（“]) (?=[$`])")
HELD = re.compile(r"([(（“]?)(<svg .*?</svg>)([,.;:?!)，。、；：？！）”]*)", re.DOTALL)  # no line break inside


@dataclass(frozen=True)
class Topic:
    """A parsed section of a document: one `## `, or the text before the first."""

    title: str
    tokens: tuple[Token, ...]

    def html(self) -> str:
        return HELD.sub(_held, _markdown().renderer.render(self.tokens, _markdown().options, {}))


class Derivations:
    """Answers questions about the documents. Thread-safe."""

    def answers(self) -> dict[str, Callable[[dict], dict]]:
        return {"theory": self._theory}

    def _theory(self, question: dict) -> dict[str, Any]:
        """Returns a document's preface and its topics' titles; with `topic`, a number from 0, the HTML of that topic."""
        language = validation.one_of("language", question.get("language"), FILES)
        preface, *topics = read(language)
        if "topic" not in question:
            return {"preface": preface.html(), "topics": [topic.title for topic in topics]}
        number = validation.whole("topic", question["topic"], 0, len(topics) - 1)
        return {"html": _html(language, number)}


@functools.cache
def read(language: str) -> tuple[Topic, ...]:
    """Returns the preface and the topics of a document. Raises UserError if the file is missing."""
    try:
        text = (DOCS / FILES[language]).read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"The derivations can't be shown: docs/{FILES[language]} is not there.") from error
    tokens = _markdown().parse(GAPS.sub("", text))
    starts = [number for number, token in enumerate(tokens) if token.type == "heading_open"]
    topics = []
    for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True):
        topics.append(Topic(tokens[start + 1].content, tuple(tokens[start + 3 : end])))
    return tuple(topics)


@functools.cache
def _html(language: str, number: int) -> str:
    return read(language)[1 + number].html()


@functools.cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").use(dollarmath_plugin, allow_labels=False)
    markdown.add_render_rule("math_inline", lambda _, tokens, at, *__: formulas.svg(tokens[at].content, inline=True))
    markdown.add_render_rule("math_block", _display)
    markdown.add_render_rule("link_open", _outward)
    markdown.add_render_rule("table_open", lambda *_: '<div class="wide"><table>\n')
    markdown.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return markdown


def _display(_: Any, tokens: list[Token], at: int, *__: Any) -> str:
    return f'<div class="wide display">{formulas.svg(tokens[at].content.strip())}</div>\n'


def _outward(renderer: Any, tokens: list[Token], at: int, options: Any, env: Any) -> str:
    """Opens links in a new tab."""
    tokens[at].attrSet("target", "_blank")
    tokens[at].attrSet("rel", "noopener")
    return renderer.renderToken(tokens, at, options, env)


def _held(found: re.Match) -> str:
    before, formula, after = found.groups()
    return f'<span class="held">{found[0]}</span>' if before or after else formula
