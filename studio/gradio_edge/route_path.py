"""Tells the path of a request as Gradio's routes know it."""

from starlette.types import Scope


def route_path(scope: Scope) -> str:
    """The path without the prefix of `--root-path`, which a proxy may have left on; empty for what is no HTTP request."""
    return scope.get("path", "").removeprefix(scope.get("root_path", ""))
