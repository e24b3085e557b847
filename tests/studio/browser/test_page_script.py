"""Tests the page's modules: imports are complete and acyclic, and all are in the page, joined into one file."""

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import brotli
import pytest

from studio.browser.module_bundle import exports, imports, reached
from studio.browser.onnxruntime_web import OnnxRuntimeWeb
from studio.browser.page_script import LATER, MAIN, PACKERS, modules, page_script
from studio.words import LANGUAGES, WORDS

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def texts():
    return modules()


def test_what_is_imported_is_exported(texts):
    for name, text in texts.items():
        for place, names in imports(name, text).items():
            assert set(names) <= set(exports(texts[place])), (name, place)


def test_every_script_is_in_the_page(texts):
    assert reached(texts, LATER) == texts.keys() > reached(texts, MAIN)


def test_the_first_script_has_what_the_page_opens_with_alone(texts):
    first = reached(texts, MAIN)
    assert {"generate/explorer.js", "generate/cells.js", "train/training.js"} <= first
    assert not first & {
        "page/worker.js",
        "generate/parts.js",
        "inversion/solver.js",
        "epochs/epochs.js",
        "learn/parts.js",
        "train/parts.js",
    }
    assert len(page_script().packed("br")) < 0.4 * len(page_script().later.packed("br"))


def test_words_are_in_one_script_each(texts):
    tables = [json.loads(texts[f"page/{name}.js"].partition(" = ")[2].rstrip(";\n")) for name in ("words", "later_words")]
    for speech in LANGUAGES:
        first, later = (table[speech].keys() for table in tables)
        assert not first & later and first | later == WORDS.keys()
        assert {"caption", "train_title_running"} <= first and {"lesson_lead", "upload_drop"} <= later


def test_a_script_names_others_by_its_imports_alone(texts):
    """`studio` is the export of studio.js; no file uses an attribute that another one adds to it."""
    assert [name for name, text in texts.items() if "window.studio" in text] == [MAIN]
    own = set(re.findall(r"\w+", re.search(r"\n  return \{(.+?)\n  \};", texts["page/studio.js"], re.DOTALL)[1]))
    for name, text in texts.items():
        code = "\n".join(line.split("//")[0] for line in text.splitlines() if not line.startswith("import"))
        assert set(re.findall(r"\bstudio\.(\w+)", code)) <= own, name


def test_the_file_holds_every_module_after_those_that_it_imports(texts):
    content = "\n" + page_script().content.decode() + page_script().later.content.decode()
    assert not re.search(r"^import |^export (?!const (all|begin) = )", content, re.MULTILINE)
    places = {name: content.index(f"\nconst {name.removesuffix('.js').replace('/', '_')} = (() => {{") for name in texts}
    for name in places:
        assert all(places[other] < places[name] for other in imports(name, texts[name])), name


def test_the_file_is_named_anew_when_it_changes():
    assert page_script().path == page_script(None).path != page_script(OnnxRuntimeWeb()).path


@pytest.mark.slow
def test_its_name_is_the_same_after_a_restart():
    """Browsers keep it by its name, and a set's order differs from process to process."""
    told = "from studio.browser.page_script import page_script; print(page_script().name, page_script().later.name)"
    names = {
        subprocess.run(
            [sys.executable, "-c", told],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            check=True,
            stdout=subprocess.PIPE,
        ).stdout
        for seed in "123"
    }
    assert len(names) == 1


def test_it_is_compressed_once():
    script = page_script()
    packed = {name: script.packed(name) for name in PACKERS}
    assert gzip.decompress(packed["gzip"]) == brotli.decompress(packed["br"]) == script.content
    assert script.packed("br") is packed["br"]
    assert list(packed) == sorted(packed, key=lambda name: len(packed[name]))
    assert len(packed["gzip"]) < 0.4 * len(script.content)
