"""Tests that a command's imports are not searched for garbage, and that what it makes afterwards is."""

import gc
import signal
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

from ganlib import imports, interrupts

ROOT = Path(__file__).parents[2]

# Runs a command, and prints how often Python searched all objects for garbage.
COUNTED = """
import gc, runpy, sys

searched = []
gc.callbacks.append(lambda phase, about: searched.append(phase) if about["generation"] == 2 else None)
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit as exit:
    print(exit.code, len(searched), gc.isenabled(), file=sys.stderr)
"""


class Cyclic:
    """Refers to itself, so that only the garbage collector frees it."""

    def __init__(self):
        self.itself = self


@pytest.fixture(autouse=True)
def _as_before():
    handler = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, handler)
    gc.enable()
    gc.unfreeze()


def collected():
    garbage = weakref.ref(Cyclic())
    gc.collect()
    return garbage() is None


def test_after_the_imports_all_is_as_usual():
    signal.signal(signal.SIGINT, signal.default_int_handler)
    imports.begin()
    assert not gc.isenabled() and signal.getsignal(signal.SIGINT) is interrupts._end
    imports.end()
    assert gc.isenabled() and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert gc.get_freeze_count() and collected()


def test_after_an_import_that_fails_too():
    with pytest.raises(ModuleNotFoundError), imports.more():
        import no_such_module  # noqa: F401
    assert gc.isenabled() and collected()


@pytest.mark.slow
def test_a_command_that_imports_torch_is_not_searched():
    command = [sys.executable, "-c", COUNTED, "train.py", "--list-recipes"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={"PYTHONPATH": str(ROOT)})
    assert done.stderr.split() == ["0", "0", "True"]


def test_a_late_module_runs_when_something_looks_into_it(tmp_path, monkeypatch):
    (tmp_path / "late_one.py").write_text("import sys\nsys.late_ones = getattr(sys, 'late_ones', 0) + 1\nvalue = 7\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", sys.meta_path.copy())
    monkeypatch.setattr(sys, "late_ones", 0, raising=False)
    imports.late("late_one")
    import late_one

    assert late_one.__file__ and sys.late_ones == 0
    assert late_one.value == 7 and sys.late_ones == 1
    with pytest.raises(AttributeError, match="late_one"):
        late_one.other  # noqa: B018
    assert sys.late_ones == 1


def test_a_late_function_may_be_imported_before_its_module_runs(tmp_path, monkeypatch):
    (tmp_path / "late_two.py").write_text(
        "import sys\nsys.late_twos = True\ndef twice(value, *, more=0):\n    return 2 * value + more\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", sys.meta_path.copy())
    monkeypatch.setattr(sys, "late_twos", False, raising=False)
    imports.late_functions({"late_two": ["twice"]})
    from late_two import twice

    assert not sys.late_twos
    assert twice(3, more=1) == 7 and sys.late_twos
    from late_two import twice as itself

    assert itself is sys.modules["late_two"].twice and itself(2) == 4
