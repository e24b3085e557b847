"""The page's scripts as a browser gets them: the modules of static/ joined into one, whose name changes with any of them, so
that browsers keep it for good."""

import functools
import gzip
import hashlib
import json
from dataclasses import dataclass

from studio import words
from studio.browser.module_bundle import joined
from studio.browser.onnxruntime_web import OnnxRuntimeWeb
from studio.static_files import STATIC

FOLDER = "gradio_api/studio/page"  # as seen from the page's own address
MAIN = "page/main.js"  # imports all others


@dataclass(frozen=True)
class PageScript:
    """The script, as it is and compressed by gzip."""

    content: bytes
    packed: bytes
    digest: str

    @property
    def name(self) -> str:
        """What the file is called, of which another version has another name."""
        return f"{self.digest}.js"

    @property
    def path(self) -> str:
        """Where it is, as seen from the page's own address."""
        return f"{FOLDER}/{self.name}"


@functools.cache
def page_script(runtime: OnnxRuntimeWeb | None = None) -> PageScript:
    """The script of this process, which doesn't change while it runs."""
    content = joined(modules(runtime), MAIN).encode()
    return PageScript(content, gzip.compress(content, mtime=0), hashlib.sha256(content).hexdigest()[:16])


def modules(runtime: OnnxRuntimeWeb | None = None) -> dict[str, str]:
    """The text of each module by its path in static/. Three of them are written here: the table of words, where `runtime` is,
    and what the tabs' parts.js name, by the tabs' folders."""
    texts = {path.relative_to(STATIC).as_posix(): path.read_text(encoding="utf-8") for path in STATIC.glob("*/*.js")}
    texts["page/words.js"] = _constant("WORDS", words.table())
    texts["page/runtime.js"] = _constant("RUNTIME", runtime.files() if runtime else None)
    tabs = [name.partition("/")[0] for name in sorted(texts) if name.endswith("/parts.js")]
    texts["page/parts.js"] = "".join(f'export * as {tab} from "../{tab}/parts.js";\n' for tab in tabs)
    return texts


def _constant(name: str, value: object) -> str:
    return f"export const {name} = {json.dumps(value, ensure_ascii=False)};\n"
