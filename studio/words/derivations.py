"""The words of the chapter derivations."""

WORDS: dict[str, tuple[str, str]] = {}
