"""The command that finds a run's named directions: `python -m ganlib.directions`."""
