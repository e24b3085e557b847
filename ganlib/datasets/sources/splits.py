"""The usual names of splits: which folders or files of a set are for training, and which are held out."""

import re
from collections.abc import Iterable

from ganlib.datasets.options import HELD_OUT

TRAIN = ("train", "training", "trn")
HELD = ("test", "testing", "tst", "val", "valid", "validation", "dev", "eval", "evaluation", "pred", "predict", "holdout")
# The first that there is stands for the test split.
_AROUND = re.compile(r"^(?:seg|set|data|dataset|images?|imgs?)[_\W]+|[_\W]+(?:seg|set|data|dataset|images?|imgs?)$")


def split_of(name: str) -> str | None:
    """Returns the split that a folder is called after, `train` for seg_train, `training` for Training_set; None for none."""
    plain = _AROUND.sub("", name.strip().lower()).removesuffix("set").rstrip("_- ")
    return plain if plain in TRAIN + HELD else None


def folder_of(split: str, names: Iterable[str]) -> str | None:
    """Returns which of the folders `names` holds `split`, a name there or a usual one; None where they are no splits: without a
    folder for training, or without another."""
    known = {name: split_of(name) for name in names}
    if not any(plain in TRAIN for plain in known.values()) or not any(plain in HELD for plain in known.values()):
        return None
    if split in known:
        return split
    wanted = TRAIN if split in TRAIN else HELD if split == HELD_OUT else (split.lower(),)
    return next((name for plain in wanted for name, found in known.items() if found == plain), "")
