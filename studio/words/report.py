"""The words of the chapter report."""

WORDS: dict[str, tuple[str, str]] = {}
