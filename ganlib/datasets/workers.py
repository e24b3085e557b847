"""Decodes pictures on all cores, by threads or by processes."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.context import SpawnContext, SpawnProcess
from types import ModuleType

PROCESSES_FROM = 5_000  # pictures; fewer are decoded before processes have started


def workers(pictures: int) -> Executor:
    """Returns a pool with one worker per core: processes for many pictures, since the interpreter lock limits threads."""
    if pictures < PROCESSES_FROM:
        return ThreadPoolExecutor(os.cpu_count())
    return ProcessPoolExecutor(mp_context=_Context(), initializer=_serve)


class _Process(SpawnProcess):
    def start(self) -> None:
        with _main_hidden(), _interrupts_held_back():
            super().start()


class _Context(SpawnContext):
    Process = _Process


@contextmanager
def _main_hidden() -> Iterator[None]:
    """Keeps a new process from importing the program's main module, and with it torch."""
    main, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Blocks SIGINT in processes that start here; their parent handles Ctrl-C."""
    if not hasattr(signal, "pthread_sigmask"):  # on Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve() -> None:
    """Makes a worker process end when its parent ends, for any reason."""
    threading.Thread(target=_end_with, args=(multiprocessing.parent_process(),), daemon=True).start()


def _end_with(process: multiprocessing.Process) -> None:
    process.join()
    os._exit(1)
