"""Tests what is shown before and beside a training: the finished example, and training pictures."""

import json
import threading
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ganlib import UserError, datasets
from studio import validation
from studio.jobs.examples import SHOWN, Examples
from studio.jobs.job import Materials
from studio.jobs.manager import JobManager
from studio.jobs.request import PICTURES, TrainingRequest
from studio.library import Library
from studio.limits import Limits

ANN, BOB = "a" * 32, "b" * 32
SEVENS = TrainingRequest(minutes=1, seed=0, recipe="digits", dataset="mnist", classes=("7",))


@pytest.fixture
def jobs(tmp_path):
    """Jobs whose trainings run until the end of the test."""
    over = threading.Event()

    def launch(arguments, folder, environment):
        yield {"event": "launched", "pid": 2**22 + 1}  # an unused process id
        over.wait(20)
        yield {"event": "ended", "code": 0, "said": ""}

    with closing(JobManager(tmp_path / "jobs", Limits(), "cpu", launch)) as jobs:
        yield jobs
        over.set()


@pytest.fixture
def ask(checkpoints, jobs):
    checkpoints.mkdir()
    answers = Examples(Library(checkpoints, jobs=jobs), jobs).answers()
    return lambda what, **question: answers[f"train_{what}"](question)


def pictures(answer):
    """Decodes pictures as uint8 (N, S, S, C)."""
    shape = (answer["num"], answer["size"], answer["size"], answer["channels"])
    return np.frombuffer(validation.decode(answer["pictures"]), np.uint8).reshape(shape)


def tune(run, **settings):
    """Marks a run as fine-tuned."""
    run.save_config(replace(run.config, **settings))


class TestTheExample:
    def test_is_told_from_the_run_itself(self, ask, make_run):
        make_run("mother", moments=(0, 64, 128))
        child = make_run("child", class_names=None, moments=(0, 16, 40, 96))
        tune(child, parent="mother", parent_images=64, source="mnist", dataset="mnist", classes=("7",), hardware="an abacus")
        child.append_history({"images": 96, "seconds": 12.5})
        told = ask("example")
        assert told["run"] == "child" and told["parent"] == {"run": "mother", "images": 64}
        assert [moment["images"] for moment in told["moments"]] == [40, 96]  # nearest to the middle, and the end
        assert (told["classes"], told["images"], told["seconds"], told["hardware"]) == (["7"], 96, 12.5, "an abacus")
        wished = {
            "run": "mother",
            "images": 64,
            "source": {"kind": "built-in", "name": "mnist", "classes": ["7"]},
            "length": 96,
        }
        assert wished.items() <= told["request"].items()
        json.dumps(told)

    def test_is_none_where_a_request_could_not_ask_for_its_settings(self, ask, make_run):
        recipe = make_run("mother").config.recipe
        child = make_run("child")
        child.append_history({"images": 128, "seconds": 12.5})
        tune(child, parent="mother", source="mnist", recipe=replace(recipe, g_lr=recipe.g_lr / 2))
        assert ask("example")["request"]["g_lr"] == recipe.g_lr / 2
        tune(child, recipe=replace(recipe, r1=recipe.r1 + 1))  # as with `train.py --init-from mother --set r1=`
        assert ask("example") == {}

    @pytest.mark.parametrize("settings", [{"parent": ""}, {"parent": "gone"}, {"source": "a/folder"}])
    def test_is_none_without_its_parent_or_on_pictures_that_are_not_everywhere(self, ask, make_run, settings):
        make_run("mother")
        tune(make_run("child"), **{"parent": "mother", "source": "mnist"} | settings)
        assert ask("example") == {}

    def test_may_be_damaged(self, ask, make_run):
        make_run("mother")
        (make_run("child").path / "config.json").write_text("{")
        assert ask("example") == {}

    def test_is_none_where_its_parent_is_damaged(self, ask, make_run):
        (make_run("mother").path / "config.json").write_text("{")
        child = make_run("child")
        child.append_history({"images": 128, "seconds": 12.5})
        tune(child, parent="mother", source="mnist")
        assert ask("example") == {}


class TestASample:
    @pytest.mark.slow
    def test_is_of_the_chosen_classes_as_the_network_sees_them(self, ask):
        answer = ask("sample", set="mnist", classes=["7"], size=28, channels=1)
        mnist = datasets.load_local("mnist", 28, 1)
        sevens = {image.tobytes() for image in mnist.images[mnist.labels == 7]}
        assert answer["of"] == len(sevens) == 6265 and answer["num"] == SHOWN
        assert all(picture.tobytes() in sevens for picture in pictures(answer))
        assert pictures(ask("sample", set="mnist", size=32, channels=3)).shape == (SHOWN, 32, 32, 3)

    @pytest.mark.parametrize(
        "wrong", [{"set": "a/folder"}, {"classes": ["x"]}, {"classes": 7}, {"size": 10**6}, {"channels": -1}]
    )
    def test_of_anything_else_is_refused(self, ask, wrong):
        with pytest.raises(UserError, match=next(iter(wrong))):
            ask("sample", **{"set": "mnist", "classes": ["7"], "size": 28, "channels": 1} | wrong)


class TestTheRealPicturesOfATraining:
    def begun(self, jobs, make_run, order, tmp_path):
        job = jobs.find(jobs.start(ANN, order, Materials(tmp_path)))
        run = make_run(job.id)
        run.path.rename(job.path(job.lanes[0]))
        return job

    def test_come_once_it_has_begun(self, ask, jobs, make_run, tmp_path):
        job = jobs.find(jobs.start(ANN, SEVENS, Materials(tmp_path)))
        assert ask("real", id=job.id, visitor=ANN) == {"data": "coming", "uploaded": False, "num": 0}

    def test_of_a_built_in_set_are_for_everybody_with_the_link(self, ask, jobs, make_run, tmp_path):
        job = self.begun(jobs, make_run, SEVENS, tmp_path)
        answer = ask("real", id=job.id, visitor=BOB)
        assert (answer["data"], answer["of"]) == ("here", 6265)
        assert np.array_equal(pictures(answer), pictures(ask("sample", set="mnist", classes=["7"])))

    def test_of_an_upload_are_their_owners_alone_and_go_with_it(self, ask, jobs, make_run, tmp_path):
        job = self.begun(jobs, make_run, replace(SEVENS, dataset=None, classes=(), pictures=1), tmp_path)
        assert ask("real", id=job.id, visitor=ANN)["data"] == "gone"
        square = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
        (job.folder / PICTURES).mkdir()
        Image.fromarray(square).save(job.folder / PICTURES / "1.png")
        assert np.array_equal(pictures(ask("real", id=job.id, visitor=ANN))[0, :, :, 0], square)
        assert ask("real", id=job.id, visitor=BOB) == {"data": "hidden", "uploaded": True, "num": 0}
        with pytest.raises(UserError, match="visitor"):
            ask("real", id=job.id)
