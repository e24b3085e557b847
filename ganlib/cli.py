"""Shared by all commands: argument types, exit codes (0 success, 2 user error, 130 Ctrl-C), one-line errors."""

import argparse
import csv
import errno
import io
import logging
import math
import sys
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from itertools import chain

from ganlib import UserError, imports, interrupts
from ganlib.sizes import Size, height_width, parsed

MOST = 1e9  # of epochs or minutes
MOST_SEEDS = 100_000  # in a list


def run_command(main: Callable[[], int | None]) -> None:
    """Runs `main` and exits with its code. Characters that stdout can't encode are printed as escapes."""
    imports.end()
    if isinstance(sys.stdout, io.TextIOWrapper):  # not where stdout is captured
        sys.stdout.reconfigure(errors="backslashreplace")
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        sys.exit(main())
    except UserError as error:
        _fail(str(error))
    except OSError as error:
        _fail(_os_error_text(error))
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(interrupts.CODE)


def _os_error_text(error: OSError) -> str:
    """Describes a failed file or network operation in one sentence."""
    text = f"{error.filename} can't be used ({error.strerror})" if error.filename else str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full ({error.filename or 'what was to be written'}): make room and try again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{text}; change who may write there, or name another folder."
    return f"{text}; check its name." if error.filename else f"{text}."


def options_of(parser: argparse.ArgumentParser, arguments: list[str] | None) -> argparse.Namespace:
    """Parses `arguments`, or those of this process for None. Older Pythons parse `--option=--` as a list, which is an error."""
    options = parser.parse_args(arguments)
    for name, value in vars(options).items():
        if value == [] and parser.get_default(name) != []:
            parser.error(f"--{name.replace('_', '-')} needs a value")
    return options


def _fail(sentence: str) -> None:
    """Prints `sentence` in one line, with control characters (of file names) escaped, and exits with 2."""
    line = "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in sentence)
    print(line, file=sys.stderr)
    sys.exit(2)


def positive_int(text: str) -> int:
    """Parses a whole number above 0."""
    return _checked(text, int, lambda value: 0 < value < 2**53, "a whole number above 0")


def seed(text: str) -> int:
    """Parses the seed of a random generator: a whole number from 0."""
    return _checked(text, int, lambda value: 0 <= value < 2**53, "a whole number from 0")


def seeds_list(text: str) -> tuple[int, ...]:
    """Parses seeds such as 7, 10-20 or 1,5,10-20; a range includes both ends, and a seed counts once."""
    ranges = [_seed_range(part) for part in text.split(",")]
    if (number := sum(map(len, ranges))) > MOST_SEEDS:
        raise argparse.ArgumentTypeError(f"{text!r} names {number:,} seeds; {MOST_SEEDS:,} at most")
    return tuple(dict.fromkeys(chain.from_iterable(ranges)))


def _seed_range(text: str) -> range:
    first, dash, last = text.partition("-")
    with suppress(argparse.ArgumentTypeError):
        if found := range(seed(first), seed(last if dash else first) + 1):
            return found
    raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0, or a range of them such as 10-20")


def count(text: str) -> int:
    """Parses a whole number from 0."""
    return seed(text)


def number(text: str) -> float:
    """Parses a finite number."""
    return _checked(text, float, lambda value: True, "a finite number")


def positive_float(text: str) -> float:
    """Parses a number above 0."""
    return _checked(text, float, lambda value: 0 < value <= MOST, "a number above 0")


def non_negative_float(text: str) -> float:
    """Parses a number from 0."""
    return _checked(text, float, lambda value: 0 <= value <= MOST, "a number from 0")


def duration(text: str) -> int:
    """Parses a time such as 90s, 20m, 1.5h or 2d. Returns whole seconds."""
    with suppress(ValueError, KeyError, IndexError, OverflowError):
        seconds = float(text[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[text[-1]]
        if 0 < seconds <= MOST:
            return max(1, round(seconds))
    raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 20m, 1.5h or 2d")


def image_size(text: str) -> Size:
    """Parses the size of pictures: 64, or 64x32 for 64 pixels across and 32 down."""
    with suppress(ValueError):
        size = parsed(text)
        if all(height_width(size)):
            return size
    raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 64, or 64x32 for 64 pixels across and 32 down")


def epoch_or(*words: str) -> Callable[[str], float | str]:
    """Returns a parser of an epoch or one of `words`."""
    what = f"an epoch or {' or '.join(words)}"
    return lambda text: text if text in words else _checked(text, float, lambda value: True, what)


def epochs_list(text: str) -> tuple[float, ...]:
    """Parses a list of epochs such as 1,10,20."""
    what = "a list of epochs such as 1,10,20"
    return tuple(_checked(part, float, lambda value: 0 < value <= MOST, what) for part in text.split(","))


def names_list(text: str) -> tuple[str, ...]:
    """Parses a list of names such as cat,dog or "cat, black",dog: a name that holds a comma may be quoted."""
    names: tuple[str, ...] = ()
    with suppress(csv.Error):  # a line break within
        names = tuple(name.strip() for name in next(csv.reader([text], skipinitialspace=True), ()))
    if not names or not all(names):
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of names such as cat,dog")
    return names


def names_among(known: Collection[str]) -> Callable[[str], tuple[str, ...]]:
    """Returns a parser of a list of `known` names; a repeated one counts once."""

    def parse(text: str) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(names_list(text)))
        if unknown := [name for name in names if name not in known]:
            raise argparse.ArgumentTypeError(f"{unknown[0]!r} is unknown; choose from {','.join(known)}")
        return names

    return parse


def written_names(names: Iterable[str]) -> str:
    """Writes names as `names_list` parses them."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(names)
    return line.getvalue()


def _checked(text: str, kind: type, allowed: Callable[[float], bool], what: str):
    with suppress(ValueError, OverflowError):
        value = kind(text)
        if math.isfinite(value) and allowed(value):
            return value
    raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
