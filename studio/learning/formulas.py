"""Renders LaTeX as SVG in the page's text colour, the same on every machine."""

import functools
import html
import re

SIGN = re.compile(r"(^|[(\[{|,=])(\s*)-(?!})")  # a unary minus, which ziamath would space like a binary one
SIZE = 19  # font size in pixels; its x-height matches the page's text at 16


@functools.lru_cache(maxsize=1024)
def svg(latex: str, inline: bool = False) -> str:
    """Renders a formula as an SVG element in the colour of the surrounding text. `latex` must be trusted.

    Screen readers get the LaTeX. An inline formula is aligned with the baseline.
    """
    import ziamath  # its import reads a font

    formula = ziamath.Latex(SIGN.sub(r"\1\2{-}", latex), size=SIZE, inline=inline, color="currentColor")
    drawn = formula.svg()
    settings = f'class="formula" role="img" aria-label="{html.escape(latex)}"'
    if inline:
        settings += f' style="vertical-align:{formula.getyofst():.2f}px"'
    return drawn.replace("<svg ", f"<svg {settings} ", 1)
