"""The progress bar of a terminal or of a notebook: `tqdm`."""

import warnings

from tqdm import TqdmWarning

with warnings.catch_warnings():
    warnings.simplefilter("ignore", TqdmWarning)  # a notebook without ipywidgets has the bar of a terminal
    from tqdm.auto import tqdm

__all__ = ["tqdm"]
