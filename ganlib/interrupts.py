"""Ends a command quietly on Ctrl-C while the command is still importing its modules.

Imports only modules that Python has already imported by then.
"""

import os
import signal

CODE = 130  # exit code of an interrupted command (128 + SIGINT)


def end_at_once() -> None:
    """From here on Ctrl-C ends the process, unless SIGINT is ignored. KeyboardInterrupt would print a traceback, or be caught
    by a package that is being imported; and there is nothing to clean up yet."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def raise_again() -> None:
    """From here on Ctrl-C raises KeyboardInterrupt, as usual."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(*_: object) -> None:
    os.write(2, b"Interrupted.\n")
    os._exit(CODE)
