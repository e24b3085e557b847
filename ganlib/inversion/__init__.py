"""Inversion: the latent whose image is nearest to a given picture. docs/inversion.md has the formulas."""

from ganlib.inversion.levenberg_marquardt import PRIOR, Goal, Search, begin, step

__all__ = ["PRIOR", "Goal", "Search", "begin", "step"]
