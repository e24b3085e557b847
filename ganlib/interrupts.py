"""Ends a command quietly on Ctrl-C in the seconds in which it is still being imported.

Imports no more than what Python itself has imported by then.
"""

import os
import signal

CODE = 130  # of a command that was interrupted, as shells have it


def end_at_once() -> None:
    """From here on Ctrl-C ends the process, unless whoever started it has it ignored. An exception would end in a traceback, or
    be lost in one of the packages that are being imported; and nothing has been begun yet that would have to be tidied up."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def raise_again() -> None:
    """From here on Ctrl-C raises KeyboardInterrupt, as usual."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(*_: object) -> None:
    os.write(2, b"Interrupted.\n")
    os._exit(CODE)
