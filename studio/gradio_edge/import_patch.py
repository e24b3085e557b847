"""Speeds up Gradio's import by a third: keeps it from parsing its components' source and writing stub files for type checkers.
Must be imported before Gradio; the folder's `__init__` does."""

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

MODULE, WRITER = "gradio.component_meta", "create_or_modify_pyi"


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        if hasattr(module, WRITER):
            setattr(module, WRITER, _write_nothing)


class _Finder(MetaPathFinder):
    def find_spec(self, name: str, path=None, target=None) -> ModuleSpec | None:
        if name != MODULE:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(name, spec.loader.path)
        return spec


def _write_nothing(component_class: type, class_name: str, events: list) -> None:
    """Replaces Gradio's writer of stub files, and takes the same arguments."""


sys.meta_path.insert(0, _Finder())
