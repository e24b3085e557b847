"""The command that draws a grid of mixed styles: `python -m ganlib.mixing`."""
