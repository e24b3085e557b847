"""Logs for TensorBoard."""

from pathlib import Path

import numpy as np
from PIL import Image

from ganlib import UserError, pictures
from ganlib.training.events import Event, GridSaved, HealthRead, Progress, SnapshotSaved


class TensorBoard:
    """Logs losses, D's mean outputs, vitals, artefacts, speed, scores and grids for TensorBoard, in `folder`, over images seen.

    Raises UserError where the package is missing.
    """

    def __init__(self, folder: Path, images: int):
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise UserError("--log-to tensorboard needs a package that is not here: pip install tensorboard.") from error
        self._writer = SummaryWriter(str(folder), purge_step=images)  # drops what a killed run wrote after its state

    def handle(self, event: Event) -> None:
        match event:
            case Progress():
                values = event.measures | event.vitals | event.artefacts | {"images_per_second": event.images_per_second}
                self._write("", values, event.images)
            case SnapshotSaved():
                self._write("scores/", event.scores, event.images)
                self._show(event.grid, event.images)
            case GridSaved():
                self._show(event.grid, event.images)
            case HealthRead():
                self._writer.add_text("health", event.reading.sentence, event.images)

    def close(self) -> None:
        self._writer.close()

    def _write(self, group: str, values: dict[str, float], images: int) -> None:
        for name, value in values.items():
            self._writer.add_scalar(f"{group}{name}", value, images)

    def _show(self, grid: Path, images: int) -> None:
        with Image.open(grid) as picture:
            self._writer.add_image("grid", np.asarray(pictures.opaque(picture)), images, dataformats="HWC")
