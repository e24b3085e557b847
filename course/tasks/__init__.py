"""The tasks of each lab, in the order of its notebook."""

from collections.abc import Sequence
from importlib import import_module

from course.checking import Task
from ganlib import UserError

LABS = ("first-gans", "objective", "measures", "inversion")  # in the order of the course; also the names of files in labs/


def of(lab: str) -> Sequence[Task]:
    """Returns the tasks of a lab. Raises UserError for one that doesn't exist."""
    if lab not in LABS:
        raise UserError(f"There is no lab {lab!r}; there are {', '.join(LABS)}.")
    return import_module(f"course.tasks.{lab.replace('-', '_')}").TASKS
