"""Decodes the names in a .zip that doesn't say its encoding, as Windows writes them in the code page of its language."""

import re
import struct
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Sequence
from zipfile import ZipInfo

UTF_8 = 0x800  # the flag of a name in UTF-8
UNICODE_PATH = 0x7075  # the extra field of a name in UTF-8
MOST_NAMES = 2_000  # that the encoding is chosen by


def _of_level(first: int, last: int, codec: str) -> Callable[[str], bool]:
    """Whether a character is among those of everyday use, which stand first in the double-byte codes of East Asia."""
    return lambda one: first <= int.from_bytes(one.encode(codec), "big") <= last


def _is_kana_or_common(one: str) -> bool:
    return 0x829F <= int.from_bytes(one.encode("cp932"), "big") <= 0x9872


def _of_script(script: str) -> Callable[[str], bool]:
    return lambda one: unicodedata.name(one, "").startswith(script)


# The code pages of Windows, with which characters names mostly consist of. The first that fits best is taken.
CODE_PAGES: dict[str, Callable[[str], bool]] = {
    "gb18030": _of_level(0xB0A1, 0xD7F9, "gb18030"),
    "big5": _of_level(0xA440, 0xC67E, "big5"),
    "cp932": _is_kana_or_common,
    "cp949": _of_level(0xB0A1, 0xC8FE, "cp949"),
    "cp850": _of_script("LATIN"),
    "cp852": _of_script("LATIN"),
    "cp866": _of_script("CYRILLIC"),
    "cp1251": _of_script("CYRILLIC"),
}
LATIN = ("cp850", "cp852")
# All codes of Hangul are among the everyday ones of Chinese, too, of which a third lie beyond: so many different characters
# of which none does are Korean.
KOREAN = 8
_WORD = re.compile(r"[A-Za-z\u0080-\U0010ffff]+")


def names_of(members: Sequence[ZipInfo]) -> list[str]:
    """Returns the names of members, with slashes. Those that don't say their encoding are decoded alike: as UTF-8 if all are,
    else in the code page in which they read best."""
    raw = [None if member.flag_bits & UTF_8 else member.orig_filename.encode("cp437") for member in members]
    unsaid = {name for name in raw if name is not None and not name.isascii()}
    encoding = _encoding(sorted(unsaid)[:MOST_NAMES]) if unsaid else "ascii"
    names = []
    for member, name in zip(members, raw, strict=True):
        said = member.filename if name is None else _unicode_path(member, name) or name.decode(encoding, "replace")
        names.append(said.replace("\\", "/"))
    return names


def _encoding(names: Sequence[bytes]) -> str:
    text = b"/".join(names)
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return _page_of(text)
    return "utf-8"


def _page_of(text: bytes) -> str:
    """Returns the code page in which names read best.

    Pages of two bytes take the letter after an accent into a character of theirs, which then stands beside plain letters: where
    a Latin page fits throughout, it is taken, unless another does without that.
    """
    best = max(CODE_PAGES, key=lambda page: _fit(text, page))
    latin = next((page for page in LATIN if _fit(text, page) == 1), best)
    if best != latin and _fit(text, best, alone=True) < 1:
        return latin
    is_korean = best == "gb18030" and _fit(text, "cp949") == 1 and len(set(_beyond(text.decode("cp949")))) >= KOREAN
    return "cp949" if is_korean else best


def _beyond(text: str) -> Iterator[str]:
    return (one for one in text if not one.isascii())


def _fit(text: bytes, page: str, alone: bool = False) -> float:
    """Returns the share of characters beyond ASCII that are common in a code page's language, in a word with plain letters in a
    Latin page, and only in one without if they must be `alone`; -1 where it doesn't decode."""
    try:
        found = [
            CODE_PAGES[page](one) and (_is_plain(word) if page in LATIN else not (alone and _is_plain(word)))
            for word in _WORD.findall(text.decode(page))
            for one in _beyond(word)
        ]
        return sum(found) / len(found)
    except (UnicodeError, ZeroDivisionError):
        return -1


def _is_plain(word: str) -> bool:
    """Whether a word has plain letters, none of which begins another word."""
    return any(map(str.isascii, word)) and not re.search(r"[\u00df-\u024f][A-Z]", word)


def _unicode_path(member: ZipInfo, raw: bytes) -> str | None:
    """Returns the name in Info-ZIP's extra field, which WinRAR and 7-Zip write; None without one, or with another name's."""
    extra = member.extra
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        content, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == UNICODE_PATH and len(content) > 5 and struct.unpack("<I", content[1:5])[0] == zlib.crc32(raw):
            return content[5:].decode("utf-8", "replace")
    return None
