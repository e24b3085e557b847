"""Makes Gradio start in half the time: keeps it from parsing its components' source and writing stub files for type checkers,
from filling in the documentation of each listener, from importing what the page doesn't use, from building its routes thrice.

Must be imported before Gradio; the folder's `__init__` does."""

import sys
from collections.abc import Callable
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any

from ganlib import imports

LATE = "pandas"  # of tables and plots
LATE_FUNCTIONS = {  # by their modules: what Gradio's `__init__` passes on, and the command line of its HTTP client
    "gradio.cli": ["deploy"],
    "gradio.external": ["load", "load_chat", "load_openapi"],
    "gradio.ipython_ext": ["load_ipython_extension"],
    "gradio.workflow": ["Workflow"],
    "httpx._main": ["main"],
}


def _idle(function: Callable) -> Callable:
    """Returns what takes the same arguments and does nothing."""
    return lambda *values, **named: None


def _never(question: Any) -> property:
    return property(lambda page: False)


def _only_with(package: str) -> Callable[[Callable], Callable]:
    """For a check that imports `package` to answer whether it is in use: no, unless something else has imported it."""
    return lambda check: lambda *values: package in sys.modules and check(*values)


def _at_launch(create: Callable) -> Callable:
    """For what builds all routes when a page is begun, when it is complete, and when it is launched: the last of them stay."""
    return lambda page, **settings: create(page, **settings) if settings.keys() != {"mcp_server"} else None


# Replaced functions by their modules and names.
REPLACED: dict[str, dict[str, Callable[[Any], Any]]] = {
    "fastapi._compat.shared": {"is_pydantic_v1_model_class": _only_with("pydantic.v1")},
    "gradio.blocks": {"Blocks._is_running_in_reload_thread": _never},  # imports Gradio's command line
    "gradio.component_meta": {"create_or_modify_pyi": _idle},
    "gradio.events": {"EventListener.set_doc": _idle},
    "gradio.routes": {"App.create_app": _at_launch},
    "gradio.utils": {"colab_check": _only_with("IPython"), "ipython_check": _only_with("IPython")},
}


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        for path, replace in REPLACED[module.__name__].items():
            place, name = _place(module, path)
            if hasattr(place, name):
                setattr(place, name, replace(getattr(place, name)))


def _place(module: ModuleType, path: str) -> tuple[Any, str]:
    """Returns the object that has the last name of a dotted path, and that name."""
    place: Any = module
    *outer, name = path.split(".")
    for each in outer:
        place = getattr(place, each, None)
    return place, name


class _Finder(MetaPathFinder):
    def find_spec(self, name: str, path=None, target=None) -> ModuleSpec | None:
        if name not in REPLACED:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(name, spec.loader.path)
        return spec


sys.meta_path.insert(0, _Finder())
imports.late(LATE)
imports.late_functions(LATE_FUNCTIONS)
