"""Tests the plain HTTP routes: caching by ETag, lookups by name, and error messages."""

import io
import json
import shutil
import sys
import time
import zipfile

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ganlib import UserError, latents, networks, sample
from studio import words
from studio.browser import onnx_graphs
from studio.browser.onnx_graphs import OnnxGraphs
from studio.browser.onnxruntime_web import FILES, VERSION, OnnxRuntimeWeb
from studio.browser.page_script import page_script
from studio.drawing.batcher import Batcher
from studio.library import Library
from studio.web.routes import routes


def with_discriminator(run):
    run.save_discriminator(networks.build_discriminator(run.config.discriminator_settings()), 128)
    return run


@pytest.fixture(scope="module")
def run(lasting_run):
    """A run with a discriminator, and an outline of arbitrary bytes."""
    run = with_discriminator(lasting_run("tiny"))
    (run.path / "onnx").mkdir()
    (run.path / "onnx" / "outline.onnx").write_bytes(b"an outline")
    return run


@pytest.fixture(scope="module")
def library(lasting_run):
    return Library(lasting_run.args[0])


@pytest.fixture(scope="module")
def client(library, run):
    return TestClient(Starlette(routes=routes(library, OnnxRuntimeWeb(), Batcher(library))))


def test_a_snapshot_is_its_own_file(client, run):
    answer = client.get("/gradio_api/studio/weights/tiny/64")
    content = run.snapshots()[1].path.read_bytes()
    assert answer.status_code == 200 and answer.content == content
    assert answer.headers["content-length"] == str(len(content)) and answer.headers["cache-control"] == "private, no-cache"


def test_an_outline_is_the_file_of_the_run(client):
    answer = client.get("/gradio_api/studio/outline/tiny")
    assert answer.content == b"an outline" and answer.headers["content-type"] == "application/octet-stream"


def test_a_discriminator_is_its_own_file(client, run):
    answer = client.get("/gradio_api/studio/discriminator/tiny")
    assert answer.status_code == 200 and answer.content == run.discriminator_path.read_bytes()


def test_a_run_without_a_discriminator(make_run, checkpoints):
    make_run()
    client = TestClient(Starlette(routes=routes(library := Library(checkpoints), None, Batcher(library))))
    for place in ("judge", "discriminator"):
        answer = client.get(f"/gradio_api/studio/{place}/tiny")
        assert (answer.status_code, answer.json()) == (404, {"error": "The run tiny has no discriminator."})


@pytest.mark.parametrize("address", ["weights/tiny/64", "outline/tiny", "discriminator/tiny", "sample/tiny?images=64&num=4"])
def test_what_has_not_changed_is_not_sent_again(client, address):
    etag = client.get(f"/gradio_api/studio/{address}").headers["etag"]
    for known in (etag, f'"other", W/{etag}'):
        again = client.get(f"/gradio_api/studio/{address}", headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert client.get(f"/gradio_api/studio/{address}", headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_file_that_changes_has_another_etag(make_run, checkpoints):
    run = make_run()
    client = TestClient(Starlette(routes=routes(library := Library(checkpoints), None, Batcher(library))))
    before = client.get("/gradio_api/studio/weights/tiny/128").headers["etag"]
    shutil.copyfile(run.snapshots()[0].path, run.snapshots()[2].path)
    after = client.get("/gradio_api/studio/weights/tiny/128", headers={"If-None-Match": before})
    assert after.status_code == 200 and after.headers["etag"] != before


@pytest.mark.parametrize(
    ("address", "status", "says"),
    [
        ("outline/none", 404, "There is no run with this name; the runs here are: tiny."),
        ("weights/none/64", 404, "There is no run with this name; the runs here are: tiny."),
        ("judge/none", 404, "There is no run with this name; the runs here are: tiny."),
        ("discriminator/none", 404, "There is no run with this name; the runs here are: tiny."),
        ("weights/tiny/65", 404, "The run tiny has no such snapshot."),
        ("weights/tiny/-1", 400, "A snapshot is named by the number of images that it has seen."),
        ("weights/tiny/64.safetensors", 400, "A snapshot is named by the number of images that it has seen."),
        ("weights/tiny/٦٤", 400, "A snapshot is named by the number of images that it has seen."),
        (f"weights/tiny/{'9' * 5000}", 400, "A snapshot is named by the number of images that it has seen."),
        ("weights/%2e%2e/64", 404, "There is no run with this name; the runs here are: tiny."),
        ("outline/..%5ctiny", 404, "There is no run with this name; the runs here are: tiny."),
        ("outline/..%2ftiny", 404, "There is nothing at this address."),
        ("weights/tiny/..%2f..%2fconfig.json", 404, "There is nothing at this address."),
        ("weights/tiny", 404, "There is nothing at this address."),
        ("runtime/ort.all.js", 404, "There is nothing at this address."),
        (f"runtime/{FILES['binary'][0]}", 404, "There is nothing at this address."),  # the CDN serves it
    ],
)
def test_what_is_not_there_is_refused_with_a_sentence(client, address, status, says):
    answer = client.get(f"/gradio_api/studio/{address}")
    assert (answer.status_code, answer.json()) == (status, {"error": says})


def test_a_damaged_snapshot_is_refused_without_saying_where_it_lies(make_run, checkpoints, flip_a_byte):
    flip_a_byte(make_run().path / "snapshots/000000128.safetensors")
    client = TestClient(Starlette(routes=routes(library := Library(checkpoints), None, Batcher(library))))
    answer = client.get("/gradio_api/studio/weights/tiny/128")
    assert answer.status_code == 404 and answer.json()["error"].startswith("tiny/snapshots/000000128.safetensors is damaged")


def sampled(client, query="", run="tiny"):
    return client.get(f"/gradio_api/studio/sample/{run}{query}")


class TestSample:
    def test_a_snapshot_may_be_named_by_the_images_that_it_has_seen(self, client, run):
        answer = client.get("/gradio_api/studio/sample/tiny?images=64&num=4")
        inside = json.loads(Image.open(io.BytesIO(answer.content)).text["ganlib"])
        assert inside["images"] == 64 and answer.headers["cache-control"] == "private, no-cache"
        assert answer.headers["etag"] != client.get("/gradio_api/studio/sample/tiny?images=128&num=4").headers["etag"]
        assert answer.headers["etag"] != client.get("/gradio_api/studio/sample/tiny?images=64&num=5").headers["etag"]
        refused = client.get("/gradio_api/studio/sample/tiny?images=65&num=4")
        assert (refused.status_code, refused.json()) == (400, {"error": "The run tiny has no such snapshot."})

    def test_it_is_a_sheet_of_the_pictures_that_ganlib_draws_with_its_settings_inside(self, client, library, run):
        answer = sampled(client, "?epoch=1&num=4&seed=7&truncation=0.5&label=dog")
        assert answer.status_code == 200 and answer.headers["content-type"] == "image/png"
        with Image.open(io.BytesIO(answer.content)) as picture:
            sheet, inside = np.asarray(picture), json.loads(picture.text["ganlib"])
        assert inside == {
            "run": "tiny", "epoch": 1.0, "images": 64, "seed": 7, "truncation": 0.5, "label": 1, "num": 4,
        }  # fmt: skip
        z = latents.truncate(latents.sample(4, 8, 7), 0.5)
        expected = sample.draw(run.generator(run.snapshots()[1]), z, np.full(4, 1))
        cells = [sheet[2:30, left : left + 28] for left in range(2, 122, 30)]
        assert (np.stack(cells) == expected[:, 0]).all()

    def test_what_is_left_out_is_as_in_the_endpoint(self, client):
        answer = sampled(client)
        with Image.open(io.BytesIO(answer.content)) as picture:
            inside = json.loads(picture.text["ganlib"])
        assert inside == {
            "run": "tiny", "epoch": 2.0, "images": 128, "seed": 0, "truncation": 1.0, "label": None, "num": 64,
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("query", "says"),
        [
            ("num=0", "num must be a whole number from 1 to 256."),
            ("num=257", "num must be a whole number from 1 to 256."),
            ("num=1.5", "num must be a whole number from 1 to 256."),
            *((f"num={text}", "num must be a number, such as 7 or 0.5.") for text in ("", "four", "1e2", "%20", "1_0", "٤")),
            (f"seed={'9' * 5000}", "seed must be a number, such as 7 or 0.5."),
            ("seed=4294967296", "seed must be a whole number from 0 to 4294967295."),
            ("seed=-1", "seed must be a whole number from 0 to 4294967295."),
            ("truncation=nan", "truncation must be a number, such as 7 or 0.5."),
            ("truncation=5", "truncation must be a number from 0 to 4."),
            ("epoch=inf", "epoch must be a number, such as 7 or 0.5."),
            ("label=bear", "This run has no label 'bear'; it has cat, dog, owl."),
            (f"label={'x' * 101}", "label must be the name or the number of a class."),
            ("visitor=me", "visitor must be 32 hexadecimal digits."),
            (
                "out=/etc/passwd",
                "The query of this address may hold epoch, images, num, seed, truncation, label, visitor, each once.",
            ),
            (
                "seed=1&seed=2",
                "The query of this address may hold epoch, images, num, seed, truncation, label, visitor, each once.",
            ),
        ],
    )
    def test_what_is_wrong_is_told(self, client, query, says):
        answer = sampled(client, f"?{query}")
        assert (answer.status_code, answer.json()) == (400, {"error": says})

    @pytest.mark.parametrize("name", ["none", "..%2ftiny", "%2fetc%2fpasswd", "owner/none", "~" + "0" * 32, "%00"])
    def test_only_listed_names_are_runs(self, client, name):
        answer = sampled(client, run=name)
        says = "There is no run with this name; the runs here are: tiny."
        assert (answer.status_code, answer.json()) == (404, {"error": says})

    def test_a_damaged_snapshot_is_refused_without_saying_where_it_lies(self, make_run, checkpoints, flip_a_byte):
        flip_a_byte(make_run().path / "snapshots/000000128.safetensors")
        client = TestClient(Starlette(routes=routes(library := Library(checkpoints), None, Batcher(library))))
        answer = sampled(client)
        assert answer.status_code == 404
        assert answer.json()["error"].startswith("tiny/snapshots/000000128.safetensors is damaged")
        assert sampled(client).status_code == 200  # the remaining snapshots are drawn from then on


def zipped(client, query="", run="tiny"):
    return client.get(f"/gradio_api/studio/samples/{run}{query}")


class TestSamples:
    def test_it_is_a_zip_of_separate_pictures_with_their_metadata(self, client):
        answer = zipped(client, "?images=64&num=70&seed=7&truncation=0.5&label=dog&folders=1")
        assert answer.status_code == 200 and answer.headers["content-type"] == "application/zip"
        names = "filename=\"tiny-epoch1-seed7-70.zip\"; filename*=UTF-8''tiny-epoch1-seed7-70.zip"
        assert answer.headers["content-disposition"] == f"attachment; {names}"
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            names = archive.namelist()
            rows = [json.loads(line) for line in archive.read("tiny-epoch1-seed7-70/metadata.jsonl").splitlines()]
            content = archive.read(names[2])
        assert len(rows) == 70 and names[2] == "tiny-epoch1-seed7-70/dog/seed7-00002.png"
        assert rows[2] == {
            "file_name": "dog/seed7-00002.png", "label": "dog", "seed": 7, "index": 2, "truncation": 0.5,
            "run": "tiny", "epoch": 1.0, "images": 64,
        }  # fmt: skip
        sheet = np.asarray(Image.open(io.BytesIO(sampled(client, "?images=64&num=4&seed=7&truncation=0.5&label=dog").content)))
        with Image.open(io.BytesIO(content)) as picture:
            assert np.abs(np.asarray(picture).astype(int) - sheet[2:30, 62:90]).max() <= 1

    def test_a_name_that_is_not_ascii_is_given_both_ways(self, make_run, checkpoints):
        make_run('猫"')
        client = TestClient(Starlette(routes=routes(library := Library(checkpoints), None, Batcher(library))))
        names = zipped(client, "?num=1", "猫%22").headers["content-disposition"]
        assert names == "attachment; filename=\"__-epoch2-seed0-1.zip\"; filename*=UTF-8''%E7%8C%AB%22-epoch2-seed0-1.zip"

    def test_without_labels_there_are_no_folders(self, make_run, checkpoints):
        make_run("plain", class_names=None)
        client = TestClient(Starlette(routes=routes(library := Library(checkpoints), None, Batcher(library))))
        with zipfile.ZipFile(io.BytesIO(zipped(client, "?num=1&folders=1", "plain").content)) as archive:
            assert archive.namelist() == ["plain-epoch2-seed0-1/seed0-00000.png", "plain-epoch2-seed0-1/metadata.jsonl"]

    def test_only_its_name_is_asked_for(self, client):
        answer = client.head("/gradio_api/studio/samples/tiny?num=5000")
        assert answer.status_code == 200 and not answer.content and "5000.zip" in answer.headers["content-disposition"]

    @pytest.mark.parametrize(
        ("query", "says"),
        [
            ("num=0", "num must be a whole number from 1 to 5000."),
            ("num=5001", "num must be a whole number from 1 to 5000."),
            ("folders=2", "folders must be a whole number from 0 to 1."),
            ("label=bear", "This run has no label 'bear'; it has cat, dog, owl."),
            ("images=65", "The run tiny has no such snapshot."),
            ("visitor=me", "visitor must be 32 hexadecimal digits."),
            (
                "out=x",
                "The query of this address may hold epoch, images, num, seed, truncation, folders, label, visitor, each once.",
            ),
        ],
    )
    def test_what_is_wrong_is_told(self, client, query, says):
        answer = zipped(client, f"?{query}")
        assert (answer.status_code, answer.json()) == (400, {"error": says})

    def test_only_listed_names_are_runs(self, client):
        assert zipped(client, run="..%2ftiny").status_code == 404

    def test_a_damaged_snapshot_is_refused_before_anything_is_sent(self, make_run, checkpoints, flip_a_byte):
        flip_a_byte(make_run().path / "snapshots/000000128.safetensors")
        client = TestClient(Starlette(routes=routes(library := Library(checkpoints), None, Batcher(library))))
        assert zipped(client).status_code == 404


class TestOutlines:
    def waited(self, made, entry, kind="outline"):
        """Polls until the outline exists; returns it."""
        for _ in range(600):
            if content := made.of(entry, kind):
                return content
            time.sleep(0.1)
        raise AssertionError("no outline")

    @pytest.mark.slow
    def test_one_is_made_for_all_runs_with_the_same_generator(self, make_run, checkpoints):
        for name in ("tiny", "twin"):
            make_run(name)
        library, made = Library(checkpoints), OnnxGraphs()
        assert onnx_graphs.possible(library.find("tiny")) and made.of(library.find("tiny"), "outline") is None
        content = self.waited(made, library.find("tiny"))
        assert 1000 < len(content) < 20_000 and made.of(library.find("twin"), "outline") == content

    @pytest.mark.slow
    def test_so_is_that_of_a_discriminator(self, make_run, checkpoints):
        with_discriminator(make_run())
        library, made = Library(checkpoints), OnnxGraphs()
        content = self.waited(made, library.find("tiny"), "discriminator")
        assert 1000 < len(content) < 20_000 and b"logits" in content

    @pytest.mark.slow
    def test_one_that_cannot_be_made_is_not_tried_again(self, make_run, checkpoints):
        make_run()
        entry, made = Library(checkpoints).find("tiny"), OnnxGraphs()
        for snapshot in entry.snapshots:
            snapshot.path.write_bytes(b"")
        with pytest.raises(UserError, match=r"^The outline of the run tiny could not be made\.$"):
            self.waited(made, entry)
        with pytest.raises(UserError):
            made.of(entry, "outline")

    def test_without_onnx_only_runs_that_have_one(self, library, run, make_run, checkpoints, monkeypatch):
        monkeypatch.setitem(sys.modules, "onnx", None)
        onnx_graphs._exporting.cache_clear()
        try:
            make_run("bare")
            bare = Library(checkpoints).find("bare")
            assert onnx_graphs.possible(library.find("tiny")) and not onnx_graphs.possible(bare)
            with pytest.raises(UserError, match="making one needs onnx and onnxscript"):
                OnnxGraphs().of(bare, "outline")
        finally:
            onnx_graphs._exporting.cache_clear()


class TestRuntime:
    def test_files_come_from_the_cdn_at_one_version(self):
        ways = OnnxRuntimeWeb.from_options(None, webgpu=True).files()
        files = [file for way in ways.values() for file in way.values()]
        assert list(ways) == ["wasm", "webgpu"] and len(files) == 4
        assert {file["path"].rsplit("/", 1)[0] for file in files} == {
            f"https://cdn.jsdelivr.net/npm/onnxruntime-web@{VERSION}/dist"
        }
        assert all(file["integrity"].startswith("sha384-") for file in files)
        assert list(OnnxRuntimeWeb.from_options(None).files()) == ["wasm"]

    def test_off_is_none(self):
        assert OnnxRuntimeWeb.from_options("off") is None
        with pytest.raises(UserError, match=r"--webgpu is for browsers .* leave one out"):
            OnnxRuntimeWeb.from_options("off", webgpu=True)

    def test_a_folder_without_the_files(self, tmp_path):
        with pytest.raises(UserError, match=r"ort.wasm.bundle.min.mjs is missing; --runtime takes the folder dist of"):
            OnnxRuntimeWeb.from_options(str(tmp_path))

    def test_a_folder_with_other_files(self, tmp_path):
        for name, _ in FILES.values():
            (tmp_path / name).write_text("another version")
        with pytest.raises(UserError, match=rf"isn't that of onnxruntime-web {VERSION}"):
            OnnxRuntimeWeb.from_options(str(tmp_path))


SCRIPT = page_script(OnnxRuntimeWeb())


def page_file(client, name=SCRIPT.name, **headers):
    return client.get(f"/gradio_api/studio/page/{name}", headers=headers)


def test_the_pages_script_is_kept_for_good(client):
    answer = page_file(client)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.content == SCRIPT.content and words.word("zh", "name") in answer.text


@pytest.mark.parametrize(("wish", "encoding"), [
    ("gzip, deflate, br", "br"), ("br;q=0, gzip;q=0.5", "gzip"), ("gzip, deflate", "gzip"), ("br, gzip;q=0", "br"),
    ("brotli, gzip;q=0.0", None), ("identity", None), ("", None),
])  # fmt: skip
def test_it_is_compressed_for_who_takes_that(client, wish, encoding):
    answer = page_file(client, **{"Accept-Encoding": wish})
    assert answer.headers.get("content-encoding") == encoding and answer.headers["vary"] == "Accept-Encoding"
    assert answer.content == SCRIPT.content
    assert (int(answer.headers["content-length"]) < 0.5 * len(answer.content)) == bool(encoding)


@pytest.mark.parametrize("wish", ["br", "gzip", "identity"])
def test_it_is_not_sent_again_to_who_has_it(client, wish):
    etag = page_file(client, **{"Accept-Encoding": wish}).headers["etag"]
    again = page_file(client, **{"Accept-Encoding": wish, "If-None-Match": f'"another", W/{etag}'})
    assert again.status_code == 304 and not again.content and again.headers["etag"] == etag
    assert page_file(client, **{"Accept-Encoding": wish, "If-None-Match": '"another"'}).status_code == 200


def test_each_encoding_has_its_own_etag(client):
    assert len({page_file(client, **{"Accept-Encoding": wish}).headers["etag"] for wish in ("br", "gzip", "")}) == 3


@pytest.mark.parametrize("name", [
    "", "0000000000000000.js", SCRIPT.name.upper(), f"{SCRIPT.name}/", "main.js", "page/main.js", "/etc/passwd", "..%2f..%2fserver.py",
    "page/..%2f..%2f..%2fserver.py", "%2e%2e/%2e%2e/%2e%2e/server.py", f"{SCRIPT.name}%00", f"%5c{SCRIPT.name}",
])  # fmt: skip
def test_nothing_else_is_among_the_pages_files(client, name):
    answer = page_file(client, name)
    assert answer.status_code == 404 and answer.json() == {"error": "There is nothing at this address."}
