"""Logs to Weights & Biases: online with a key (`wandb login`), else offline into the run's folder, for `wandb sync`."""

import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from ganlib import UserError
from ganlib.training.loggers.tracking import PROJECT


class WandB:
    """A run of wandb, over images seen, in `folder` while offline; it logs the load of processor, memory and GPU by itself.

    Raises UserError where the package is missing.
    """

    def __init__(self, folder: Path, id: str, name: str, config: Mapping[str, Any]):
        try:
            self._wandb: Any = importlib.import_module("wandb")
        except ImportError as error:
            raise UserError("--log-to wandb needs a package that is not here: pip install wandb.") from error
        wandb = self._wandb
        mode = None if "WANDB_MODE" in os.environ or wandb.login(prompt=False) else "offline"  # `init` would ask for a key
        self._run = wandb.init(
            project=os.environ.get("WANDB_PROJECT", PROJECT), id=id, name=name, config=dict(config), resume="allow",
            dir=folder, mode=mode, settings=wandb.Settings(console="off", silent=True, disable_git=True),
        )  # fmt: skip
        self._run.define_metric("images")
        self._run.define_metric("*", step_metric="images")

    def log(self, values: Mapping[str, Any], images: int) -> None:
        self._run.log({**values, "images": images})

    def show(self, picture: Image.Image, images: int) -> None:
        self._run.log({"grid": self._wandb.Image(picture), "images": images})

    def alert(self, title: str, text: str, serious: bool) -> None:
        levels = self._wandb.AlertLevel
        self._run.alert(title, text, level=levels.ERROR if serious else levels.WARN)

    def finish(self) -> None:
        self._run.finish()
