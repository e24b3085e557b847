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

PROCESSES_FROM = 5_000  # pictures: fewer are decoded before processes have started


def workers(pictures: int) -> Executor:
    """One for each core. Threads wait for one another where a picture is small, since the interpreter is one for all."""
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
    """A new process would import the program's main module, and with it torch, for functions that might stand there."""
    main, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """A process that starts here never sees Ctrl-C, which the one that it works for answers."""
    if not hasattr(signal, "pthread_sigmask"):  # on Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve() -> None:
    """Makes a process end with the one that it works for, however that ends."""
    threading.Thread(target=_end_with, args=(multiprocessing.parent_process(),), daemon=True).start()


def _end_with(process: multiprocessing.Process) -> None:
    process.join()
    os._exit(1)
