"""GANs for small pictures: networks, losses, data, a trainer, and the runs that it writes.

Importing the package is cheap; import each subpackage by name, as in `from ganlib import runs`.
"""


class UserError(Exception):
    """An error in the user's input: one sentence that names the input and the remedy.

    Commands print it and exit with code 2; the page shows it as a message.
    """
