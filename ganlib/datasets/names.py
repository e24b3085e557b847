"""Names of folders, columns and classes: their words, and their form in which they are compared."""

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


def key(name: str) -> str:
    """Returns what two names have in common that differ in their Unicode form or in spaces beside commas."""
    return re.sub(r"\s*,\s*", ",", composed(name).strip())


def composed(name: str) -> str:
    """Returns a name in Unicode's composed form (NFC): file systems and archives hold the same accents in several."""
    return unicodedata.normalize("NFC", name)
