"""Tests the lab report: one self-contained file for any run, with only text and pictures of a foreign run."""

import base64
import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from synchronous import blocking_ask

from ganlib import UserError, hub, latents, networks, pictures, sample
from ganlib.recipes import RECIPES, Features
from ganlib.runs import inversion_errors
from ganlib.runs.inversion_errors import InversionErrors
from ganlib.runs.run import short
from studio import words
from studio.drawing import sheets
from studio.learning import lab_figures, lab_report
from studio.library import Library
from studio.report import main
from studio.web.questions import Questions

ROOT = Path(__file__).parents[3]
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>{{ 7*7 }} {run}'
VOID = {"meta", "img", "link", "br", "input", "hr"}


class Page(HTMLParser):
    """Parses a report: its tags, attributes and text. Tags must be balanced."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.text, self.images, self._open = [], [], "", [], []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag == "img":
            self.images.append(dict(attributes)["src"])
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.text += data


def opened(src):
    kind, content = src.split(",", 1)
    assert kind == "data:image/webp;base64"
    return Image.open(io.BytesIO(base64.b64decode(content, validate=True)))


def said(key, language="en", **values):
    return words.word(language, key, **values)


@pytest.fixture
def write(checkpoints):
    """Writes and parses the report of a run; asserts that it has no external resource and no script."""

    def write(name="tiny", language="en"):
        library = Library(checkpoints)
        html = lab_report.report(library, library.find(name), language)
        page = Page(html)
        assert not {"script", "iframe", "object", "embed", "link", "base", "form"} & set(page.tags)
        for key, value in page.attributes:
            assert not key.startswith("on")
            if key in ("src", "href", "xlink:href"):
                assert value.startswith(("data:image/webp;base64,", "#")), value
            assert key in ("xmlns", "xmlns:xlink") or "http" not in (value or "") or key == "aria-label"
        return page

    return write


class TestReport:
    @pytest.mark.parametrize("language", words.LANGUAGES)
    def test_it_tells_of_the_run_in_either_language(self, make_run, write, language):
        run = make_run()
        run.save_config(replace(run.config, commands=("python train.py --dataset tiny",), hardware="one abacus"))
        run.save_scores({"dataset": "tiny", "num": 64}, {128: {"swd": (12.345, 64)}, None: {"swd": (1.5, 64)}})
        page = write(language=language)
        for text in ("python train.py --dataset tiny", "one abacus", "cat, dog, owl", "12.3", "1.5"):
            assert text in page.text
        for key in ("report_expected", "report_saw", "report_why", "measure_swd", "report_objective", "untrained"):
            assert said(key, language) in page.text
        assert ("lang", {"en": "en", "zh": "zh-CN"}[language]) in page.attributes
        assert page.tags.count("img") == 4 and "svg" in page.tags

    @pytest.mark.parametrize("language", words.LANGUAGES)
    def test_a_measure_in_trained_features_is_marked(self, make_run, write, language, checkpoints):
        run = make_run()
        found = {"feature_distance": (12.0, 64), "efficientnet_distance": (3.0, 64)}
        run.save_scores({"dataset": "tiny", "num": 64}, {128: found, None: found})
        names = {name: said(f"measure_{name}", language) for name in found}
        marked = said("in_trained_features", language, measure=names["efficientnet_distance"])
        assert marked not in write(language=language).text
        run.save_config(replace(run.config, recipe=replace(run.config.recipe, features=Features())))
        text = write(language=language).text
        assert marked in text and names["feature_distance"] in text
        assert said("in_trained_features", language, measure=names["feature_distance"]) not in text
        figures = sheets.scores(Library(checkpoints).find("tiny"))["scores"]["figures"]
        assert {figure["name"]: figure["trained"] for figure in figures} == {
            "feature_distance": False,
            "efficientnet_distance": True,
        }

    @pytest.mark.slow
    def test_its_pictures_are_those_of_the_snapshots(self, make_run, write):
        run = make_run()
        for src, images in zip(write().images, (0, 64, 128, 128), strict=True):
            last = src == write().images[3]
            num, columns = (15, 3) if last else (20, 5)
            z = latents.sample(num, 8, seed=0)
            expected = sample.draw(run.generator(run.snapshot(images / 64)), z, np.arange(num) % 3)
            shown = opened(src).convert("L")
            assert np.array_equal(shown, pictures.grid(expected, columns, pictures.scale_for(28)))

    def test_its_layers_are_those_of_the_networks(self, make_run, write):
        config, page = make_run().config, write()
        for build, settings in (
            (networks.build_generator, config.generator_settings()),
            (networks.build_discriminator, config.discriminator_settings()),
        ):
            network = build(settings)
            assert page.text.count(f"{networks.count_parameters(network):,}") == 2  # in the facts and below the table
        assert page.text.count("ConvTranspose2d") == 2 and "(14 − 1)·2 − 2·1 + 4 = 28" in page.text

    @pytest.mark.slow
    @pytest.mark.parametrize("name", RECIPES)
    def test_every_recipe_has_an_objective_and_layers(self, make_run, checkpoints, name):
        recipe = RECIPES[name]
        run = make_run()
        size = recipe.image_size or 28
        config = replace(run.config, recipe=recipe, image_size=size, class_names=("a", "b"))
        html = str(lab_report._objective(config))
        assert "L_D=" in html and "L_G=" in html and ("nabla" in html) == any((recipe.r1, recipe.r2, recipe.gradient_penalty))
        for _, _, layers, parameters in lab_report._networks(config, lambda key: key):
            assert layers and parameters == sum(layer.parameters for layer in layers) > 0


class TestWhatIsMissing:
    def test_without_weights_its_own_pictures_are_shown(self, make_run, write):
        run = make_run()
        shutil.rmtree(run.path / "snapshots")
        sheet = Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8))
        run.save_grid(0, pictures.webp(sheet))
        run.save_grid(64, pictures.webp(sheet))
        (run.path / "grids" / "000000128.webp").write_bytes(b"RIFF\0\0\0\0WEBPVP8L no picture at all")
        page = write()
        assert len(page.images) == 2 and all(np.array_equal(opened(src).convert("L"), sheet) for src in page.images)
        assert said("report_kept", moments=2) in page.text

    def test_without_anything_but_its_config(self, make_run, write):
        run = make_run(moments=())
        (run.path / "history.jsonl").unlink(missing_ok=True)
        page = write()
        assert page.images == []
        for key in ("report_no_pictures", "no_history", "report_no_scores"):
            assert said(key) in page.text

    def test_damaged_history_and_scores_keep_the_rest(self, make_run, write):
        run = make_run()
        (run.path / "history.jsonl").write_text("<b>x</b>\n{}\n")
        (run.path / "scores.json").write_text('{"snapshots": 7}')
        page = write()
        assert said("damage_history") in page.text and said("report_no_scores") in page.text and len(page.images) == 4

    def test_a_damaged_snapshot_is_left_out(self, make_run, write, flip_a_byte):
        flip_a_byte(make_run().snapshots()[0].path)
        page = write()
        assert len(page.images) == 3 and said("untrained") not in page.text

    def test_numbers_that_no_time_holds(self, make_run, write):
        run = make_run()
        run.append_history({"images": 128, "g_loss": 1.0, "d_loss": 1.0, "seconds": 1e300})
        assert said("report_time") not in [line.strip() for line in write().text.splitlines()]

    def test_a_damaged_config_is_one_sentence(self, make_run, checkpoints):
        (make_run().path / "config.json").write_text("{")
        library = Library(checkpoints)
        with pytest.raises(UserError, match=r"^The run tiny is damaged: "):
            lab_report.report(library, library.find("tiny"), "en")

    @pytest.mark.slow
    def test_many_snapshots_and_labels_stay_few(self, make_run, write):
        make_run(moments=range(0, 1000, 10), class_names=tuple(f"class {number}" for number in range(40)))
        page = write()
        assert len(page.images) == lab_figures.MOMENTS + 1 and "and 28 more" in page.text


class TestHostile:
    def test_every_text_of_a_foreign_run_is_text(self, make_run, checkpoints, write):
        run = make_run()
        recipe = replace(run.config.recipe, name=HOSTILE, summary=HOSTILE)
        run.save_config(
            replace(
                run.config, recipe=recipe, dataset=HOSTILE, data_note=HOSTILE, hardware=HOSTILE, commands=(HOSTILE, HOSTILE),
                class_names=(HOSTILE, "b", "c"),
            )
        )  # fmt: skip
        run.save_scores({"dataset": HOSTILE, "num": 64}, {128: {"swd": (1.0, 64)}})
        page = write()
        assert page.text.count(HOSTILE) >= 8 and len(page.images) == 4

    def test_a_hostile_name(self, make_run, checkpoints, write):
        name = "a\"><img src=x onerror=alert(1)>{{7*7}}'&"
        make_run(name)
        page = write(name)
        assert page.text.count(name) >= 3 and len(page.images) == 4
        ask = blocking_ask(Questions(Library(checkpoints)))
        assert ask({"what": "report", "run": name, "language": "zh"})["file"] == f"{name}-lab-report.html"

    def test_what_a_kept_picture_carries_beside_its_pixels_stays(self, make_run, write):
        run = make_run(moments=())
        file = io.BytesIO()
        Image.new("RGB", (8, 8)).save(file, "WEBP", lossless=True, xmp=b"<script>alert(1)</script>")
        run.save_grid(0, file.getvalue())
        (src,) = write().images
        assert b"script" not in base64.b64decode(src.split(",")[1])

    def test_a_picture_that_is_too_large_is_left_out(self, make_run, write):
        run = make_run(moments=())
        run.save_grid(0, pictures.webp(Image.new("L", (4000, 4000))))
        assert write().images == []


class TestAnswer:
    @pytest.fixture
    def ask(self, make_run, checkpoints):
        make_run()
        return blocking_ask(Questions(Library(checkpoints)))

    def test_it_is_the_report_and_its_name(self, ask):
        answer = ask({"what": "report", "run": "tiny", "language": "zh"})
        assert answer.keys() == {"html", "file"} and answer["file"] == "tiny-lab-report.html"
        assert said("report_title", "zh", run="tiny") in Page(answer["html"]).text
        json.dumps(answer)

    @pytest.mark.parametrize(("error", "key"), [(7.26, "report_found_said"), (41.0, "report_found_far")])
    @pytest.mark.parametrize("language", words.LANGUAGES)
    def test_a_picture_that_was_found(self, ask, checkpoints, error, key, language):
        found = {"images": 128, "error": error}
        epoch = short(Library(checkpoints).find("tiny").snapshots[-1].epoch)
        told = said(key, language, error=f"{error:.1f}", epoch=epoch)

        def text(**more):
            return Page(ask({"what": "report", "run": "tiny", "language": language} | more)["html"]).text

        assert told in text(found=found)
        odder = 50 if error < 8 else 75
        for held_out, compared in ((True, "report_found_odder"), (False, "report_found_odder_trained")):
            errors = InversionErrors(128, "tiny", 1.0, [1.0], [2.0, 5.0, 8.0, 50.0], held_out)
            inversion_errors.write(checkpoints / "tiny", errors)
            assert said(compared, language, odder=odder) in text(found=found)
        assert said("report_found", language) not in text()

    @pytest.mark.parametrize("found", [1, {"images": 128}, {"images": 128, "error": -1}, {"images": 77, "error": 3}, [128, 3]])
    def test_what_was_found_is_validated(self, ask, found):
        answer = ask({"what": "report", "run": "tiny", "language": "en", "found": found})
        assert answer.keys() == {"error"}

    @pytest.mark.parametrize("run", ["../tiny", "", None, 7, ["tiny"]])
    def test_only_listed_runs(self, ask, run):
        assert ask({"what": "report", "run": run, "language": "en"})["error"].startswith("There is no run with this name")

    @pytest.mark.parametrize("language", [None, "fr", 1, ["en"]])
    def test_only_its_languages(self, ask, language):
        assert ask({"what": "report", "run": "tiny", "language": language})["error"] == "language must be one of en, zh."


class TestCommand:
    def test_it_writes_the_file(self, make_run, tmp_path, capsys):
        out = tmp_path / "report.html"
        main([str(make_run().path), "--language", "zh", "--out", str(out)])
        assert said("report_title", "zh", run="tiny") in Page(out.read_text(encoding="utf-8")).text
        assert str(out) in capsys.readouterr().out

    @pytest.mark.slow
    def test_of_a_run_on_the_hub(self, make_run, hub_server, tmp_path, capsys):
        hub.push(make_run().path, "someone/tiny")
        main(["someone/tiny", "--out", str(tmp_path / "report.html")])
        assert "the lab report of someone/tiny" in capsys.readouterr().out
        written = (tmp_path / "report.html").read_text()
        assert "someone/tiny" in written and "hub-cache" not in written

    def test_a_mistake_is_told(self, make_run, tmp_path):
        run, out = make_run().path, str(tmp_path / "x.html")
        for arguments, sentence in (
            ([str(tmp_path / "none"), "--out", out], "There is no run at"),
            ([str(run), "--out", str(tmp_path / "x.pdf")], "must end in .html"),
            ([str(run), "--out", str(run / "config.json" / "x.html")], "can't be written"),
        ):
            with pytest.raises(UserError, match=sentence):
                main(arguments)

    @pytest.mark.slow
    def test_its_exit_codes(self, make_run, tmp_path):
        """Also on a machine without Gradio, which a report doesn't need."""
        (tmp_path / "gradio.py").write_text("raise ImportError('as if it were not installed')")

        def run(*arguments):
            command, environment = (
                [sys.executable, "-m", "studio.report", *arguments],
                os.environ | {"PYTHONPATH": str(tmp_path)},
            )
            return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)

        done = run(str(make_run().path), "--out", str(tmp_path / "r.html"))
        assert done.returncode == 0 and done.stderr == ""
        wrong = run(str(tmp_path / "none"), "--out", str(tmp_path / "r.html"))
        assert wrong.returncode == 2 and wrong.stderr.count("\n") == 1 and wrong.stdout == ""


def test_the_run_that_is_shipped():
    """With its pictures, curves and scores."""
    library = Library(ROOT / "checkpoints")
    html = lab_report.report(library, library.find("mnist"), "en")
    page = Page(html)
    assert len(page.images) == 7 and len(html) < 1_000_000 and "polyline" in page.tags
    assert all(said(key) in page.text for key in ("measure_digit_distance", "measure_agreement", "report_real"))
