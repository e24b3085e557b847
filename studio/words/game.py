"""The words of the chapter game."""

WORDS: dict[str, tuple[str, str]] = {}
