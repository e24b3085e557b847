"""The words of the chapter lesson."""

WORDS: dict[str, tuple[str, str]] = {}
