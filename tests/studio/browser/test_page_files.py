"""The page's scripts as modules: each imports what it uses, none in a circle, and all of them are in the page."""

import re
from graphlib import TopologicalSorter
from posixpath import join, normpath

import pytest

from studio.browser.onnxruntime_web import OnnxRuntimeWeb
from studio.browser.page_files import MAIN, PageFiles
from studio.static_files import STATIC

IMPORTS = re.compile(r'^(?:import|export) (?:(?:\{ ([^}]+) \}|\* as \w+) from )?"(\.[^"]+)";$', re.MULTILINE)
EXPORTS = re.compile(r"^export (?:const (\w+)|\{ ([^}]+) \} from)", re.MULTILINE)


@pytest.fixture(scope="module")
def texts():
    files = PageFiles()
    names = [path.relative_to(STATIC).as_posix() for path in STATIC.glob("*/*.js")]
    names += ["page/words.js", "page/runtime.js", "page/parts.js"]
    return {name: files.file(files.version, name).content.decode() for name in names}


@pytest.fixture(scope="module")
def imports(texts):
    """The names that each file imports, by the files that they are from."""
    return {
        name: {normpath(join(name, "..", place)): names.split(", ") if names else [] for names, place in IMPORTS.findall(text)}
        for name, text in texts.items()
    }


def test_what_is_imported_is_exported(texts, imports):
    exports = {
        name: {each for one, several in EXPORTS.findall(text) for each in [one, *several.split(", ")]}
        for name, text in texts.items()
    }
    for name, places in imports.items():
        for place, names in places.items():
            assert {each.split(" as ")[0] for each in names} <= exports[place], (name, place)


def test_no_script_imports_itself_by_way_of_others(imports):
    list(TopologicalSorter({name: set(places) for name, places in imports.items()}).static_order())


def test_every_script_is_in_the_page(imports):
    reached, waiting = set(), [MAIN]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += imports[name]
    assert reached == imports.keys()


def test_a_script_names_others_by_its_imports_alone(texts):
    assert [name for name, text in texts.items() if "window.studio" in text] == [MAIN]


def test_the_folder_is_named_anew_when_a_file_changes():
    assert PageFiles().place == PageFiles().place != PageFiles(OnnxRuntimeWeb()).place


def test_another_version_has_no_files():
    files = PageFiles()
    assert files.file(files.version, MAIN) and files.file("0" * 16, MAIN) is None
