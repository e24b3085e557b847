"""GANs for small pictures: networks, losses, data, a trainer, and the runs that it writes.

Importing the package is cheap; import each subpackage by name, as in `from ganlib import runs`. `ganlib.register_loss` and
`ganlib.register_networks` add a loss or networks of one's own.
"""

from importlib import import_module
from typing import Any

REGISTRATION = ("register_loss", "register_networks")  # of ganlib/planning/registration.py, which imports torch


class UserError(Exception):
    """An error in the user's input: one sentence that names the input and the remedy.

    Commands print it and exit with code 2; the page shows it as a message.
    """


def __getattr__(name: str) -> Any:
    if name in REGISTRATION:
        return getattr(import_module("ganlib.planning.registration"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
