"""Tests that Gradio writes stub files when imported alone, and none when the app is imported."""

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
