"""Checks for the package that Gradio needs for MCP; Gradio would silently start without MCP if it is missing."""

import importlib

from ganlib import UserError

MODULE = "mcp.server.lowlevel.helper_types"  # imported by Gradio; part of version 1 of the package


def check() -> None:
    """Raises UserError if the package is missing or of another version."""
    try:
        importlib.import_module(MODULE)
    except ImportError as error:
        raise UserError('--mcp needs a package that is not here; install it with pip install "gradio[mcp]".') from error
