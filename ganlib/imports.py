"""Makes a command's imports faster, and ends it quietly on Ctrl-C meanwhile.

Imports are most of the time until a command does something. They create a million objects that stay, among which Python's
garbage collector would search again and again for some to free. What is needed later only can be imported `late`.
"""

import gc
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from threading import RLock
from types import ModuleType
from typing import Any

from ganlib import interrupts


def begin() -> None:
    """Call before a command's imports, and `end` after them."""
    interrupts.end_at_once()
    gc.disable()


def end() -> None:
    """Ctrl-C raises KeyboardInterrupt again, and garbage is collected again, but not among what was imported."""
    interrupts.raise_again()
    gc.freeze()
    gc.enable()


@contextmanager
def more() -> Iterator[None]:
    """The imports in its body are as fast as between `begin` and `end`."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


class _LateLoader(SourceFileLoader):
    """Runs a module when a name is looked up that it doesn't have yet. Unlike with the LazyLoader of Python 3.11, other threads
    wait for that, and a look at `__file__`, as `inspect` takes at all modules, is none; nor is one at a name of `functions`."""

    def __init__(self, name: str, path: str, functions: Collection[str]):
        super().__init__(name, path)
        self._functions = functions

    def exec_module(self, module: ModuleType) -> None:
        lock, run = RLock(), super().exec_module
        begun: list[bool] = []

        def look_up(name: str) -> Any:
            if name in self._functions and not begun:
                return lambda *values, **named: found(name)(*values, **named)
            return found(name)

        def found(name: str) -> Any:
            with lock:
                if not begun and name != "__path__":  # which each import asks for, and a package has already
                    begun.append(True)
                    run(module)
                if name in vars(module):
                    return vars(module)[name]
                if vars(module)["__getattr__"] is not look_up:  # it has one of its own
                    return vars(module)["__getattr__"](name)
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

        vars(module)["__getattr__"] = look_up


class _LateFinder(MetaPathFinder):
    def __init__(self, functions: Mapping[str, Collection[str]]):
        self._functions = functions

    def find_spec(self, name: str, path=None, target=None) -> ModuleSpec | None:
        if name not in self._functions:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _LateLoader(name, spec.loader.path, self._functions[name])
        return spec


def late(*names: str) -> None:
    """From now on these modules run when something looks into them, not when they are imported: `import a.b` or `from a import
    b` doesn't yet, `from a.b import c` does."""
    late_functions(dict.fromkeys(names, ()))


def late_functions(functions: Mapping[str, Collection[str]]) -> None:
    """As `late` for modules of whose functions or classes those named here may be imported before: what stands for them runs
    the module when it is called."""
    sys.meta_path.insert(0, _LateFinder(functions))
