"""Logs to trackio: in the user's folder of it, or where TRACKIO_SPACE_ID or TRACKIO_SERVER_URL say."""

import importlib
import io
from collections.abc import Mapping
from contextlib import redirect_stdout
from typing import Any

import numpy as np
from PIL import Image

from ganlib import UserError
from ganlib.training.loggers.tracking import PROJECT


class Trackio:
    """A run of trackio, over images seen. It logs the load of processor, memory and GPU by itself where psutil and nvidia-ml-py
    are installed.

    Raises UserError where the package is missing.
    """

    def __init__(self, id: str, name: str, config: Mapping[str, Any]):
        try:
            self._trackio: Any = importlib.import_module("trackio")
        except ImportError as error:
            raise UserError("--log-to trackio needs a package that is not here: pip install trackio psutil.") from error
        self._run = self._trackio.init(PROJECT, name=f"{name}-{id}", config=dict(config), resume="allow", embed=False)

    def log(self, values: Mapping[str, Any], images: int) -> None:
        self._run.log(dict(values), step=images)

    def show(self, picture: Image.Image, images: int) -> None:
        self._run.log({"grid": self._trackio.Image(np.asarray(picture))}, step=images)

    def alert(self, title: str, text: str, serious: bool) -> None:
        levels = self._trackio.AlertLevel
        with redirect_stdout(io.StringIO()):  # it prints each alert, and the training has done so
            self._run.alert(title, text, level=levels.ERROR if serious else levels.WARN)

    def finish(self) -> None:
        self._trackio.finish()  # not the run itself: it would finish once more at the exit, and say so on stdout
