"""Tests that names with markup stay text: of a run, its classes, its data and uploaded files."""

import json
import re

import pytest
from driving import run_of
from test_train_uploads import content, file, picture, uploads

from ganlib import networks, pictures
from ganlib.recipes import RECIPES
from ganlib.runs.config import Config
from ganlib.runs.run import Run

pytestmark = pytest.mark.browser
EVIL = '"><img class=evil src=data:, onerror="window.evil=1"><script>window.evil=2</script>{{7*7}}${window.evil=3}'


@pytest.fixture
def checkpoints(tmp_path):
    """A folder with a run that has markup in all of its texts."""
    from dataclasses import replace

    recipe = replace(
        RECIPES["dcgan"], name=EVIL, summary=EVIL, latent_dim=8,
        generator={"family": "dcgan", "width": 4}, discriminator={"family": "dcgan", "width": 4},
    )  # fmt: skip
    config = Config(
        recipe=recipe, dataset=EVIL, source=EVIL, fingerprint=EVIL, dataset_size=64, image_size=28, channels=1,
        class_names=(EVIL, f"b{EVIL}"), seed=0, images=64, schedule_images=64, commands=(EVIL,), hardware=EVIL, data_note=EVIL,
        parent=EVIL, parent_images=0, parent_lineage=EVIL,
    )  # fmt: skip
    run = Run.create(tmp_path / "test_evil" / EVIL.replace("/", "")[:200], config)
    for images in (0, 64):
        run.save_snapshot(networks.build_generator(config.generator_settings()), images)
        run.save_grid(images, pictures.webp(picture(1)))
        run.append_history({"images": images, "g_loss": 1.0, "d_loss": 0.5, EVIL: 1.0})
    run.save_discriminator(networks.build_discriminator(config.discriminator_settings()), 64)
    run.save_scores({"dataset": EVIL, "num": 9}, {64: {"swd": (1.0, 9), EVIL: (1.0, 9)}})
    broken = run.path.with_name(f"broken {EVIL.replace('/', '')}"[:200])
    broken.mkdir()
    (broken / "config.json").write_text(json.dumps({"format_version": EVIL}))
    return run.path.parent


def harmless(page):
    assert page.evaluate("window.evil") is None
    assert page.locator(".evil").count() == 0


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_in_every_tab(open_page, checkpoints, language):
    page = open_page(checkpoints, language)
    run_of(page)
    for number in range(page.get_by_role("tab").count()):
        page.get_by_role("tab").nth(number).click()
        page.wait_for_timeout(1000)
        harmless(page)
    page.locator("#run").click()
    page.wait_for_timeout(300)
    harmless(page)
    assert EVIL.split(">")[0] in page.locator("body").inner_html() or "&lt;img class=evil" in page.locator("body").inner_html()


def test_of_uploaded_files(open_page, checkpoints):
    page = open_page(checkpoints)
    place = uploads(page)
    evil = EVIL.replace("/", "∕")
    place.locator("input[type=file]").set_input_files(
        [
            file(f"{evil}.png", content(picture(1))),
            file(f"{evil}.svg", b"<svg onload='window.evil=4'/>"),
            file(f"{evil}.zip", b"PK\x03\x04"),
        ]
    )
    place.get_by_text(re.compile("onerror")).first.wait_for(state="attached")
    page.wait_for_timeout(500)
    harmless(page)
