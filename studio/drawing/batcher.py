"""Batches drawing requests: waiting pictures of the same snapshot are drawn in one call of its generator.

A larger batch costs less per picture, so that visitors wait less when many draw at once.
"""

import asyncio
import threading
from collections.abc import Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ganlib import latents
from ganlib.inversion.search import Found
from ganlib.sampling import BATCH, draw
from studio.client_address import current_address
from studio.drawing.downloads import Scene
from studio.drawing.fair_queue import FairQueue, Piece, Visitor
from studio.drawing.projecting import Projectors, Wish
from studio.library import Library
from studio.limits import Limits

SEARCH = 600  # pictures that are drawn in the time of a search, about
WORKERS = 2  # more would only share the same cores
PICTURE = 64 * 64  # pixels of one picture of the limit


class Batcher:
    """Draws scenes of the runs of `library`; at most `most` pictures of 64 x 64 pixels may wait. Thread-safe."""

    def __init__(self, library: Library, most: int = Limits().queued_pictures):
        self._library, self._queue, self._lock = library, FairQueue(most * PICTURE), threading.Lock()
        self._projectors = Projectors()
        self._workers = ThreadPoolExecutor(WORKERS, "drawing")

    async def images(self, scene: Scene, token: Hashable) -> np.ndarray:
        """Returns a scene's pictures, uint8 (snapshots * N, C, H, W), ordered by snapshot. The token distinguishes visitors
        who share an address.

        Raises Busy if too many pictures wait already, DamagedFile.
        """
        pieces = list(_pieces(scene))
        with self._lock:
            self._queue.put(Visitor(current_address(), token), pieces)
        for _ in pieces:
            self._workers.submit(self._draw_next)
        return np.concatenate(await asyncio.gather(*(asyncio.wrap_future(piece.drawn) for piece in pieces)))

    async def found(self, wish: Wish, token: Hashable) -> Found:
        """Returns what a search finds; it takes its turn as SEARCH pictures would. Raises as `images` does."""
        z = np.empty((SEARCH, 0), np.float32)  # counted only
        piece = Piece(wish.entry, wish.snapshot, z, None, work=lambda: self._search(wish))
        with self._lock:
            self._queue.put(Visitor(current_address(), token), [piece])
        self._workers.submit(self._draw_next)
        return await asyncio.wrap_future(piece.drawn)

    def found_now(self, wish: Wish) -> Found:
        """As `found`, in this thread, for endpoints, which wait in Gradio's queue."""
        return self._search(wish)

    def close(self) -> None:
        """Finishes the current calls and cancels the rest."""
        self._workers.shutdown(cancel_futures=True)

    def _draw_next(self) -> None:
        """Draws the next pieces, if any are left: an earlier call may have drawn several."""
        with self._lock:
            taken = self._queue.take(BATCH)
        pieces = [piece for piece in taken if piece.drawn.set_running_or_notify_cancel()]
        if not pieces:
            return
        try:
            if (work := pieces[0].work) is not None:
                pieces[0].drawn.set_result(work())
                return
            images = self._together(pieces)
        except Exception as error:
            for piece in pieces:
                piece.drawn.set_exception(error)
            return
        ends = np.cumsum([len(piece.z) for piece in pieces])
        for piece, part in zip(pieces, np.split(images, ends[:-1]), strict=True):
            piece.drawn.set_result(part)

    def _search(self, wish: Wish) -> Found:
        generator = self._library.generator(wish.entry, wish.snapshot)
        return wish.found(self._projectors.of(generator, wish.entry))

    def _together(self, pieces: list[Piece]) -> np.ndarray:
        """Draws pieces of one generator in a single call; returns their pictures in order."""
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
