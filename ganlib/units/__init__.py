"""The command that ranks a generator's units by what they change in its pictures: `python -m ganlib.units`."""
