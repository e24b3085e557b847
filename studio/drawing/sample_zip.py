"""Streams samples as a .zip with the files that `python -m ganlib.sample --out DIR/` writes.

Each batch goes through the drawing queue once the previous one has been sent, so that a download has no priority over other
requests, and only one batch is in memory.
"""

import asyncio
import io
import time
import zipfile
from collections import Counter
from collections.abc import AsyncIterator, Hashable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ganlib import UserError, sizes
from ganlib.runs.config import Config
from ganlib.sampling.sample_files import METADATA, SampleFiles
from ganlib.sampling.samples import Batch
from studio.client_address import current_address
from studio.drawing.batcher import Batcher
from studio.drawing.fair_queue import AGAIN, Busy
from studio.drawing.scene import Scene
from studio.library import Entry

MOST_PICTURES, MOST_PIXELS = 5_000, 5_000 * 128 * 128  # of one .zip
MOST_STREAMS, MOST_OF_ADDRESS = 16, 4  # at once
ENCODERS = 2  # threads
Drawn = tuple[Batch, np.ndarray]


class TooManyStreams(UserError):
    """Too many .zip files are being sent, to all or to one address."""

    def __init__(self):
        super().__init__("Too many .zip files are being made right now; ask again later.")


def most_pictures(config: Config) -> int:
    """Returns how many pictures of a run one .zip may hold."""
    return min(MOST_PICTURES, MOST_PIXELS // sizes.pixels(config.image_size))


class SampleZips:
    """Makes .zip files of samples that `batcher` draws."""

    def __init__(self, batcher: Batcher):
        self._batcher, self._streams = batcher, Counter[str]()
        self._encoders = ThreadPoolExecutor(ENCODERS, "encoding")

    async def begin(self, entry: Entry, made: SampleFiles, folder: str, token: Hashable) -> AsyncIterator[bytes]:
        """Draws the first batch; returns the pieces of the .zip, whose files are in its folder `folder`.

        Raises Busy, TooManyStreams, DamagedFile. Later batches wait while the queue is full.
        """
        address = current_address()
        if self._streams.total() >= MOST_STREAMS or self._streams[address] >= MOST_OF_ADDRESS:
            raise TooManyStreams
        drawn = self._drawn(entry, made, token)
        first = await anext(drawn)
        return self._pieces(made, folder, address, first, drawn)

    async def _pieces(
        self, made: SampleFiles, folder: str, address: str, first: Drawn, drawn: AsyncIterator[Drawn]
    ) -> AsyncIterator[bytes]:
        self._streams[address] += 1
        archive = ZipPieces(folder)
        try:
            yield await self._encoding(_packed, archive, made, *first)
            async for batch, images in drawn:
                yield await self._encoding(_packed, archive, made, batch, images)
            yield await self._encoding(_end, archive, made)
        finally:
            self._streams[address] -= 1
            self._streams += Counter()  # without those at zero

    async def _drawn(self, entry: Entry, made: SampleFiles, token: Hashable) -> AsyncIterator[Drawn]:
        """Yields the batches with their images, uint8 (N, C, H, W). Raises Busy at the first one only."""
        batches, samples, begun = made.samples.batches(), made.samples, False
        while batch := await self._encoding(next, batches, None):
            scene = Scene(entry, [samples.snapshot], batch.z, batch.labels, samples.truncation, [None] * len(batch.z))
            images = await (self._patiently(scene, token) if begun else self._batcher.images(scene, token))
            begun = True
            yield batch, images

    async def _patiently(self, scene: Scene, token: Hashable) -> np.ndarray:
        """Draws a scene; retries while the queue is full."""
        while True:
            try:
                return await self._batcher.images(scene, token)
            except Busy:
                await asyncio.sleep(AGAIN)

    async def _encoding(self, work, *values):
        return await asyncio.get_running_loop().run_in_executor(self._encoders, work, *values)


class ZipPieces:
    """A .zip that is written and sent in pieces; its files are in its folder `folder`."""

    def __init__(self, folder: str):
        self._folder, self._written, self._time = folder, _Tail(), time.localtime()[:6]
        self._zip = zipfile.ZipFile(self._written, "w")

    def add(self, name: str, content: bytes | str, compress: bool = False) -> None:
        member = zipfile.ZipInfo(f"{self._folder}/{name}", self._time)
        member.external_attr = 0o644 << 16
        self._zip.writestr(member, content, zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED)

    def close(self) -> None:
        """Writes the directory at the end."""
        self._zip.close()

    def taken(self) -> bytes:
        """Returns what was written since the last call."""
        return self._written.taken()


class _Tail(io.BytesIO):
    """A file that holds only the bytes not taken yet. zipfile seeks back only to the header of the current member, to write
    its size there, which some programs need."""

    gone = 0  # bytes

    def tell(self) -> int:
        return self.gone + super().tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.gone + super().seek(offset - self.gone, whence)

    def taken(self) -> bytes:
        content = self.getvalue()
        self.gone += len(content)
        super().seek(0)
        self.truncate(0)
        return content


def _packed(archive: ZipPieces, made: SampleFiles, batch: Batch, images: np.ndarray) -> bytes:
    for place, image in zip(batch.places, images, strict=True):
        archive.add(made.name(place), made.png(place, image))
    return archive.taken()


def _end(archive: ZipPieces, made: SampleFiles) -> bytes:
    archive.add(METADATA, "".join(made.metadata()), compress=True)
    archive.close()
    return archive.taken()
