"""The page's scripts as a browser gets them: ES modules in a folder whose name changes with any of them, so that browsers keep
them for good."""

import functools
import gzip
import hashlib
import json
from dataclasses import dataclass

from studio import words
from studio.browser.module_bundle import joined
from studio.browser.onnxruntime_web import OnnxRuntimeWeb
from studio.static_files import STATIC

PLACE = "gradio_api/studio/page"  # as seen from the page's own address
MAIN = "page/main.js"  # imports all others
JAVASCRIPT = "text/javascript"


@dataclass(frozen=True)
class PageFile:
    """A file, as it is and compressed by gzip."""

    content: bytes
    packed: bytes
    kind: str  # its media type
    digest: str


class PageFiles:
    """The page's files by name, as in static/. Two of them are written here: the table of words, and where `runtime` is."""

    def __init__(self, runtime: OnnxRuntimeWeb | None = None):
        texts = {path.relative_to(STATIC).as_posix(): path.read_text(encoding="utf-8") for path in STATIC.glob("*/*.js")}
        texts["page/words.js"] = _constant("WORDS", words.table())
        texts["page/runtime.js"] = _constant("RUNTIME", runtime.files() if runtime else None)
        self._files = {MAIN: _file(joined(texts, MAIN))}
        listed = json.dumps({name: file.digest for name, file in sorted(self._files.items())})
        self.version = _digest(listed.encode())
        self.place = f"{PLACE}/{self.version}"

    def file(self, version: str, name: str) -> PageFile | None:
        """The file of this name, where this is the version that is asked for."""
        return self._files.get(name) if version == self.version else None


@functools.cache
def page_files(runtime: OnnxRuntimeWeb | None = None) -> PageFiles:
    """The files of this process, which don't change while it runs."""
    return PageFiles(runtime)


def _constant(name: str, value: object) -> str:
    return f"export const {name} = {json.dumps(value, ensure_ascii=False)};\n"


def _file(text: str) -> PageFile:
    content = text.encode()
    return PageFile(content, gzip.compress(content, mtime=0), JAVASCRIPT, _digest(content))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
