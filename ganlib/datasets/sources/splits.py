"""The usual names of splits: which folders of a set, or rows of its metadata, are for training, and which are held out."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from ganlib.datasets.image_set import NoSuchSplit
from ganlib.datasets.names import spans
from ganlib.datasets.options import HELD_OUT

ALL, TRAIN = "all", "train"
WORDS = {
    TRAIN: ("train", "training", "trn", "trainval", "训练", "訓練"),
    "test": ("test", "testing", "tst", "t10k", "测试", "測試"),
    "val": ("val", "valid", "validation", "validate", "dev", "验证", "驗證"),
    "eval": ("eval", "evaluation", "评估"),
    "holdout": ("holdout", "heldout"),
    "pred": ("pred", "predict", "prediction", "predictions", "预测"),
    "unlabeled": ("unlabeled", "unlabelled"),
}
HELD = [split for split in WORDS if split not in (TRAIN, "unlabeled")]  # the first that there is stands for HELD_OUT
_SPLIT_OF = {word: split for split, words in WORDS.items() for word in words}
_FILLING = ("seg", "set", "data", "dataset", "image", "images", "img", "imgs", "picture", "pictures", "folder", "split", "集")
_LEVELS = 3  # of folders in which splits are looked for


@dataclass(frozen=True)
class Name:
    """What a name says: its split, a key of WORDS, and the rest, which tells two folders of a split apart: A of trainA."""

    split: str
    rest: str = ""


@lru_cache(maxsize=1024)
def parsed(name: str) -> Name | None:
    """Parses the name of a folder, such as train, seg_test, Training_set, trainA, val2017 or DIV2K_train_HR; None without a
    split."""
    if name.lower() in _SPLIT_OF:
        return Name(_SPLIT_OF[name.lower()])
    name = re.sub(r"(?i)(held|hold)[-_ ]out", "holdout", name)
    pieces = [(start, end, name[start:end].lower()) for start, end in spans(name)]
    said = {_SPLIT_OF[word] for _, _, word in pieces if word in _SPLIT_OF}
    if said == {TRAIN, "val"}:
        said = {TRAIN}  # train_val: both, to train on
    if len(said) != 1:
        return None
    rest = name
    for start, end, word in reversed(pieces):
        if word in _SPLIT_OF or word in _FILLING:
            rest = rest[:start] + "\0" + rest[end:]
    rest = re.sub(r"[\W_]*\0[\W_\0]*", "_", rest).strip("_")
    return Name(said.pop(), "" if rest.isdecimal() else rest)


class Level(NamedTuple):
    """At which level of folders a set is split, and whether the rests of their names (A of trainA) are classes."""

    number: int
    rests: bool


def level_of(folders: Collection[tuple[str, ...]]) -> Level | None:
    """Returns the level at which a set is split; None where it isn't. `folders` are those of each picture, below the ones that
    all share."""
    distinct = set(folders)
    for level in range(_LEVELS):
        there = {parts[level]: parsed(parts[level]) for parts in distinct if len(parts) > level}
        apart = _rests(there.values(), True) != _rests(there.values(), False)
        if apart and all(there.values()) and _have_classes(distinct, level):
            return Level(level, rests=False)
        if _are_splits(list(there.values())) and (level == 0 or all(there.values())):
            return Level(level, rests=True)
    return None


def _have_classes(folders: Collection[tuple[str, ...]], level: int) -> bool:
    """Whether folders called after splits, such as train.X1, train.X2 and val.X, hold the same classes: several that are both
    in one for training and in one held out. A train_station and a test_tube hold none."""
    below: dict[bool, set[str]] = {True: set(), False: set()}
    for parts in folders:
        if len(parts) > level + 1 and (name := parsed(parts[level])):
            below[name.split == TRAIN].add(parts[level + 1])
    return len(below[True] & below[False]) > 1


def _rests(names: Collection[Name | None], training: bool) -> set[str]:
    """Returns the rests of the names of the splits for training, or of those that are held out."""
    return {name.rest for name in names if name and (name.split == TRAIN) == training}


def _are_splits(names: Collection[Name | None]) -> bool:
    """Whether these are the names of splits: one for training and one held out that are otherwise called alike, or several
    that are all held out; a station's folder called train is none."""
    if _rests(names, True) & _rests(names, False):
        return True
    return len(names) > 1 and all(name is not None and name.split in HELD and not name.rest for name in names)


def taken(split: str, named: Mapping[str, str | None], said: str) -> tuple[list[str], str]:
    """Returns which pictures, files or arrays of a set hold `split`, and what it is called there; all and "" without splits.

    `named` has what the split of each is called, None without one. Those without one are for training if none is called so.
    Raises NoSuchSplit, naming those that there are.
    """
    there = [name for name in dict.fromkeys(named.values()) if name]
    if split == ALL or (_is_training(split) and not there):
        return list(named), ""
    alone = _is_training(split) and len(set(named.values())) == 1  # the only split that there is
    called = there if alone else _called(there, split)
    if called:
        kind = parsed(called[0])
        return [one for one, name in named.items() if name in called], kind.split if kind and len(called) > 1 else called[0]
    rest = [one for one, name in named.items() if name is None]
    if _is_training(split) and rest:
        return rest, ""
    has = f"; it has {', '.join(there)} (--split NAME takes one, --split all everything)" if there else ""
    raise NoSuchSplit(f"{said} has no split named {split}{has or '; folders or files named train and test make splits'}.")


def _is_training(split: str) -> bool:
    name = parsed(split)
    return name is not None and name.split == TRAIN


def _called(there: Collection[str], split: str) -> list[str]:
    """Returns which of the names `there` are those of `split`."""
    if split in there:
        return [split]
    asked = parsed(split)
    for kind in HELD if split == HELD_OUT else [asked.split] if asked else []:
        if found := [one for one in there if (name := parsed(one)) and name.split == kind]:
            return found
    return []


def words(name: str) -> list[str]:
    """Returns the words of a name in lower case: x_train, xtrain and trainX have two."""
    apart = re.sub(r"^([xy])(?=train|test|val)", r"\1_", name)
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+", apart)]


def among(words: Iterable[str]) -> str | None:
    """Returns the first of the words in a name that a split is called after: train of train2."""
    plain = (word if word in _SPLIT_OF else word.rstrip("0123456789") for word in words)
    return next((word for word in plain if word in _SPLIT_OF), None)
