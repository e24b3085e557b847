"""Speeds up the import of Gradio, which reads the source of its components and writes stub files for type checkers beside it:
a third of the time that it takes. Imported before Gradio, by the folder's `__init__`, this module has it leave them out."""

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

MODULE, WRITER = "gradio.component_meta", "create_or_modify_pyi"


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        if hasattr(module, WRITER):
            setattr(module, WRITER, _leave_out)


class _Finder(MetaPathFinder):
    def find_spec(self, name: str, path=None, target=None) -> ModuleSpec | None:
        if name != MODULE:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(name, spec.loader.path)
        return spec


def _leave_out(component: type, name: str, events: list) -> None:
    """In the place of Gradio's writer."""


sys.meta_path.insert(0, _Finder())
