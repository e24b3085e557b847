"""Tests that Gradio writes stub files when imported alone, and none when the app is imported, which leaves out pandas too."""

import subprocess
import sys

import pytest
from serving import ROOT

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("first", "written"), [("gradio", True), ("studio.server", False)])
def test_a_component_gets_a_stub_file(first, written, tmp_path):
    (tmp_path / "mine.py").write_text("from gradio.components import Textbox\n\n\nclass Mine(Textbox):\n    pass\n")
    code = f"import sys; sys.path.append({str(tmp_path)!r}); import {first}, mine; mine.Mine()"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=120)
    assert (tmp_path / "mine.pyi").exists() == written


LATE = """
import sys, studio.server
from concurrent.futures import ThreadPoolExecutor

import pandas
files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]  # as inspect.getmodule does
print("pandas.core" in sys.modules)
with ThreadPoolExecutor(8) as threads:
    print(sum(threads.map(lambda number: int(pandas.DataFrame({"a": [number]}).a.sum()), range(8))))
print(hasattr(pandas, "Series"), hasattr(pandas, "no_such_name"))
"""


def test_pandas_is_imported_when_something_looks_into_it():
    done = subprocess.run([sys.executable, "-c", LATE], cwd=ROOT, check=True, timeout=120, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "28", "True", "False"]
