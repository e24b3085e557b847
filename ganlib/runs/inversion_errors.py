"""Reads and writes inversion.json: how near a run's search comes to its own samples and to real pictures, in grey levels.

{"images": of the snapshot, "dataset", "prior", "own": [...], "real": [...], "held_out", "search": its version}; both
lists ascend.
"""

import math
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ganlib import files
from ganlib.files import DamagedFile
from ganlib.inversion.search import VERSION

FILE = "inversion.json"


@dataclass(frozen=True)
class InversionErrors:
    """The errors of one snapshot of a run."""

    images: int  # seen at the snapshot
    dataset: str  # the display name of the set that `real` is from
    prior: float
    own: list[float]  # of samples of the run
    real: list[float]  # of real pictures
    held_out: bool = True  # whether it wasn't trained on these; a set without a test part has no others
    search: int = VERSION  # the version of the search that found them

    @property
    def compared(self) -> str:
        """What the real pictures are, for sentences."""
        return "held-out pictures" if self.held_out else "training pictures"

    def odder_than(self, error: float) -> int:
        """Returns how many of 100 real pictures are nearer to their images than `error`."""
        return int(100 * np.searchsorted(self.real, error) / len(self.real))


def read(folder: Path, images: int) -> InversionErrors | None:
    """Reads those of the snapshot after `images` images in a run's folder, by today's search; None where there are none. Raises
    DamagedFile."""
    path = folder / FILE
    if not path.exists():
        return None
    value = files.read_json(path)
    lists = [value.get(name) for name in ("own", "real")] if isinstance(value, dict) else [None]
    if not all(isinstance(errors, list) and errors and all(map(_is_error, errors)) for errors in lists):
        raise DamagedFile(path, "it holds no errors; delete it, and measure anew with python -m ganlib.project --scores")
    try:
        found = InversionErrors(**({"search": 1} | value))  # files of the first search don't tell
    except TypeError as error:
        raise DamagedFile(path, "it has unknown entries; delete it") from error
    return found if (found.images, found.search) == (images, VERSION) else None


def write(folder: Path, errors: InversionErrors) -> None:
    """Writes the errors, sorted, to a hundredth of a level."""
    value = asdict(errors)
    files.write_json(
        folder / FILE, value | {name: sorted(round(error, 2) for error in value[name]) for name in ("own", "real")}
    )


def _is_error(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
