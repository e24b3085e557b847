"""Tests the page's modules: imports are complete and acyclic, and all are in the page, joined into one file."""

import gzip
import re

import pytest

from studio.browser.module_bundle import exports, imports
from studio.browser.onnxruntime_web import OnnxRuntimeWeb
from studio.browser.page_script import MAIN, modules, page_script


@pytest.fixture(scope="module")
def texts():
    return modules()


def test_what_is_imported_is_exported(texts):
    for name, text in texts.items():
        for place, names in imports(name, text).items():
            assert set(names) <= set(exports(texts[place])), (name, place)


def test_every_script_is_in_the_page(texts):
    reached, waiting = set(), [MAIN]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += imports(name, texts[name])
    assert reached == texts.keys()


def test_a_script_names_others_by_its_imports_alone(texts):
    """`studio` is the export of studio.js; no file uses an attribute that another one adds to it."""
    assert [name for name, text in texts.items() if "window.studio" in text] == [MAIN]
    own = set(re.findall(r"\w+", re.search(r"\n  return \{(.+?)\n  \};", texts["page/studio.js"], re.DOTALL)[1]))
    for name, text in texts.items():
        code = "\n".join(line.split("//")[0] for line in text.splitlines() if not line.startswith("import"))
        assert set(re.findall(r"\bstudio\.(\w+)", code)) <= own, name


def test_the_file_holds_every_module_after_those_that_it_imports(texts):
    content = "\n" + page_script().content.decode()
    assert not re.search(r"^import |^export (?!const all = )", content, re.MULTILINE)
    places = {name: content.index(f"\nconst {name.removesuffix('.js').replace('/', '_')} = (() => {{") for name in texts}
    for name in places:
        assert all(places[other] < places[name] for other in imports(name, texts[name])), name


def test_the_file_is_named_anew_when_it_changes():
    assert page_script().path == page_script(None).path != page_script(OnnxRuntimeWeb()).path


def test_it_is_kept_compressed():
    script = page_script()
    assert gzip.decompress(script.packed) == script.content and len(script.packed) < 0.4 * len(script.content)
