"""The words in the names of folders and columns: trainA, seg_train and Training_set all say train."""

import itertools
import re
import unicodedata
from collections.abc import Iterator

_WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])|\d+")
_JOINED = re.compile(r"(?i)(?<=[a-z])(?=(?:set|data|imgs?|images?|masks?)(?![a-z]))|(?=集)")  # trainingset, 训练集


def words(name: str) -> list[str]:
    """Returns the words of a name in lower case, split at separators, digits and capitals."""
    return [name[start:end].lower() for start, end in spans(name)]


def spans(name: str) -> Iterator[tuple[int, int]]:
    """Yields where the words of a name begin and end."""
    cuts = [match.start() for match in _JOINED.finditer(name)]
    for match in _WORD.finditer(name):
        bounds = [match.start(), *(cut for cut in cuts if match.start() < cut < match.end()), match.end()]
        yield from itertools.pairwise(bounds)


def composed(name: str) -> str:
    """Returns a name in Unicode's composed form (NFC): file systems and archives hold the same accents in several."""
    return unicodedata.normalize("NFC", name)
