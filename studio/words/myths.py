"""The words of the chapter myths."""

WORDS: dict[str, tuple[str, str]] = {}
