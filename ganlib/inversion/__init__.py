"""Inversion: the latent whose image is nearest to a given picture. docs/inversion.md has the formulas."""

from ganlib.inversion.levenberg_marquardt import Goal, Search, begin, step

__all__ = ["Goal", "Search", "begin", "step"]
