"""Reads and writes units/IMAGES.safetensors: what each unit of a snapshot's stages changes in its pictures.

Of each stage two tensors: `STAGE.change`, float32 (units,), the mean change of a pixel in grey levels when the unit is turned
off, and `STAGE.heat`, uint8 (units, height, width), where: 255 is the unit's largest change. The header holds the number of
samples.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np
import torch

from ganlib import files
from ganlib.files import DamagedFile
from ganlib.networks.units import Stage
from ganlib.sizes import Size, height_width

LONGEST = 16  # fields along a heat map's side, at most
MOST = 255  # grey levels, and a heat map's largest number
FOLDER = "units"


@dataclass(frozen=True)
class Effects:
    """What the units of one stage change, measured by turning each off."""

    change: np.ndarray  # float32 (units,), mean absolute change of a pixel, in grey levels of 255
    heat: np.ndarray  # uint8 (units, rows, columns), relative to the largest change of the unit

    def ranking(self) -> np.ndarray:
        """Returns the units, those with the largest change first."""
        return np.argsort(-self.change, kind="stable")


def heat_sides(size: Size) -> tuple[int, int]:
    """Returns rows and columns of the heat maps of pictures: at most LONGEST, and fields of equal size where possible."""
    rows, columns = (ceil(side / ceil(side / LONGEST)) for side in height_width(size))
    return rows, columns


def shapes(stages: Sequence[Stage], size: Size) -> dict[str, tuple[int, ...]]:
    """Returns the shapes of a file's tensors."""
    changes: dict[str, tuple[int, ...]] = {f"{stage.name}.change": (stage.units,) for stage in stages}
    return changes | {f"{stage.name}.heat": (stage.units, *heat_sides(size)) for stage in stages}


def write(path: Path, effects: Mapping[str, Effects], samples: int) -> None:
    """Writes the effects by stage, measured with so many samples."""
    tensors = {f"{name}.change": torch.from_numpy(found.change) for name, found in effects.items()}
    tensors |= {f"{name}.heat": torch.from_numpy(found.heat) for name, found in effects.items()}
    files.write_tensors(path, tensors, {"samples": samples})


def read(path: Path, stages: Sequence[Stage], size: Size) -> tuple[dict[str, Effects], int]:
    """Reads the effects by stage and the number of samples. Raises DamagedFile, before it allocates memory, unless the tensors
    are those of these stages."""
    try:
        tensors, settings = files.read_tensors(path, shapes(stages, size))
        found = {
            stage.name: Effects(tensors[f"{stage.name}.change"].numpy(), tensors[f"{stage.name}.heat"].numpy())
            for stage in stages
        }
        samples = settings.get("samples")
        if type(samples) is not int or samples < 1 or not all(map(_valid, found.values())):
            raise DamagedFile(path, "its numbers are no changes in grey levels")
    except DamagedFile as error:
        raise DamagedFile(path, f"{error.reason}; delete it, and measure anew with python -m ganlib.units") from error
    return found, samples


def _valid(effects: Effects) -> bool:
    kinds = effects.change.dtype == np.float32 and effects.heat.dtype == np.uint8
    return kinds and bool(np.all((effects.change >= 0) & (effects.change <= MOST)))  # NaN is neither
