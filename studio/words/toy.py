"""The words of the chapter toy."""

WORDS: dict[str, tuple[str, str]] = {}
