"""Tests uploads: valid pictures become the network's squares, hostile files are refused with one sentence each."""

import base64
import io
import json
import os
import stat
import struct
import sys
import time
import zlib
from contextlib import closing
from pathlib import Path
from zipfile import ZipInfo

import numpy as np
import pytest
from PIL import Image
from sources import zip_of
from synchronous import blocking_ask
from uploading import ANNA, Sender, file_of, photo

from ganlib import UserError, datasets
from ganlib.datasets.decoding import Preparation, prepare
from ganlib.runs.run import Run
from studio.jobs.api import JobsApi
from studio.jobs.job import ENDED
from studio.jobs.manager import JobManager
from studio.library import Library
from studio.limits import Limits
from studio.uploads import api
from studio.uploads.api import Uploads
from studio.web.questions import Questions

SHIPPED = Path(__file__).parents[3] / "checkpoints"
BERT = "b" * 32
NOISE = np.random.default_rng(0)


def header_of_a_png(width, height):
    """Returns the header of a PNG without its pixels, a truncated file."""
    chunks = {b"IHDR": struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0), b"IDAT": zlib.compress(bytes(99))}
    packed = [
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks.items()
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


@pytest.fixture
def sender(tmp_path):
    return Sender(tmp_path, pictures=40, upload_bytes=3_000_000)


def pixels(base64_webp):
    with Image.open(io.BytesIO(base64.b64decode(base64_webp))) as image:
        return np.asarray(image.convert("RGB")).transpose(2, 0, 1)


class TestSquares:
    def test_they_are_what_the_network_sees(self, sender, tmp_path, monkeypatch):
        monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "cache"))
        for number in range(16):
            assert sender.send(f"{number}.jpg", file_of(photo(number, (640, 480)), "JPEG", quality=95), piece=5000) == {}
        sender.look()
        assert sender.ask("crop", n=3, left=10, top=20, side=200) == {}
        looked = sender.look(thumbs=list(range(1, 17)))
        folder = sender.uploads.folder(ANNA, sender.upload, 16, 3)
        trained = datasets.load(str(folder), 16)
        assert trained.name == "uploaded-pictures" and len(trained) == 16
        for picture, seen in zip(looked["pictures"], trained.images, strict=True):
            np.testing.assert_array_equal(pixels(picture["thumb"]), seen)
        np.testing.assert_array_equal(
            trained.images[0],
            prepare(Image.open(io.BytesIO(file_of(photo(0, (640, 480)), "JPEG", quality=95))), Preparation.of(16, 3)),
        )
        assert [picture["crop"] for picture in looked["pictures"][1:3]] == [[80, 0, 480], [10, 20, 200]]

    def test_grey_networks_see_grey(self, sender):
        sender.send("a.png", file_of(photo(1)))
        looked = sender.look(channels=1, thumbs=[1])
        (picture,) = looked["pictures"]
        assert np.ptp(pixels(picture["thumb"]), axis=0).max() == 0 and looked["channels"] == 1
        assert sender.look(channels=None)["channels"] == 3
        sender.ask("clear")
        sender.send("grey.png", file_of(photo(1, grey=True)))
        assert sender.look(channels=None)["channels"] == 1

    def test_transparent_networks_see_alpha(self, sender, tmp_path, monkeypatch):
        monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "cache"))
        for number in range(16):
            sprite = photo(number, (32, 32))
            sprite.putalpha(Image.linear_gradient("L").resize((32, 32)))
            sender.send(f"{number}.png", file_of(sprite))
        looked = sender.look(channels=4, thumbs=[1])
        assert looked["channels"] == 4 and looked["transparent"]
        with Image.open(io.BytesIO(base64.b64decode(looked["pictures"][0]["thumb"]))) as thumb:
            seen = np.asarray(thumb)
        assert seen.shape == (16, 16, 4) and np.ptp(seen[..., 3]) > 200
        trained = datasets.load(str(sender.uploads.folder(ANNA, sender.upload, 16, 4)), 16, 4).images[0]
        np.testing.assert_array_equal(trained, seen.transpose(2, 0, 1))

    def test_only_what_lies_in_the_picture_is_a_square(self, sender):
        sender.send("a.png", file_of(photo(1)))
        sender.look()
        for wrong in (
            {"left": 20},
            {"top": 1},
            {"side": 31},
            {"side": 7},
            {"left": -1},
            {"n": 2},
            {"left": 0.5},
            {"side": None},
        ):
            with pytest.raises(UserError):
                sender.ask("crop", **{"n": 1, "left": 10, "top": 0, "side": 30} | wrong)
        assert sender.look()["pictures"][0]["crop"] == [5, 0, 30]

    def test_a_network_of_rectangles_sees_rectangles(self, sender):
        """32 pixels across and 16 down: the largest part of this shape from the middle, or the chosen one."""
        for number in range(2):
            sender.send(f"{number}.png", file_of(photo(number, (60, 40))))
        wide, tall = [16, 32], [32, 16]
        first, second = sender.look(size=wide)["pictures"]
        assert first["crop"] == second["crop"] == [0, 5, 60]
        assert sender.ask("crop", n=2, left=7, top=11, side=50, size=wide) == {}
        looked = sender.look(size=wide, thumbs=[1, 2])
        assert looked["size"] == (16, 32) and looked["pictures"][1]["crop"] == [7, 11, 50]
        for number, box in ((0, (0, 5, 60, 35)), (1, (7, 11, 57, 36))):
            expected = photo(number, (60, 40)).crop(box).resize((32, 16), Image.Resampling.LANCZOS)
            np.testing.assert_array_equal(pixels(looked["pictures"][number]["thumb"]), np.asarray(expected).transpose(2, 0, 1))
        assert sender.look(size=tall)["pictures"][1]["crop"] == [7, 0, 20]  # as much of it as another shape lets
        assert sender.look()["pictures"][1]["crop"] == [7, 0, 40]

    def test_a_part_of_another_shape_than_fits_is_refused(self, sender):
        sender.send("a.png", file_of(photo(1)))
        sender.look()
        for wrong in ({"side": 41}, {"top": 11}, {"size": [32, 16]}, {"size": [16]}, {"size": "32x16"}, {"size": [7, 16]}):
            with pytest.raises(UserError):
                sender.ask("crop", **{"n": 1, "left": 0, "top": 10, "side": 40, "size": [16, 32]} | wrong)
        assert sender.ask("crop", n=1, left=0, top=10, side=40, size=[16, 32]) == {}

    def test_the_whole_picture_upright(self, sender):
        exif = Image.Exif()
        exif[0x0112] = 6
        sender.send("a.jpg", file_of(photo(1, (1600, 800)), "JPEG", exif=exif))
        (picture,) = sender.look()["pictures"]
        assert (picture["width"], picture["height"]) == (800, 1600)
        assert pixels(sender.ask("view", n=1)["picture"]).shape == (3, 720, 360)
        with pytest.raises(UserError, match="no such picture"):
            sender.ask("view", n=2)

    def test_removed_ones_are_gone_from_the_disk(self, sender, tmp_path):
        for number in range(3):
            sender.send(f"{number}.png", file_of(photo(number)))
        assert sender.look()["report"]["usable"] == 3
        sender.ask("remove", n=[1, 3])
        assert [picture["n"] for picture in sender.look()["pictures"]] == [2]
        assert len(list((tmp_path / "uploads" / sender.upload).iterdir())) == 1
        sender.ask("clear")
        assert sender.look()["pictures"] == [] and not (tmp_path / "uploads" / sender.upload).exists()


class TestReport:
    def test_sizes_colours_and_doubles(self, sender):
        first = photo(1, (400, 300))
        sender.send("first.png", file_of(first))
        sender.send("again.png", file_of(first))
        sender.send("worse.jpg", file_of(first.resize((200, 150)), "JPEG", quality=60))
        sender.send("other.png", file_of(photo(2, (120, 100))))
        sender.send("grey.png", file_of(photo(3, (9, 12), grey=True)))
        looked = sender.look()
        doubles = [(picture["duplicate_of"], picture["near_of"]) for picture in looked["pictures"]]
        assert doubles == [(None, None), (1, None), (None, 1), (None, None), (None, None)]
        report = looked["report"]
        assert (report["usable"], report["different"], report["exact"], report["near"]) == (5, 4, 1, 1)
        assert (report["grey"], report["colour"], report["enlarged"]) == (1, 4, 1)
        assert report["sizes"] == {"smallest": (9, 12), "largest": (400, 300)}
        assert report["enough"] == "too_few" and report["fewest"] == 16

    def test_flat_pictures_are_not_alike(self, sender):
        for level in (0, 90, 200):
            sender.send("flat.png", file_of(Image.new("RGB", (20, 20), (level,) * 3)))
        assert sender.look()["report"]["near"] == 0

    @pytest.mark.slow
    def test_digits_of_one_class_are_not_alike(self, tmp_path):
        digits = datasets.load("mnist")
        sender = Sender(tmp_path)
        for digit in digits.images[digits.labels == 1][:150]:
            sender.send("one.png", file_of(Image.fromarray(digit[0])))
        while sender.look()["report"]["waiting"]:
            pass
        assert (sender.look()["report"]["usable"], sender.look()["report"]["near"]) == (150, 0)

    def test_sixteen_different_ones_are_enough(self, sender):
        for number in range(15):
            sender.send("a.png", file_of(photo(number)))
        sender.send("copy.png", file_of(photo(0)))
        assert sender.look()["report"]["enough"] == "too_few"
        with pytest.raises(UserError, match="15 different pictures; a training needs 16"):
            sender.uploads.folder(ANNA, sender.upload, 16, 3)
        sender.send("last.png", file_of(photo(99)))
        assert sender.look()["report"]["enough"] == "few"
        assert len(list(sender.uploads.folder(ANNA, sender.upload, 16, None).iterdir())) == 17


CUT = file_of(Image.fromarray(NOISE.integers(0, 256, (64, 64, 3), np.uint8)), "JPEG")[:2000]
HOSTILE = {
    "empty.png": (b"", "it is empty"),
    "drawing.svg": (b'<?xml version="1.0"?>\n<svg onload="alert(1)"/>', "SVG"),
    "drawing.png": (b"  <SVG/>", "SVG"),
    "setup.jpg": (b"MZ\x90\0" + bytes(500), "no picture that can be read"),
    "script.png": (b"#!/bin/sh\nrm -rf /\n", "no picture that can be read"),
    "page.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\n", "no picture that can be read"),
    "cut.jpg": (CUT, "damaged or cut short"),
    "large.png": (header_of_a_png(10_000, 10_000), "10000 × 10000 pixels, more than 40 megapixels"),
    "huge.png": (header_of_a_png(100_000, 100_000), "far more than 40 megapixels"),
    "dot.png": (file_of(photo(0, (40, 7))), "40 × 7 pixels, fewer than 8 a side"),
    "no.zip": (b"PK\x03\x04" + bytes(99), "no .zip that can be read"),
    "none.zip": (zip_of({"notes.txt": b"hello", ".hidden.png": b"x", "__MACOSX/a.png": b"x"}), "no pictures are in it"),
    "up.zip": (zip_of({"../../up.png": b"x"}), "member ../../up.png leads out"),
    "root.zip": (zip_of({"/etc/a.png": b"x"}), "leads out of the archive"),
    "bomb.zip": (zip_of({"zeros.png": bytes(20_000_000)}), "unpack to 20 MB, and 2 MB are left"),
    "many.zip": (zip_of({f"{number}.png": b"x" for number in range(5000)}), "5000 files, and an upload holds 40 at most"),
}


class TestHostile:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_each_is_told_in_one_sentence_and_leaves_nothing(self, sender, tmp_path, name):
        content, said = HOSTILE[name]
        assert said in sender.reason(name, content)
        assert list((tmp_path / "uploads" / sender.upload).iterdir()) == []
        assert sender.send("good.png", file_of(photo())) == {} and sender.look()["report"]["usable"] == 1

    def test_a_zip_of_good_and_bad(self, sender):
        good = file_of(photo(1))
        packed = zip_of({"a/good.png": good, "a.svg": b"<svg/>", "cut.jpg": CUT})
        damaged = bytearray(zip_of({"x.png": NOISE.bytes(500)}))
        damaged[100] ^= 0xFF
        assert sender.send("mixed.zip", packed) == {} and sender.send("damaged.zip", bytes(damaged)) == {}
        looked = sender.look()
        assert [picture["name"] for picture in looked["pictures"]] == ["good.png"]
        says = {broken["name"]: broken["reason"]["say"] for broken in looked["report"]["broken"]}
        assert says == {"a.svg": "upload_svg", "cut.jpg": "upload_cut", "x.png": "upload_cut"}

    def test_links_and_secrets_in_a_zip(self, tmp_path):
        link = ZipInfo("link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        assert "is a link" in Sender(tmp_path).reason("link.zip", zip_of({link: b"/etc/passwd"}))
        locked = bytearray(zip_of({"a.png": b"x"}))
        locked[locked.index(b"PK\x01\x02") + 8] |= 1
        assert "is encrypted" in Sender(tmp_path / "other").reason("locked.zip", bytes(locked))

    def test_a_zip_that_declares_a_long_directory_is_not_read(self, sender):
        packed = bytearray(zip_of({"a.png": b"x"}))
        packed[-10:-6] = struct.pack("<I", 2**30)
        assert "no .zip that can be read" in sender.reason("long.zip", bytes(packed))

    def test_heic_without_its_extra(self, sender, monkeypatch):
        monkeypatch.setitem(sys.modules, "pillow_heif", None)
        assert "pillow-heif" in sender.reason("photo.heic", bytes(4) + b"ftypheic" + bytes(100))

    def test_names_are_only_shown(self, sender, tmp_path):
        sender.send("../../../escape.png", file_of(photo()))
        assert sender.look()["pictures"][0]["name"] == "../../../escape.png"
        assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"00001"}


class TestLimits:
    def test_files(self, tmp_path):
        sender = Sender(tmp_path, pictures=3)
        answers = [sender.send("a.png", file_of(photo(number))) for number in range(4)]
        assert answers == [{}, {}, {}, {"refused": {"say": "upload_too_many", "num": 4, "most": 3}}]

    def test_bytes(self, tmp_path):
        sender = Sender(tmp_path, upload_bytes=5000)
        noise = file_of(Image.fromarray(NOISE.integers(0, 256, (30, 50, 3), np.uint8)))
        assert sender.send("a.png", noise, piece=1000) == {} and 4500 < len(noise) < 5000
        assert sender.send("b.png", noise, piece=1000)["refused"]["say"] == "upload_full"
        assert len(list((tmp_path / "uploads" / sender.upload).iterdir())) == 1

    def test_disk_of_all_visitors(self, tmp_path):
        sender = Sender(tmp_path, disk_bytes=6000)
        noise = file_of(Image.fromarray(NOISE.integers(0, 256, (30, 50, 3), np.uint8)))
        assert sender.send("a.png", noise) == {}
        sender.visitor = BERT
        sender.upload = sender.ask("begin")["upload"]
        assert sender.send("a.png", noise)["refused"]["say"] == "upload_disk"

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
    def test_a_full_disk(self, sender, tmp_path):
        folder = tmp_path / "uploads" / sender.upload
        folder.mkdir(parents=True)
        (folder / "arriving").symlink_to("/dev/full")
        assert sender.send("a.png", file_of(photo()))["refused"]["say"] == "upload_disk"
        assert sender.send("a.png", file_of(photo())) == {}

    def test_pieces_that_do_not_fit(self, sender):
        assert sender.ask("part", name="a", offset=0, data="AAAA", last=False) == {}
        assert sender.ask("part", name="a", offset=9, data="AAAA", last=True)["refused"]["say"] == "upload_torn"
        for wrong in (
            {"data": "äöü"},
            {"data": "A" * 6_000_000},
            {"offset": -1},
            {"last": 1},
            {"name": ""},
            {"name": "a" * 201},
        ):
            with pytest.raises(UserError):
                sender.ask("part", **{"name": "a", "offset": 0, "data": "AAAA", "last": True} | wrong)
        for wrong in ({"size": 7}, {"size": 513}, {"channels": 2}, {"thumbs": 3}, {"thumbs": [0]}, {"thumbs": ["1"]}):
            with pytest.raises(UserError):
                sender.look(**wrong)


class TestOwners:
    def test_nobody_sees_the_others(self, sender):
        sender.send("a.png", file_of(photo()))
        gone = {"refused": {"say": "upload_gone"}}
        for visitor, upload in (
            (BERT, sender.upload),
            (ANNA, sender.upload + "x"),
            (ANNA, None),
            (ANNA, "../" + sender.upload),
        ):
            mine = {"visitor": visitor, "upload": upload}
            assert sender.look(**mine) == sender.ask("view", n=1, **mine) == sender.ask("clear", **mine) == gone
            with pytest.raises(UserError, match="no longer on the server"):
                sender.uploads.folder(visitor, upload, 16, 3)
        for visitor in (None, "", "A" * 32, "a" * 33, 7, ["a" * 32]):
            with pytest.raises(UserError, match="visitor"):
                sender.ask("find", visitor=visitor)
        assert sender.look()["report"]["usable"] == 1

    def test_it_is_found_again(self, sender):
        found = sender.ask("find")
        assert found["upload"] == sender.ask("begin")["upload"] == sender.upload
        assert found["limits"] == {"pictures": 40, "bytes": 3_000_000, "pixels": 40_000_000, "hours": 24.0}
        assert sender.ask("find", visitor=BERT)["upload"] is None

    @pytest.mark.slow
    def test_what_is_not_used_goes(self, tmp_path):
        sender = Sender(tmp_path, kept_hours=0.5 / 3600)
        sender.send("a.png", file_of(photo()))
        sender.uploads.sweep()
        assert sender.look()["report"]["usable"] == 1
        time.sleep(0.6)
        sender.uploads.sweep()
        assert sender.look() == {"refused": {"say": "upload_gone"}} and list((tmp_path / "uploads").iterdir()) == []

    def test_it_goes_with_its_last_training(self, tmp_path):
        sender = Sender(tmp_path, kept_hours=0.1 / 3600)
        sender.send("a.png", file_of(photo()))
        over = [False, False]
        with pytest.raises(UserError, match="no longer on the server"):
            sender.uploads.keep_until(BERT, sender.upload, lambda: True)
        for number in (0, 1):
            sender.uploads.keep_until(ANNA, sender.upload, lambda number=number: over[number])
        over[0] = True
        time.sleep(0.2)
        sender.uploads.sweep()
        assert sender.look()["report"]["usable"] == 1
        over[1] = True
        sender.uploads.sweep()
        assert sender.look() == {"refused": {"say": "upload_gone"}} and list((tmp_path / "uploads").iterdir()) == []

    def test_another_server_begins_anew(self, sender, tmp_path):
        sender.send("a.png", file_of(photo()))
        assert Sender(tmp_path).look()["report"]["usable"] == 0
        assert not list((tmp_path / "uploads").glob("*"))

    def test_no_more_uploads_than_can_be_kept(self, sender, monkeypatch):
        monkeypatch.setattr(api, "MOST_OPEN", 1)
        assert sender.ask("begin", visitor=BERT) == {"refused": {"say": "upload_busy"}}


def test_the_page_asks_through_the_engine(tmp_path):
    ask = blocking_ask(Questions(Library(tmp_path / "runs"), Uploads(tmp_path / "uploads", Limits())))
    upload = ask({"what": "upload_begin", "visitor": ANNA})["upload"]
    data = base64.b64encode(file_of(photo())).decode()
    mine = {"visitor": ANNA, "upload": upload}
    assert ask({"what": "upload_part", "name": "a.png", "offset": 0, "data": data, "last": True} | mine) == {}
    looked = ask({"what": "upload_look", "size": 16, "channels": 3, "thumbs": [1]} | mine)
    assert json.dumps(looked) and looked["pictures"][0]["thumb"]
    assert "visitor" in ask({"what": "upload_look", "upload": upload})["error"]
    assert str(tmp_path) not in json.dumps(ask({"what": "upload_view", "n": 7} | mine))


@pytest.mark.slow
def test_a_training_that_is_refused_leaves_no_pictures(tmp_path, stage):
    """However often it is retried: otherwise a visitor at their limit of trainings could fill the disk."""
    limits = Limits(jobs=1)
    with closing(JobManager(tmp_path / "jobs", limits, launch=stage)) as jobs:
        ask = blocking_ask(
            Questions(library := Library(SHIPPED), JobsApi(library, jobs, Uploads(jobs.folder / "uploads", limits)))
        )
        mine = {"visitor": ANNA} | ask({"what": "upload_begin", "visitor": ANNA})
        for number in range(16):
            data = base64.b64encode(file_of(photo(number))).decode()
            ask({"what": "upload_part", "name": "a.png", "offset": 0, "data": data, "last": True} | mine)
        request = {"run": "mnist", "source": {"kind": "upload", "upload": mine["upload"]}, "length": 64}
        assert "id" in ask({"what": "train_start", "request": request} | mine)
        for _ in range(3):
            assert "delete one first" in ask({"what": "train_start", "request": request} | mine)["error"]
        assert not list((jobs.folder / "uploads" / "sets").iterdir())
        assert len(list(jobs.folder.rglob("uploaded-pictures/*.png"))) == 16
        stage.tell("stopped")


def test_no_pictures_are_made_ready_on_a_full_disk(tmp_path):
    sender = Sender(tmp_path)
    for number in range(16):
        sender.send("a.png", file_of(photo(number)))
    sender.uploads._bytes = lambda: Limits().disk_bytes
    with pytest.raises(UserError, match="disk for uploads is full"):
        sender.uploads.folder(ANNA, sender.upload, 16, 3)
    assert not (tmp_path / "uploads" / "sets").exists()


@pytest.mark.slow
def test_uploads_go_when_the_training_is_done(tmp_path):
    limits = Limits()
    with closing(JobManager(tmp_path / "jobs", limits)) as jobs:
        kept = Uploads(jobs.folder / "uploads", limits, jobs.bytes)
        ask = blocking_ask(Questions(library := Library(SHIPPED), JobsApi(library, jobs, kept)))
        mine = {"visitor": ANNA} | ask({"what": "upload_begin", "visitor": ANNA})
        for number in range(16):
            data = base64.b64encode(file_of(photo(number))).decode()
            assert ask({"what": "upload_part", "name": "a.png", "offset": 0, "data": data, "last": True} | mine) == {}
        request = {"run": "mnist", "source": {"kind": "upload", "upload": mine["upload"]}, "length": 64}
        job = jobs.find(ask({"what": "train_start", "request": request} | mine)["id"])
        while job.state not in ENDED:
            kept.sweep()
            assert job.state in ENDED or ask({"what": "upload_find"} | mine)["upload"] == mine["upload"]
            time.sleep(0.2)
        assert job.state == "finished", job.detail
        kept.sweep()
        assert ask({"what": "upload_find"} | mine)["upload"] is None
        assert not list(jobs.folder.rglob("*.png")) and not list((jobs.folder / "uploads").glob("*/*"))


@pytest.mark.slow
def test_a_training_tells_classes_apart_and_draws_transparency(tmp_path):
    limits = Limits()
    with closing(JobManager(tmp_path / "jobs", limits)) as jobs:
        kept = Uploads(jobs.folder / "uploads", limits, jobs.bytes)
        ask = blocking_ask(Questions(library := Library(SHIPPED), JobsApi(library, jobs, kept)))
        mine = {"visitor": ANNA} | ask({"what": "upload_begin", "visitor": ANNA})
        members = {}
        for number in range(16):
            sprite = photo(number, (16, 16))
            sprite.putalpha(Image.linear_gradient("L").resize((16, 16)))
            members[f"{'cat' if number % 2 else 'dog'}/{number}.png"] = file_of(sprite)
        data = base64.b64encode(zip_of(members)).decode()
        assert ask({"what": "upload_part", "name": "a.zip", "offset": 0, "data": data, "last": True} | mine) == {}
        source = {"kind": "upload", "upload": mine["upload"]}
        request = {"recipe": "digits", "source": source, "length": 64, "batch_size": 8, "labels": True, "alpha": True}
        job = jobs.find(ask({"what": "train_start", "request": request} | mine)["id"])
        while job.state not in ENDED:
            time.sleep(0.2)
        assert job.state == "finished", job.detail
        config = Run.open(job.path(job.lanes[0])).config
        assert (config.class_names, config.channels, config.image_size) == (("cat", "dog"), 4, 16)
