"""The routes of Gradio that a page uses."""

from gradio.routes import App


def paths_of(page):
    """The paths of all routes, those of routers in routers too."""
    return {path for route in App.create_app(page).routes for path in _paths(route)}


def _paths(route):
    inner = getattr(getattr(route, "original_router", None), "routes", None) or getattr(route, "routes", None)
    return [path for each in inner for path in _paths(each)] if inner else [getattr(route, "path", "")]
