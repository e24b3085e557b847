"""Batches what visitors ask for: pictures that wait for the same snapshot are drawn in one call of its generator.

A call costs less a picture the more it draws, so where many ask at once, each of them waits less.
"""

import asyncio
import threading
from collections.abc import Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ganlib import latents
from ganlib.sampling import BATCH, draw
from studio.client_address import current_address
from studio.drawing.downloads import Scene
from studio.drawing.fair_queue import FairQueue, Piece, Visitor
from studio.library import Library
from studio.limits import Limits

WORKERS = 2  # more at once would only share the same cores
PICTURE = 64 * 64  # pixels of one, as the limit counts them


class Batcher:
    """Draws scenes of the runs of `library`, of which `most` pictures of 64 x 64 pixels may wait. Safe to use from several
    threads."""

    def __init__(self, library: Library, most: int = Limits().queued_pictures):
        self._library, self._queue, self._lock = library, FairQueue(most * PICTURE), threading.Lock()
        self._workers = ThreadPoolExecutor(WORKERS, "drawing")

    async def images(self, scene: Scene, token: Hashable) -> np.ndarray:
        """The pictures of a scene, uint8 (snapshots * N, C, H, W): all of the first snapshot first. The token tells visitors
        apart that ask from one address.

        Raises Busy where too many wait already, DamagedFile.
        """
        pieces = list(_pieces(scene))
        with self._lock:
            self._queue.put(Visitor(current_address(), token), pieces)
        for _ in pieces:
            self._workers.submit(self._draw_next)
        return np.concatenate(await asyncio.gather(*(asyncio.wrap_future(piece.drawn) for piece in pieces)))

    def close(self) -> None:
        """Draws nothing more than what is under way."""
        self._workers.shutdown(cancel_futures=True)

    def _draw_next(self) -> None:
        """Draws the next pieces, if they haven't been drawn with others already."""
        with self._lock:
            taken = self._queue.take(BATCH)
        pieces = [piece for piece in taken if piece.drawn.set_running_or_notify_cancel()]
        if not pieces:
            return
        try:
            images = self._together(pieces)
        except Exception as error:
            for piece in pieces:
                piece.drawn.set_exception(error)
            return
        ends = np.cumsum([len(piece.z) for piece in pieces])
        for piece, part in zip(pieces, np.split(images, ends[:-1]), strict=True):
            piece.drawn.set_result(part)

    def _together(self, pieces: list[Piece]) -> np.ndarray:
        """The pictures of pieces that join each other, one after the other."""
        first = pieces[0]
        generator = self._library.generator(first.entry, first.snapshot)
        labels = None if first.labels is None else np.concatenate([piece.labels for piece in pieces])
        return draw(generator, np.concatenate([piece.z for piece in pieces]), labels)


def _pieces(scene: Scene) -> Iterator[Piece]:
    z = latents.truncate(scene.z, scene.truncation)
    for snapshot in scene.snapshots:
        for start in range(0, len(z), BATCH):
            part = slice(start, start + BATCH)
            yield Piece(scene.entry, snapshot, z[part], None if scene.labels is None else scene.labels[part])
