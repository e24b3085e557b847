"""The page's scripts: the modules of static/ bundled into two files, named by hashes so that browsers cache them permanently.

The first holds what the page opens with. The second has the rest: the parts of all tabs, the style of the other ones, and what
draws in the browser. page/rest.js loads it once it is needed.
"""

import functools
import gzip
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

import brotli

from ganlib.sweep import files
from studio import words
from studio.browser import page_style
from studio.browser.module_bundle import continuation, continuing, joined, reached
from studio.browser.onnxruntime_web import OnnxRuntimeWeb
from studio.browser.page_style import OPENING
from studio.static_files import STATIC

FOLDER = "gradio_api/studio/page"  # relative to the page's URL
MAIN, LATER = "page/main.js", "page/later.js"  # import all others
# Words of the second script: files of studio/words/, or folders. The first has those of them that it or its templates name.
LATER_WORDS = (
    "children", "epochs", "interpolate", "learn", "mixing", "projection", "publishing", "race", "renting", "sweep", "train",
    "units", "uploads",
)  # fmt: skip
PACKERS: dict[str, Callable[[bytes], bytes]] = {  # by their names in HTTP, the one that packs best first
    "br": functools.partial(brotli.compress, quality=7),  # the highest, 11, is a tenth smaller and takes twenty times as long
    "gzip": functools.partial(gzip.compress, mtime=0),
}


@dataclass(frozen=True)
class PageScript:
    """A script, plain and compressed; `later` is the one that continues it."""

    content: bytes
    later: "PageScript | None" = None

    @functools.cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()[:16]

    @functools.cache  # noqa: B019 - the scripts live as long as the process
    def packed(self, encoding: str) -> bytes:
        """Returns the script compressed by one of PACKERS, when it is first asked for."""
        return PACKERS[encoding](self.content)

    @property
    def name(self) -> str:
        """The file name, which contains the digest."""
        return f"{self.digest}.js"

    @property
    def path(self) -> str:
        """The URL, relative to the page."""
        return f"{FOLDER}/{self.name}"

    def called(self, name: str) -> "PageScript | None":
        """Returns the script with this file name; None if neither has it."""
        return self if name == self.name else self.later.called(name) if self.later else None


@functools.cache
def page_script(runtime: OnnxRuntimeWeb | None = None) -> PageScript:
    """Returns the first script, cached for the life of this process."""
    texts = modules(runtime)
    later = PageScript(continuation(texts, LATER, MAIN).encode())
    first = joined(texts, MAIN) + continuing(texts, MAIN, f"./{later.name}")
    return PageScript(first.encode(), later)


def modules(runtime: OnnxRuntimeWeb | None = None) -> dict[str, str]:
    """Returns the text of each module by its path in static/. One is shared with the report of a sweep. Generated are the
    tables of words, the location of `runtime`, the style sheet of the other tabs, and the exports of all tabs' parts.js."""
    texts = {path.relative_to(STATIC).as_posix(): path.read_text(encoding="utf-8") for path in STATIC.glob("*/*.js")}
    texts["sweep/coordinates.js"] = files.SCRIPT.read_text(encoding="utf-8")
    texts["page/runtime.js"] = _constant("RUNTIME", runtime.files() if runtime else None)
    tabs = [name.partition("/")[0] for name in sorted(texts) if name.endswith("/parts.js")]
    texts["page/parts.js"] = "".join(f'export * as {tab} from "../{tab}/parts.js";\n' for tab in tabs)
    texts["page/later_style.js"] = _constant("LATER_STYLE", page_style.later(tabs))
    texts["page/words.js"] = texts["page/later_words.js"] = ""
    later = _later_words(texts)
    texts["page/words.js"] = _constant("WORDS", words.table(words.WORDS.keys() - later))
    texts["page/later_words.js"] = _constant("LATER_WORDS", words.table(later))
    return texts


def _later_words(texts: dict[str, str]) -> set[str]:
    """Returns the keys of words that the first script doesn't need."""
    named = "".join(texts[name] for name in reached(texts, MAIN))
    named += "".join(path.read_text(encoding="utf-8") for folder in OPENING for path in STATIC.glob(f"{folder}/*.html"))
    tables = (table for name, table in words.TABLES.items() if name.removeprefix(words.__name__).split(".")[1] in LATER_WORDS)
    return {key for table in tables for key in table} - set(re.findall(r"\w+", named))


def _constant(name: str, value: object) -> str:
    return f"export const {name} = {json.dumps(value, ensure_ascii=False)};\n"
