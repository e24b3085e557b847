"""Renders LaTeX as SVG in the page's text colour, the same on every machine."""

import functools
import html
import re

SIGN = re.compile(r"(^|[(\[{|,=])(\s*)-(?!})")  # a minus that is a sign, which would be set as wide as one between numbers
SIZE = 19  # of a formula's letters, in pixels; the page's text has 16, whose lower-case letters are as tall


@functools.lru_cache(maxsize=1024)
def svg(latex: str, inline: bool = False) -> str:
    """A formula as an SVG element that takes the colour of the text around it. `latex` is ours, never a visitor's.

    For the ear it is the LaTeX itself. An inline one stands on the line of its text.
    """
    import ziamath  # a font is read when it is imported

    formula = ziamath.Latex(SIGN.sub(r"\1\2{-}", latex), size=SIZE, inline=inline, color="currentColor")
    drawn = formula.svg()
    settings = f'class="formula" role="img" aria-label="{html.escape(latex)}"'
    if inline:
        settings += f' style="vertical-align:{formula.getyofst():.2f}px"'
    return drawn.replace("<svg ", f"<svg {settings} ", 1)
