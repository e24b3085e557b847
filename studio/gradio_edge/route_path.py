"""Returns the path of a request as Gradio's routes see it."""

from starlette.types import Scope


def route_path(scope: Scope) -> str:
    """Returns the path without the prefix of `--root-path`, which a proxy may keep; empty if the scope has no path."""
    return scope.get("path", "").removeprefix(scope.get("root_path", ""))
