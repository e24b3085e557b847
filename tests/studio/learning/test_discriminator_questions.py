"""Tests the page's questions about a run's discriminator and its real pictures."""

import base64
import shutil
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from synchronous import blocking_ask

from ganlib import datasets, files, latents, networks, sample
from ganlib.inspection import discriminator
from ganlib.runs.config import Config
from ganlib.runs.run import Run
from studio.learning import real_images
from studio.library import Library
from studio.validation import encode
from studio.web.questions import Questions

NUM = 24  # training pictures, drawn by the run's own generator, so that its samples are exact copies
NAN = float("nan")


@pytest.fixture(scope="module")
def runs(lasting_run, tmp_path_factory):
    """Runs of two classes: "copycat" with its pictures, "stray" without them, "unjudged" without a discriminator."""
    root = tmp_path_factory.mktemp("judging")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANLIB_CACHE", str(root / "cache"))
        stray = lasting_run("stray", class_names=None)
        stray.save_discriminator(loud(networks.build_discriminator(stray.config.discriminator_settings())), 128)
        lasting_run("unjudged", class_names=None)
        copycat(lasting_run.args[0], root / "pictures", stray.config.recipe)
        yield lasting_run.args[0]


def copycat(runs, folder, recipe):
    torch.manual_seed(1)
    sizes = {"image_size": 28, "channels": 1, "num_classes": 2}
    generator = loud(networks.build_generator(sizes | {"latent_dim": 8} | recipe.generator))
    labels = np.arange(NUM) % 2
    drawn = sample.draw(generator, latents.sample(NUM, 8, 5), labels)
    for number, (picture, label) in enumerate(zip(drawn, labels, strict=True)):
        (folder / f"class{label}").mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture[0]).save(folder / f"class{label}" / f"{number:02}.png")
    config = Config.plan(recipe, datasets.load(str(folder), 28, 1), str(folder), 128, seed=0, weights_dtype="float32")
    run = Run.create(runs / "copycat", config)
    run.save_snapshot(generator, 128)
    run.save_discriminator(loud(networks.build_discriminator(config.discriminator_settings())), 128)


def loud(network):
    """Scales an untrained network so that its outputs vary like a trained one's."""
    with torch.no_grad():
        for weight in network.parameters():
            weight *= 10 if weight.ndim > 1 else 1
    return network.eval()


@pytest.fixture(scope="module")
def library(runs):
    return Library(runs)


@pytest.fixture(scope="module")
def ask(library):
    return blocking_ask(Questions(library))


def judge(**changes):
    return {"what": "judge", "run": "copycat", "images": 128, "num": 6, "seed": 3} | changes


def nearest(**changes):
    z = encode(latents.sample(NUM, 8, 5)[7:8])
    return {"what": "nearest", "run": "copycat", "images": 128, "z": z, "labels": [1], "truncation": 1, "num": 3} | changes


def heat(**changes):
    return {"what": "heat", "run": "copycat", "label": 0, "picture": encode(np.arange(784, dtype=np.uint8))} | changes


def pictures(told):
    """Decodes an answer's pictures as uint8 (N, C, S, S)."""
    shape = (told["num"], told["size"], told["size"], told["channels"])
    return np.frombuffer(base64.b64decode(told["pictures"]), np.uint8).reshape(shape).transpose(0, 3, 1, 2)


class TestJudge:
    def test_logits_are_those_of_the_discriminator_for_the_pictures_that_are_shown(self, ask, library):
        answer = ask(judge())
        discriminator = library.find("copycat").run.discriminator()
        for told in answer["kinds"]:
            inputs = torch.from_numpy(pictures(told) / 127.5 - 1).float()
            expected = discriminator(inputs, torch.tensor(told["labels"]))
            assert told["logits"] == pytest.approx(expected.tolist(), rel=1e-4, abs=1e-4) and np.ptp(told["logits"]) > 0.1
        assert (answer["data"], answer["boundary"], answer["fixed"], answer["probable"]) == ("here", 0, True, True)
        assert answer["line"] == "line_logistic"

    def test_the_kinds_are_real_and_generated_with_the_same_labels(self, ask, library):
        real, fake = ask(judge())["kinds"]
        assert real["labels"] == fake["labels"] == [0, 1, 0, 1, 0, 1]
        entry = library.find("copycat")
        expected = sample.draw(entry.run.generator(), latents.sample(6, 8, 3), np.arange(6) % 2)
        assert (pictures(fake) == expected).all()
        training = datasets.load(entry.run.config.source, 28, 1)
        for picture, label in zip(pictures(real), real["labels"], strict=True):
            (same,) = np.flatnonzero((training.images == picture).all((1, 2, 3)))
            assert training.labels[same] == label
        assert len({picture.tobytes() for picture in pictures(real)}) == 6

    def test_a_seed_is_a_draw(self, ask):
        assert ask(judge()) == ask(judge())
        assert ask(judge())["kinds"] != ask(judge(seed=4))["kinds"]

    def test_more_are_judged_than_shown(self, ask):
        real, fake = ask(judge(num=10, shown=2))["kinds"]
        assert [real["num"], fake["num"]] == [2, 2] and [len(real["logits"]), len(fake["logits"])] == [10, 10]

    def test_no_more_real_ones_than_there_are(self, ask):
        real, fake = ask(judge(num=100))["kinds"]
        assert len(real["logits"]) == NUM and len(fake["logits"]) == 100

    def test_without_pictures_the_generated_are_judged_alone(self, ask):
        answer = ask(judge(run="stray", images=64))
        (fake,) = answer["kinds"]
        assert answer["data"] == "away" and len(fake["logits"]) == 6 and fake["labels"] == [None] * 6

    def test_a_loss_without_a_line_has_one_where_both_kinds_are_there(self, runs, tmp_path):
        for name, loss in (("copycat", "wasserstein"), ("stray", "relativistic")):
            run = Run.open(runs / name)
            (tmp_path / name).symlink_to(run.path)
            config = replace(run.config, recipe=replace(run.config.recipe, loss=loss))
            copy = Run(tmp_path / f"{name}-{loss}", config)
            copy.save_config(config)
            for part in ("snapshots", "discriminator.safetensors"):
                (copy.path / part).symlink_to(run.path / part)
        ask = blocking_ask(Questions(Library(tmp_path)))
        answer = ask(judge(run="copycat-wasserstein"))
        real, fake = (np.array(told["logits"]) for told in answer["kinds"])
        assert answer["boundary"] == pytest.approx(discriminator.boundary("wasserstein", real, fake)) and not answer["fixed"]
        assert answer["line"] == "line_none"
        assert ask(judge(run="stray-relativistic"))["boundary"] is None

    def test_pictures_that_are_still_read_are_said_to_come(self, library, monkeypatch):
        begin, read = threading.Event(), real_images._read
        monkeypatch.setattr(real_images, "_read", lambda run: begin.wait(20) and read(run))
        monkeypatch.setattr(real_images, "PATIENCE", 0.01)
        ask = blocking_ask(Questions(library))
        answer = ask(judge())
        assert answer["data"] == "coming" and len(answer["kinds"]) == 1
        begin.set()
        monkeypatch.setattr(real_images, "PATIENCE", 20)
        assert ask(judge())["data"] == "here"


class TestHeat:
    def test_it_is_the_gradient_of_the_logit(self, ask, library):
        answer = ask(heat())
        picture = np.arange(784, dtype=np.uint8).reshape(1, 1, 28, 28)
        discriminator = library.find("copycat").run.discriminator()
        asked = torch.from_numpy(picture / 127.5 - 1).float().requires_grad_()
        logit = discriminator(asked, torch.tensor([0]))
        logit.sum().backward()
        expected = asked.grad[0, 0].numpy()
        found = np.frombuffer(base64.b64decode(answer["heat"]), np.int8).reshape(28, 28)
        assert answer["logit"] == pytest.approx(logit.item(), rel=1e-4) and answer["signed"]
        assert answer["steepest"] == pytest.approx(np.abs(expected).max(), rel=1e-4) and np.abs(found).max() == 127
        np.testing.assert_allclose(found / 127 * answer["steepest"], expected, atol=answer["steepest"] / 250)

    @pytest.mark.parametrize("picture", [None, 7, "", "?", "é", "AAAA", encode(np.zeros(785, np.uint8)), [0] * 784])
    def test_what_is_no_picture(self, ask, picture):
        assert ask(heat(picture=picture)) == {"error": "picture must be 28 x 28 x 1 bytes, as base64."}

    @pytest.mark.parametrize("label", [None, 2, -1, True, "0", [0]])
    def test_what_is_no_label(self, ask, label):
        assert ask(heat(label=label)) == {"error": "labels must be 1 whole numbers from 0 to 1."}


class TestNearest:
    def test_a_copy_is_found_at_no_distance(self, ask, library):
        answer = ask(nearest())
        drawn, first, *_ = pictures(answer)
        assert answer["distances"][0] == 0 and (drawn == first).all()
        assert answer["num"] == 4 and answer["distances"] == sorted(answer["distances"]) and answer["distances"][1] > 1
        training = datasets.load(library.find("copycat").run.config.source, 28, 1).images
        assert (training[answer["indices"]] == pictures(answer)[1:]).all()

    def test_another_picture_is_none(self, ask):
        answer = ask(nearest(z=encode(latents.sample(1, 8, 99))))
        drawn, *near = pictures(answer)
        expected = [np.sqrt(np.square(drawn.astype(float) - other).mean()) for other in near]
        assert answer["distances"] == pytest.approx(expected) and answer["distances"][0] > 1

    def test_it_is_told_how_far_unseen_pictures_lie(self, ask, library):
        unseen = ask(nearest())["unseen"]
        images = datasets.load(library.find("copycat").run.config.source, 28, 1).images.astype(float)
        apart = np.sqrt(np.square(images[:, None] - images).mean((2, 3, 4))) + np.diag(np.full(NUM, np.inf))
        assert unseen["median"] == pytest.approx(np.median(apart.min(1)), rel=1e-3)
        assert (unseen["share"], unseen["num"], unseen["held_out"]) == (0, NUM, False)

    def test_without_pictures_nothing_is_said(self, ask):
        assert ask(nearest(run="stray", labels=None)) == {"data": "away"}

    def test_one_latent_at_a_time(self, ask):
        told = ask(nearest(z=encode(latents.sample(2, 8, 5)), labels=[0, 1]))
        assert told == {"error": "Ask for the neighbours of one latent at a time."}

    @pytest.mark.parametrize("num", [0, 9, 1.5, NAN, None, "3", True, [1]])
    def test_num(self, ask, num):
        assert ask(nearest(num=num)) == {"error": "num must be a whole number from 1 to 8."}


class TestHostile:
    @pytest.mark.parametrize("question", [judge, heat, nearest])
    @pytest.mark.parametrize("run", ["../copycat", "/etc", "", None, 7, ["copycat"]])
    def test_only_listed_names_are_runs(self, ask, question, run):
        assert ask(question(run=run))["error"].startswith("There is no run with this name")

    @pytest.mark.parametrize("num", [0, -1, 257, 1e400, 2.5, NAN, None, "6", True])
    def test_num(self, ask, num):
        assert ask(judge(num=num)) == {"error": "num must be a whole number from 1 to 256."}

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"shown": 7}, "shown must be a whole number from 1 to 6."),
            ({"seed": -1}, "seed must be a whole number from 0 to 4294967295."),
            ({"images": 3}, "The run copycat has no such snapshot."),
        ],
    )
    def test_other_numbers(self, ask, changes, sentence):
        assert ask(judge(**changes)) == {"error": sentence}

    def test_more_pixels_than_an_answer_holds(self, ask, monkeypatch):
        monkeypatch.setattr("studio.learning.discriminator.MOST_PIXELS", 10 * 28 * 28)
        assert ask(judge()) == {"error": "Ask for 5 pictures of each kind at most."}

    @pytest.mark.parametrize("question", [judge, heat])
    def test_a_run_without_a_discriminator(self, ask, question):
        told = "The run unjudged holds no discriminator.safetensors, so nobody can judge."
        assert ask(question(run="unjudged", label=None)) == {"error": told}
        assert "pictures" in ask({"what": "draw", "run": "unjudged", "z": encode(np.zeros((1, 8), "f4"))})

    def test_a_damaged_discriminator_takes_nothing_else_down(self, runs, tmp_path, flip_a_byte):
        shutil.copytree(runs / "stray", tmp_path / "tiny")
        run = Run.open(tmp_path / "tiny")
        flip_a_byte(run.path / "discriminator.safetensors")
        library = Library(tmp_path)
        ask = blocking_ask(Questions(library))
        told = ask(judge(run="tiny"))["error"]
        assert "discriminator.safetensors is damaged" in told and str(tmp_path) not in told
        assert library.find("tiny").damage is None and "data" in ask(nearest(run="tiny", labels=None))

    def test_a_source_that_lies_is_not_shown(self, runs, tmp_path):
        (tmp_path / "liar" / "snapshots").parent.mkdir()
        source = runs / "copycat"
        files.write_json(tmp_path / "liar" / "config.json", files.read_json(source / "config.json") | {"fingerprint": "0" * 32})
        (tmp_path / "liar" / "snapshots").symlink_to(source / "snapshots")
        assert blocking_ask(Questions(Library(tmp_path)))(nearest(run="liar")) == {"data": "away"}


def test_a_discriminator_is_read_once_and_kept_within_the_bound(runs):
    library = Library(runs, most_bytes=1)
    entry = library.find("copycat")
    discriminator = library.discriminator(entry)
    assert library.discriminator(entry) is discriminator
    library.generator(entry, entry.snapshots[-1])
    assert len(library._networks) == 1 and library.discriminator(entry) is not discriminator


def test_sets_are_kept_within_the_bound(library, monkeypatch):
    monkeypatch.setattr(real_images, "MOST_SETS", 1)
    kept = real_images.RealImages()
    for name in ("copycat", "stray", "copycat"):
        assert kept.of(library.find(name)).state == ("away" if name == "stray" else "here")
        assert len(kept._sets) <= 1
