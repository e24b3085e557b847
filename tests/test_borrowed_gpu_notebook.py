"""Tests the notebook for Colab and Kaggle: it runs from a checkout without the internet, and a second time it goes on."""

import zipfile
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from ganlib.runs.run import Run

NOTEBOOK = Path(__file__).parents[1] / "docs" / "borrowed-gpu.ipynb"
LONG, SHORT = 'DATA, LENGTH = "mnist", ["--minutes", "10"]', 'DATA, LENGTH = "digits", ["--images", "{}", "--batch-size", "16"]'


@pytest.mark.slow
def test_it_runs_and_goes_on(tmp_path, monkeypatch):
    for name, value in {"PYTHONPATH": str(NOTEBOOK.parents[1]), "GANLIB_CACHE": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    book = nbformat.read(NOTEBOOK, 4)
    nbformat.validate(book)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    code[0].source = code[0].source.replace('Path("gan-studio").resolve()', f"Path({str(NOTEBOOK.parents[1])!r})")
    (training,) = [cell for cell in code if LONG in cell.source]
    training.source = training.source.replace(LONG, SHORT.format(64))
    again = nbformat.v4.new_code_cell(training.source.replace('"64", "--batch-size", "16"', '"128"'))
    book.cells.insert(book.cells.index(training) + 1, again)
    NotebookClient(book, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()

    assert [snapshot.images for snapshot in Run.open(tmp_path / "runs/mine").snapshots()][-1] == 128
    outputs = [output for cell in code for output in cell.outputs]
    assert any("image/webp" in output.get("data", {}) or "image/png" in output.get("data", {}) for output in outputs)
    assert any("http://127.0.0.1" in str(output.get("data", {}).get("text/html", "")) for output in outputs)
    assert "config.json" in zipfile.ZipFile(tmp_path / "runs/mine.zip").namelist()
