"""Tests that the page's questions and files keep the alpha of a run of four channels."""

import base64
import io
import json

import numpy as np
import pytest
import torch
from PIL import Image
from synchronous import blocking_ask

from ganlib import latents, networks, pictures, sample
from studio.learning.lab_report import report
from studio.library import Library
from studio.validation import encode
from studio.web.questions import Questions, about


@pytest.fixture(scope="module")
def library(lasting_run):
    run = lasting_run("sprites", class_names=None, moments=(), channels=pictures.RGBA)
    torch.manual_seed(0)
    generator = loud(networks.build_generator(run.config.generator_settings()))
    for images in (0, 128):
        run.save_snapshot(generator, images)
        run.save_grid(images, pictures.webp(pictures.grid(sample.draw(generator, latents.sample(4, 8, 0)), 2)))
    run.save_discriminator(loud(networks.build_discriminator(run.config.discriminator_settings())), 128)
    return Library(lasting_run.args[0])


def loud(network):
    """Scales an untrained network so that its outputs vary like a trained one's."""
    with torch.no_grad():
        for weight in network.parameters():
            weight *= 10 if weight.ndim > 1 else 1
    return network.eval()


@pytest.fixture(scope="module")
def ask(library):
    return blocking_ask(Questions(library))


@pytest.fixture
def z():
    return latents.sample(3, 8, seed=5)


@pytest.fixture
def drawn(library, z):
    images = sample.draw(library.find("sprites").run.generator(), z)
    assert images.shape == (3, 4, 28, 28) and np.ptp(images[:, 3]) > 100
    return images


def content(answer, key):
    return io.BytesIO(base64.b64decode(answer[key]))


def test_the_page_knows_that_a_run_is_transparent(library, ask):
    facts = about(library.find("sprites"))
    assert facts["transparent"] and facts["channels"] == 4
    assert ask({"what": "album", "run": "sprites"})["transparent"]


def test_drawn_pictures_hold_alpha(ask, z, drawn):
    answer = ask({"what": "draw", "run": "sprites", "images": 128, "z": encode(z), "truncation": 1})
    assert answer["channels"] == 4
    pixels = np.frombuffer(base64.b64decode(answer["pictures"]), np.uint8).reshape(3, 28, 28, 4)
    assert np.array_equal(pixels.transpose(0, 3, 1, 2), drawn)


def test_a_saved_png_holds_alpha_and_settings(ask, z, drawn):
    answer = ask({"what": "png", "run": "sprites", "images": 128, "z": encode(z), "truncation": 1})
    with Image.open(content(answer, "png")) as picture:
        assert picture.mode == "RGBA" and json.loads(picture.info[pictures.SETTINGS_KEY])["run"] == "sprites"
        pixels = np.asarray(picture).transpose(2, 0, 1)
    assert np.array_equal(pixels[:, 2:30, 2:30], drawn[0]) and not pixels[3, :2].any()


@pytest.mark.parametrize("kind", ["webp", "gif"])
def test_a_saved_animation_is_transparent(ask, z, drawn, kind):
    asked = {"what": "animation", "run": "sprites", "images": 128, "z": encode(z), "kind": kind, "frames": 4, "closed": False}
    with Image.open(content(ask(asked), "file")) as film:
        alpha = np.asarray(film.convert("RGBA"))[..., 3]
    expected = drawn[0, 3].repeat(10, 0).repeat(10, 1)
    assert np.array_equal(alpha[:280], expected if kind == "webp" else np.where(expected >= 128, 255, 0))


def test_a_discriminator_judges_four_channels(ask, drawn):
    answer = ask({"what": "judge", "run": "sprites", "images": 128, "num": 8, "seed": 0})
    assert answer["channels"] == 4 and len(set(answer["kinds"][0]["logits"])) == 8
    picture = base64.b64encode(np.ascontiguousarray(drawn[0].transpose(1, 2, 0)).tobytes()).decode()
    answer = ask({"what": "heat", "run": "sprites", "label": None, "picture": picture})
    heat = np.frombuffer(base64.b64decode(answer["heat"]), np.int8)
    assert len(heat) == 28 * 28 and heat.min() >= 0 and heat.max() == 127 and not answer["signed"]


@pytest.mark.slow
def test_the_lab_report_shows_a_checkerboard(library):
    html = report(library, library.find("sprites"), "en")
    assert "colour with transparency" in html
    assert html.count('class="pixelated transparent"') == 2 and 'class="last pixelated transparent"' in html
    assert ".transparent { background: repeating-conic-gradient(" in html
