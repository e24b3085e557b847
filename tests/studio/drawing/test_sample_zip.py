"""Tests that a .zip of samples is drawn while it is taken, through the queue, and that at most a few are sent at once."""

import asyncio
import io
import json
import struct
import zipfile

import numpy as np
import pytest
from PIL import Image
from synchronous import run_async

from ganlib import sampling
from ganlib.sampling.sample_files import SampleFiles
from ganlib.sampling.samples import Samples
from studio.drawing.batcher import Batcher
from studio.drawing.fair_queue import Busy
from studio.drawing.sample_zip import MOST_OF_ADDRESS, SampleZips, TooManyStreams, ZipPieces, most_pictures
from studio.library import Library


@pytest.fixture(scope="module")
def library(lasting_run):
    lasting_run("tiny")
    return Library(lasting_run.args[0])


def files_of(entry, num, seed=0, folders=False):
    config = entry.run.config
    return SampleFiles(Samples(entry.shown, config, entry.snapshots[-1], (seed,), num, tuple(range(3)), 0.5), folders)


async def taken(pieces):
    return [piece async for piece in pieces]


def zipped(library, num, most=4096, **settings):
    """Returns the pieces of a .zip."""
    entry = library.find("tiny")

    async def begin():
        return await taken(
            await SampleZips(Batcher(library, most)).begin(entry, files_of(entry, num, **settings), "samples", "me")
        )

    return run_async(begin())


def test_it_holds_the_pictures_of_the_command_and_their_metadata(library):
    pieces = zipped(library, 70, seed=4)
    assert len(pieces) == 3  # two batches, and the end
    entry = library.find("tiny")
    expected, labels = sampling.images(entry.run, entry.run.generator(), 70, 4, truncation=0.5)
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.testzip() is None
        *names, last = archive.namelist()
        rows = [json.loads(line) for line in archive.read("samples/metadata.jsonl").decode().splitlines()]
        assert last == "samples/metadata.jsonl" and [f"samples/{row['file_name']}" for row in rows] == names
        assert [row["label"] for row in rows] == [entry.run.config.labels[label] for label in labels]
        for name, image in zip(names, expected, strict=True):
            with Image.open(io.BytesIO(archive.read(name))) as picture:
                assert np.abs(np.asarray(picture).astype(int) - image[0]).max() <= 1


def test_labels_may_have_folders(library):
    with zipfile.ZipFile(io.BytesIO(b"".join(zipped(library, 4, folders=True)))) as archive:
        assert archive.namelist()[:4] == [
            "samples/cat/seed0-00000.png", "samples/dog/seed0-00001.png", "samples/owl/seed0-00002.png", "samples/cat/seed0-00003.png",
        ]  # fmt: skip


def test_every_file_says_its_size_before_its_content():
    """Some programs read a .zip sequentially."""
    archive, content = ZipPieces("猫"), b""
    for name in ("a.png", "b.png"):
        archive.add(name, b"the content")
        piece = archive.taken()
        flags, _, _, crc, packed, size = struct.unpack("<HHIIII", piece[6:26])
        assert piece[:4] == b"PK\3\4" and (packed, size) == (11, 11) and crc and not flags & 8
        content += piece
    archive.close()
    with zipfile.ZipFile(io.BytesIO(content + archive.taken())) as whole:
        assert whole.namelist() == ["猫/a.png", "猫/b.png"] and whole.testzip() is None
        assert whole.infolist()[0].external_attr >> 16 == 0o644


@pytest.mark.slow
def test_it_waits_for_its_turns_while_others_fill_the_queue(library):
    """The queue holds one batch: a second visitor is asked to retry, and a .zip that has begun retries automatically."""
    entry, batcher = library.find("tiny"), Batcher(library, most=16)
    busy = []

    async def ask(token, seed):
        while True:
            try:
                return b"".join(
                    await taken(await SampleZips(batcher).begin(entry, files_of(entry, 150, seed), "samples", token))
                )
            except Busy:
                busy.append(token)
                await asyncio.sleep(0.05)

    async def all_at_once():
        return await asyncio.gather(*(ask(str(number), number) for number in range(4)))

    for _ in range(20):  # the batches of the first may be drawn before the others ask
        for content in run_async(all_at_once()):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                assert len(archive.namelist()) == 151 and archive.testzip() is None
        if busy:
            break
    assert busy


@pytest.mark.slow
def test_an_address_is_sent_a_few_at_once(library):
    entry, zips = library.find("tiny"), SampleZips(Batcher(library))

    async def several():
        streams = [await zips.begin(entry, files_of(entry, 70), "samples", "me") for _ in range(MOST_OF_ADDRESS)]
        for stream in streams:
            await anext(stream)
        with pytest.raises(TooManyStreams, match="ask again later"):
            await zips.begin(entry, files_of(entry, 70), "samples", "me")
        await streams[0].aclose()  # its visitor left
        await taken(streams[1])
        await taken(await zips.begin(entry, files_of(entry, 70), "samples", "me"))

    run_async(several())


def test_large_pictures_are_fewer(library):
    from dataclasses import replace

    config = library.find("tiny").run.config
    assert most_pictures(config) == 5000 and most_pictures(replace(config, image_size=256)) == 1250
