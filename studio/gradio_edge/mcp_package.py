"""Checks that the package by which Gradio serves MCP is there; without it Gradio would go on without MCP and say nothing."""

import importlib

from ganlib import UserError

MODULE = "mcp.server.lowlevel.helper_types"  # what Gradio takes from the package, in its version 1


def check() -> None:
    """Raises UserError where the package is missing or another version."""
    try:
        importlib.import_module(MODULE)
    except ImportError as error:
        raise UserError('--mcp needs a package that is not here; install it with pip install "gradio[mcp]".') from error
