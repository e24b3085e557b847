"""The usual names of splits: which folders or files of a set are for training, and which are held out."""

import re
from collections.abc import Iterable, Mapping

from ganlib.datasets.image_set import NoSuchSplit
from ganlib.datasets.options import HELD_OUT

TRAIN = ("train", "training", "trn")
HELD = (
    "test",
    "testing",
    "tst",
    "t10k",
    "val",
    "valid",
    "validation",
    "dev",
    "eval",
    "evaluation",
    "pred",
    "predict",
    "holdout",
)
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


def words(name: str) -> list[str]:
    """Returns the words of a name in lower case: x_train, xtrain and trainX have two."""
    apart = re.sub(r"^([xy])(?=train|test|val)", r"\1_", name)
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+", apart)]


def among(words: Iterable[str]) -> str | None:
    """Returns the first of the words in a name that a split is called after."""
    return next((word for word in words if split_of(word)), None)


def taken(split: str, named: Mapping[str, str | None], said: str) -> tuple[list[str], str]:
    """Returns which files or arrays of a set hold `split`, and its name there.

    `named` has the split in the name of each, None without one. Those without one are for training where none is called so.
    Raises NoSuchSplit.
    """
    if split == "all":
        return list(named), ""
    if split in TRAIN and len(set(named.values())) == 1:  # all there is
        only = next(iter(named.values()))
        return list(named), only if only and split_of(only) in HELD else ""
    for plain in (split.lower(), *(TRAIN if split in TRAIN else HELD if split == HELD_OUT else ())):
        for there in dict.fromkeys(named.values()):
            if there is not None and plain in (there.lower(), split_of(there)):
                return [name for name, other in named.items() if other == there], there
    rest = [name for name, there in named.items() if there is None or split_of(there) not in HELD]
    if split in TRAIN and rest:
        return rest, ""
    known = sorted({word for word in named.values() if word})
    has = f"; it has {', '.join(known)} (--split NAME takes one)" if known else ""
    raise NoSuchSplit(f"{said} has no split named {split}{has}.")
