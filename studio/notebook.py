"""The page inside a notebook: served by the notebook's own process, so that it knows the losses and networks of its cells.

from studio import notebook

notebook.show("checkpoints")                      # goes on while further cells run
train.main(["--dataset", "mnist", "--recipe", "mine", "--out", "checkpoints/mine"])    # the page shows it grow
"""

import atexit
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from ganlib import UserError
from studio import server

HEIGHT = 900  # pixels

_served = ExitStack()


def show(checkpoints: str | Path = "checkpoints", *, height: int = HEIGHT, share: bool | None = None) -> str:
    """Serves the page for the runs in a folder, shows it below the cell, and returns its address. A second call ends the first
    page.

    Args:
        checkpoints: the folder of runs; created if it is missing.
        share: a public address through Gradio's tunnel; None: only on Colab and Kaggle, whose own addresses a browser can't
            reach.

    Raises UserError if it can't be served.
    """
    stop()
    Path(checkpoints).mkdir(parents=True, exist_ok=True)
    jobs = _served.enter_context(tempfile.TemporaryDirectory(prefix="gan-studio-jobs-", ignore_cleanup_errors=True))
    hosted = "google.colab" in sys.modules or "KAGGLE_KERNEL_RUN_TYPE" in os.environ
    shared = hosted if share is None else share
    try:
        address = _served.enter_context(server.served(server.Settings(Path(checkpoints), Path(jobs), share=shared)))
    except OSError as error:
        stop()
        raise UserError(f"The page can't be served ({error}); end another one with notebook.stop().") from error
    if "IPython" in sys.modules:
        from IPython.display import IFrame, display

        display(IFrame(address, "100%", height))
    return address


def stop() -> None:
    """Ends the page, and the trainings that were started in it."""
    _served.close()


atexit.register(stop)
