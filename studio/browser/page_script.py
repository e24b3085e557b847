"""The page's script: the modules of static/ bundled into one file, named by a hash so that browsers cache it permanently."""

import functools
import gzip
import hashlib
import json
from dataclasses import dataclass

from studio import words
from studio.browser.module_bundle import joined
from studio.browser.onnxruntime_web import OnnxRuntimeWeb
from studio.static_files import STATIC

FOLDER = "gradio_api/studio/page"  # relative to the page's URL
MAIN = "page/main.js"  # imports all others


@dataclass(frozen=True)
class PageScript:
    """The script, plain and compressed by gzip."""

    content: bytes
    packed: bytes
    digest: str

    @property
    def name(self) -> str:
        """The file name, which contains the digest."""
        return f"{self.digest}.js"

    @property
    def path(self) -> str:
        """The URL, relative to the page."""
        return f"{FOLDER}/{self.name}"


@functools.cache
def page_script(runtime: OnnxRuntimeWeb | None = None) -> PageScript:
    """Returns the script, cached for the life of this process."""
    content = joined(modules(runtime), MAIN).encode()
    return PageScript(content, gzip.compress(content, mtime=0), hashlib.sha256(content).hexdigest()[:16])


def modules(runtime: OnnxRuntimeWeb | None = None) -> dict[str, str]:
    """Returns the text of each module by its path in static/. Three are generated: the table of words, the location of
    `runtime`, and the exports of the tabs' parts.js by tab."""
    texts = {path.relative_to(STATIC).as_posix(): path.read_text(encoding="utf-8") for path in STATIC.glob("*/*.js")}
    texts["page/words.js"] = _constant("WORDS", words.table())
    texts["page/runtime.js"] = _constant("RUNTIME", runtime.files() if runtime else None)
    tabs = [name.partition("/")[0] for name in sorted(texts) if name.endswith("/parts.js")]
    texts["page/parts.js"] = "".join(f'export * as {tab} from "../{tab}/parts.js";\n' for tab in tabs)
    return texts


def _constant(name: str, value: object) -> str:
    return f"export const {name} = {json.dumps(value, ensure_ascii=False)};\n"
