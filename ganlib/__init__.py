"""GANs for small pictures: networks, losses, data, one trainer, and the runs it leaves behind.

Importing the package is cheap; each room is imported by its name, as in `from ganlib import runs`.
"""


class UserError(Exception):
    """A mistake of the user's, told in one sentence that names the input and the remedy.

    Commands print it and end with code 2; the page shows it as a message.
    """
