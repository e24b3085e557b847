"""The words of the chapter verdict."""

WORDS: dict[str, tuple[str, str]] = {}
