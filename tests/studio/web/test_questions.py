"""Tests the page's questions: answers equal what ganlib draws, and mistakes are reported in one sentence."""

import base64
import io
import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image
from synchronous import blocking_ask

from ganlib import animations, latents, sample
from ganlib.pictures import webp
from ganlib.runs import inversion_errors
from studio.library import Library
from studio.ui.components import remarks
from studio.validation import encode
from studio.web.questions import Questions

NAN, INF = float("nan"), float("inf")


@pytest.fixture(scope="module")
def library(lasting_run):
    lasting_run("tiny")
    lasting_run("plain", class_names=None)
    lasting_run("new", moments=())
    return Library(lasting_run.args[0])


@pytest.fixture(scope="module")
def ask(library):
    return blocking_ask(Questions(library))


@pytest.fixture
def z():
    return latents.sample(3, 8, seed=5)


@pytest.fixture
def question(z):
    """Returns a question about three latents, with some fields changed."""

    def question(what="draw", **changes):
        said = {"what": what, "run": "tiny", "images": 64, "z": encode(z), "labels": [0, 1, 2], "truncation": 0.8}
        return said | changes

    return question


@pytest.fixture
def refusal(ask, question):
    """Returns the error message of a refused question."""

    def refusal(what="draw", **changes):
        answer = ask(question(what, **changes))
        assert answer.keys() == {"error"}
        return answer["error"]

    return refusal


def drawn(library, run, images, z, labels, truncation=1.0):
    """Returns the pictures drawn by ganlib, uint8 (N, H, W, C)."""
    generator = library.find(run).run.generator(library.find(run).snapshot(images))
    return sample.draw(generator, latents.truncate(z, truncation), labels).transpose(0, 2, 3, 1)


def pictures(answer):
    shape = (answer["num"], answer["size"], answer["size"], answer["channels"])
    return np.frombuffer(base64.b64decode(answer["pictures"]), np.uint8).reshape(shape)


def opened(text):
    return Image.open(io.BytesIO(base64.b64decode(text)))


class TestLatents:
    def test_facts_of_a_run(self, ask, library):
        facts = ask({"what": "about", "run": "tiny"})
        assert (facts["dim"], facts["size"], facts["channels"], facts["classes"]) == (8, 28, 1, ["cat", "dog", "owl"])
        assert facts["moments"] == [{"images": 0, "epoch": "0"}, {"images": 64, "epoch": "1"}, {"images": 128, "epoch": "2"}]
        assert facts["local"] is True  # onnx is installed and can export the graph
        assert facts["lineage"] == library.find("tiny").run.config.lineage
        assert ask({"what": "about", "run": "plain"})["classes"] == []

    def test_how_near_searches_come_to_real_pictures(self, ask, library):
        folder = library.find("tiny").run.path
        assert ask({"what": "about", "run": "tiny"})["inversion"] is None
        try:
            inversion_errors.write(
                folder, inversion_errors.InversionErrors(128, "a set", 1.0, [1.0], [7.5, 2.0], held_out=False)
            )
            told = {"images": 128, "real": [2.0, 7.5], "held_out": False}
            assert ask({"what": "about", "run": "tiny"})["inversion"] == told
            (folder / inversion_errors.FILE).write_text("{}")
            assert ask({"what": "about", "run": "tiny"})["inversion"] is None
        finally:
            (folder / inversion_errors.FILE).unlink()

    def test_latents_of_a_seed(self, ask):
        content = base64.b64decode(ask({"what": "latents", "run": "tiny", "num": 4, "seed": 7})["z"])
        assert (np.frombuffer(content, "<f4").reshape(4, 8) == latents.sample(4, 8, 7)).all()

    def test_directions_are_those_of_the_snapshot(self, ask, library):
        entry = library.find("tiny")
        content = base64.b64decode(ask({"what": "directions", "run": "tiny", "images": 64})["directions"])
        directions = np.frombuffer(content, "<f4").reshape(-1, 8)
        assert (directions == library.directions(entry, entry.snapshot(64))).all()
        assert not np.allclose(directions, library.directions(entry, entry.snapshot(128)))

    def test_named_directions_are_those_that_the_run_keeps(self, ask, library):
        entry = library.find("tiny")
        asked = {"what": "directions", "run": "tiny", "images": 64}
        assert ask(asked)["named"] == []
        table = {"slant": {"r2": 0.8, "gradient": [0.5] * 8}, "hat": {"r2": 0.4, "gradient": [1.0] * 8}}
        entry.run.save_directions(entry.snapshot(64), table)
        marked = {"more": 2, "less": 1, "right": None}
        entry.run.save_marked_directions(entry.snapshot(64), {"width": {"marked": marked, "gradient": [0.25] * 8}})
        path = entry.run.path / "directions.json"
        try:
            answer = ask(asked)
            assert answer["named"] == [
                {"name": "slant", "word": "attribute_slant", "r2": 0.8},
                {"name": "hat", "word": "", "r2": 0.4},
                {"name": "width", "word": "", "marked": marked},
            ]
            gradients = np.frombuffer(base64.b64decode(answer["gradients"]), "<f4")
            assert gradients.tolist() == [0.5] * 8 + [1.0] * 8 + [0.25] * 8
            path.write_text("{")
            assert ask(asked)["named"] == []  # damaged: the other directions are still there
        finally:
            path.unlink()


class TestDraw:
    @pytest.mark.parametrize(("run", "labels"), [("tiny", [2, 0, 1]), ("plain", None)])
    def test_the_pictures_are_those_that_ganlib_draws(self, ask, question, library, z, run, labels):
        answer = ask(question(run=run, labels=labels))
        expected = drawn(library, run, 64, z, labels and np.array(labels), 0.8)
        assert (pictures(answer) == expected).all() and answer["channels"] == 1

    def test_several_snapshots_come_one_after_the_other(self, ask, question, library, z):
        shown = pictures(ask(question(images=[128, 0], truncation=1)))
        for part, images in zip((shown[:3], shown[3:]), (128, 0), strict=True):
            assert (part == drawn(library, "tiny", images, z, np.arange(3))).all()

    def test_without_a_snapshot_it_is_the_last(self, ask, question):
        assert ask(question(images=None)) == ask(question(images=128))


class TestPng:
    def test_the_settings_inside_draw_the_same_pixels_again(self, ask, question):
        answer = ask(question("png"))
        inside = json.loads(opened(answer["png"]).text["ganlib"])
        assert {key: inside[key] for key in ("run", "epoch", "images", "truncation", "labels")} == {
            "run": "tiny", "epoch": 1.0, "images": 64, "truncation": 0.8, "labels": [0, 1, 2],
        }  # fmt: skip
        assert answer["file"] == "tiny-epoch1.png" and inside["from"] == [None] * 3
        assert opened(ask({"what": "png"} | inside)["png"]).tobytes() == opened(answer["png"]).tobytes()

    def test_the_grid_holds_the_pictures_as_drawn(self, ask, question):
        grid = np.asarray(opened(ask(question("png", columns=2))["png"]))
        assert grid.shape == (2 * 30 + 2, 2 * 30 + 2)
        shown = pictures(ask(question()))[..., 0]
        assert (grid[2:30, 32:60] == shown[1]).all() and (grid[32:60, 2:30] == shown[2]).all()

    def test_several_snapshots_make_a_column_each(self, ask, question):
        answer = ask(question("png", images=[0, 64, 128]))
        assert opened(answer["png"]).size == (3 * 30 + 2, 3 * 30 + 2) and answer["file"] == "tiny-untrained-epoch2.png"

    def test_where_latents_come_from_is_told(self, ask, question, z):
        origins = [{"seed": 5, "index": index} for index in range(3)]
        answer = ask(question("png", **{"from": origins}))
        assert json.loads(opened(answer["png"]).text["ganlib"])["from"] == origins
        assert answer["file"] == "tiny-epoch1-seed5.png"
        single = {"z": encode(z[:1]), "labels": [0], "from": origins[:1]}
        assert ask(question("png", **single))["file"] == "tiny-epoch1-seed5-0.png"
        assert ask(question("png", **{"from": [origins[0], None, None]}))["file"] == "tiny-epoch1.png"


class TestAnimation:
    @pytest.mark.parametrize("kind", ["webp", "gif"])
    def test_it_opens_with_its_frames(self, ask, question, kind):
        answer = ask(question("animation", mode="slerp", closed=True, frames=7, seconds=0.7, kind=kind))
        assert answer["name"] == f"tiny-epoch1-slerp.{kind}" and answer["mime"] == f"image/{kind}"
        assert opened(answer["file"]).n_frames == 7

    def test_mp4(self, ask, question):
        av = pytest.importorskip("av")
        answer = ask(question("animation", mode="lerp", closed=False, frames=9, seconds=1, kind="mp4"))
        with av.open(io.BytesIO(base64.b64decode(answer["file"]))) as film:
            assert sum(1 for _ in film.decode(video=0)) == 9
        assert answer["name"] == "tiny-epoch1-lerp.mp4" and answer["mime"] == "video/mp4"

    def test_its_frames_are_the_path_and_its_caption_says_so(self, ask, question, library, z, monkeypatch):
        told = {}

        def animate(frames, seconds, kind, caption, scale):
            told.update(frames=frames, seconds=seconds, caption=caption)
            return b"film"

        monkeypatch.setattr(animations, "animate", animate)
        origins = [{"seed": seed, "index": 0} for seed in (5, 6, 7)]
        answer = ask(question("animation", mode="lerp", closed=False, frames=5, seconds=2, kind="gif", **{"from": origins}))
        assert base64.b64decode(answer["file"]) == b"film"
        path, labels = latents.path(z, 5, "lerp", False), latents.path_labels(np.arange(3), 5, False)
        assert (told["frames"].transpose(0, 2, 3, 1) == drawn(library, "tiny", 64, path, labels, 0.8)).all()
        assert told["caption"] == "tiny, epoch 1, lerp, seeds 5 6 7, ψ 0.8, labels cat dog owl"
        origins[1]["index"] = 3
        ask(question("animation", run="plain", **{"from": origins}))
        assert told["caption"] == "plain, epoch 1, slerp, latents 5:0 6:3 7:0, ψ 0.8" and told["seconds"] == 4
        ask(question("animation", run="plain", images=0, **{"from": [None, *origins[1:]]}))
        assert told["caption"] == "plain, untrained, slerp, 3 key frames, ψ 0.8"

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            *(
                ({"frames": frames}, "frames must be a whole number from 2 to 480.")
                for frames in (1, 10_000, NAN, True, 2.5, "9")
            ),
            *(({"seconds": value}, "seconds must be a number from 0.5 to 60.") for value in (0, 61, NAN, INF, None, True, [])),
            *(({"mode": mode}, "mode must be one of slerp, lerp.") for mode in ("cubic", None, ["slerp"], 1)),
            *(({"kind": kind}, "kind must be one of webp, gif, mp4.") for kind in ("exe", "../x", None, {})),
            *(({"closed": closed}, "closed must be true or false.") for closed in (1, "yes", None)),
        ],
    )
    def test_what_is_wrong_is_told(self, refusal, changes, sentence):
        assert refusal("animation", **changes) == sentence

    @pytest.mark.parametrize("num", [1, 33])
    def test_key_frames_are_two_to_thirty_two(self, refusal, num):
        many = encode(latents.sample(num, 8, 0))
        assert refusal("animation", z=many, labels=[0] * num) == "An animation leads through 2 to 32 key frames."


class TestQr:
    def test_it_is_svg_that_fits_where_it_is_put(self, ask):
        svg = ET.fromstring(ask({"what": "qr", "text": "http://127.0.0.1:7860/#" + "a" * 500})["svg"])
        side = svg.get("viewBox").split()[2]
        assert svg.get("width") is None and svg.get("viewBox") == f"0 0 {side} {side}"
        assert len(svg) == 2  # a background and the modules

    def test_what_no_code_holds_is_told(self, ask):
        told = ask({"what": "qr", "text": "é" * 4000})["error"]
        assert told == "This view is too large for a QR code; copy the link instead."

    @pytest.mark.parametrize("text", ["", "a" * 4001, None, 7, ["a"]])
    def test_what_is_no_text_is_told(self, ask, text):
        assert ask({"what": "qr", "text": text})["error"] == "text must be a text of 1 to 4,000 characters."


class TestHostile:
    @pytest.mark.parametrize("question", [None, 7, "draw", [], {}, {"what": ["draw"]}, {"what": None}, {"what": "__init__"}])
    def test_what_is_no_question(self, ask, question):
        assert ask(question)["error"].startswith("what must be one of about, latents,")

    @pytest.mark.parametrize("what", ["about", "latents", "directions", "draw", "png", "animation"])
    @pytest.mark.parametrize("run", ["../tiny", "/etc/passwd", "", None, 7, ["tiny"], {}])
    def test_only_listed_names_are_runs(self, refusal, what, run):
        assert refusal(what, run=run).startswith("There is no run with this name")

    def test_a_run_without_snapshots(self, refusal):
        assert "no snapshots yet" in refusal(run="new")

    def test_a_damaged_run_names_no_path(self, checkpoints, make_run, question):
        (make_run().path / "config.json").write_text("{")
        told = blocking_ask(Questions(Library(checkpoints)))(question())["error"]
        assert "damaged" in told and str(checkpoints) not in told

    @pytest.mark.parametrize("images", [65, -1, 64.0, NAN, "64", True, {}, [64, 65], [None, "x"]])
    def test_only_its_own_snapshots(self, refusal, images):
        told = refusal(images=images)
        assert told in ("The run tiny has no such snapshot.", "images must be the number of images that a snapshot has seen.")

    @pytest.mark.parametrize("images", [[], [64] * 257])
    def test_not_too_many_snapshots(self, refusal, images):
        assert refusal(images=images) == "images must be a list of 1 to 256 numbers."

    @pytest.mark.parametrize(
        "z", [None, 7, "", "?", "é", "AAAA", encode(np.zeros((1, 7), "f4")), encode(np.zeros((257, 8), "f4")), [0.0] * 8]
    )
    def test_latents_of_another_length(self, refusal, z):
        assert refusal(z=z) == "z must be 1 to 256 latents of 8 numbers, as base64 of their float32 bytes."

    @pytest.mark.parametrize("number", [NAN, INF, -INF, 101, -1e30])
    def test_numbers_that_no_latent_has(self, refusal, number):
        z = np.zeros((3, 8), "f4")
        z[1, 3] = number
        assert refusal(z=encode(z)) == "Every number of a latent must lie between -100 and 100."

    @pytest.mark.parametrize("labels", [None, [0, 1], [0, 1, 3], [0, 1, -1], [0, 1, True], [0, 1, 1.0], "012", [[0], 1, 2], {}])
    def test_labels(self, refusal, labels):
        assert refusal(labels=labels) == "labels must be 3 whole numbers from 0 to 2."

    @pytest.mark.parametrize("truncation", [NAN, INF, -0.1, 4.1, 10**400, None, "1", True, [1]])
    def test_truncation(self, refusal, truncation):
        assert refusal(truncation=truncation) == "truncation must be a number from 0 to 4."

    @pytest.mark.parametrize("num", [0, -1, 257, 10**400, 1.5, NAN, INF, True, None, "9", []])
    def test_num(self, ask, num):
        told = ask({"what": "latents", "run": "tiny", "num": num, "seed": 0})["error"]
        assert told == "num must be a whole number from 1 to 256."

    @pytest.mark.parametrize("seed", [-1, 2**32, 0.5, NAN, True, None, "x"])
    def test_seed(self, ask, seed):
        told = ask({"what": "latents", "run": "tiny", "num": 1, "seed": seed})["error"]
        assert told == "seed must be a whole number from 0 to 4294967295."

    @pytest.mark.parametrize("columns", [0, 4, NAN, True, "2", []])
    def test_columns(self, refusal, columns):
        assert refusal("png", columns=columns) == "columns must be a whole number from 1 to 3."

    @pytest.mark.parametrize("origins", [[], [None], "x", {}, [None, None, 7], [[]] * 3])
    def test_origins(self, refusal, origins):
        assert refusal("png", **{"from": origins}) == "from must be 3 times a seed with an index, or null."

    @pytest.mark.parametrize(("origin", "name"), [({}, "seed"), ({"seed": 1}, "index"), ({"seed": 1, "index": 1e9}, "index")])
    def test_an_origin(self, refusal, origin, name):
        assert refusal("png", **{"from": [origin, None, None]}).startswith(f"{name} must be a whole number")

    def test_more_pixels_than_an_answer_holds(self, refusal):
        many = {"z": encode(np.zeros((256, 8), "f4")), "labels": [0] * 256}
        assert refusal(images=[64] * 256, **many) == "Ask for 5349 pictures at most."

    def test_what_nobody_foresaw_is_one_sentence(self, ask, question, monkeypatch):
        monkeypatch.setattr(Library, "find", lambda library, name: 1 / 0)
        assert ask(question()) == {"error": "The server could not answer this."}


@pytest.mark.slow
def test_memory_stays_bounded_while_switching_among_30_runs(checkpoints, make_run, z, monkeypatch):
    """The caches of generators and directions are bounded, and the pictures stay the same."""
    names = [f"run{number:02}" for number in range(30)]
    for name in names:
        make_run(name, moments=(0, 64))
    size = sum(tensor.nbytes for tensor in Library(checkpoints).find(names[0]).run.generator().state_dict().values())
    monkeypatch.setattr("studio.library.MOST_DIRECTIONS", 5)
    library = Library(checkpoints, most_bytes=4 * size)
    ask = blocking_ask(Questions(library))
    answers = []
    for _ in range(3):
        for name in names:
            asked = {"run": name, "images": [0, 64], "z": encode(z), "labels": [0, 1, 2]}
            answers.append(ask({"what": "draw"} | asked)["pictures"])
            assert "directions" in ask({"what": "directions", "run": name, "images": 64})
            kept = sum(tensor.nbytes for one in library._networks.values() for tensor in one.state_dict().values())
            assert kept <= library.most_bytes and len(library._directions) <= 5
    assert answers[:30] == answers[30:60] == answers[60:]


def test_the_album_of_a_run_holds_the_pictures_that_its_training_left(ask, library, lasting_run):
    run = lasting_run("bare", moments=())
    (run.path / "grids" / "000000032.webp").mkdir(parents=True)  # unreadable grids are left out
    grids = {images: webp(Image.new("L", (30, 30), images)) for images in (0, 64, 128)}
    run.save_grid(96, grids[64][:-9])
    for images, grid in grids.items():
        run.save_grid(images, grid)
        run.append_history({"images": images, "epoch": images / 64, "g_loss": 1.0, "d_loss": 0.5})
    album = ask({"what": "album", "run": "bare"})
    assert [moment["images"] for moment in album["moments"]] == [0, 64, 128] and album["curves"].startswith("<svg")
    assert [base64.b64decode(webp) for webp in album["pictures"]] == list(grids.values())
    assert ask({"what": "album", "run": "plain"})["moments"] == []
    assert "There is no run" in ask({"what": "album", "run": "../bare"})["error"]
    assert remarks(library.find("bare"))["notice"]["say"] == "weightless"
    assert remarks(library.find("new"))["notice"]["say"] == "begun"


def test_a_painted_picture_gets_proposals_by_its_mask(ask, refusal, library, z):
    picture = ask({"what": "draw", "run": "tiny", "images": 64, "z": encode(z[:1]), "labels": [1]})["pictures"]
    mask = np.zeros((28, 28), np.uint8)
    mask[:, :9] = 255
    painted = {"what": "project", "run": "tiny", "images": 64, "picture": picture, "mask": encode(mask), "prior": 0}
    found = ask(painted | {"z": encode(z[1:2]), "labels": [1]})
    assert found["num"] == 4 and found["labels"][:3] == [1, 1, 1] and found["labels"][3] != 1
    assert found["errors"][0] == found["rmse"] < 1 and found["label"] == 1
    assert len(base64.b64decode(found["z"])) == 4 * 8 * 4
    assert ask(painted)["num"] == 1  # a search starts anywhere
    asked = {"what": "project", "picture": picture}
    assert refusal(**asked, mask=encode(mask[:9])) == "mask must be 28 x 28 bytes, as base64."
    assert refusal(**asked, mask=encode(0 * mask)) == "mask must not be all black: no pixel would count."
    assert refusal(**asked, mask=7) == "mask must be 28 x 28 bytes, as base64."
    assert refusal(**asked, z="AAAA").startswith("z must be 1 to 256 latents of 8 numbers")
