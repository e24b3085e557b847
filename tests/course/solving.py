"""Runs the cells of a lab, solved or blank, without a notebook."""

from course import source
from course.source import Code

IMPORTS = "import numpy as np\nimport torch\nfrom torch import nn\nfrom torch.nn.functional import softplus\n"


def answers(lab, solved=True):
    """Returns the names of a lab after its cells other than experiments have run."""
    names = {}
    for cell in source.read(lab):
        if isinstance(cell, Code) and cell.kind != "experiment":
            exec(cell.text(0, solved), names)
    return names


def answer(text, name):
    """Returns what a student's cell defines."""
    names = {}
    exec(IMPORTS + text, names)
    return names[name]
