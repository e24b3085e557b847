"""Tests failing trainings, and their remedies by one click."""

import base64
import io
import json
import zipfile

import pytest
from test_train import tab_of, visit  # noqa: F401 - the fixture

pytestmark = pytest.mark.browser
WHILE = 90_000  # milliseconds for eight health readings of a training on a busy machine


def begin(page, g_lr, d_lr):
    """Starts two minutes of the recipe mlp on sevens, in small batches so that its health is known soon."""
    watch = tab_of(page)
    page.locator("[name=train-run]").select_option("")  # from scratch
    page.locator("[name=train-recipe]").select_option("mlp")
    page.get_by_role("checkbox", name="7", exact=True).check()
    page.locator("[name=train-length]").fill("2")
    page.locator(".train-more summary").click()
    for name, value in {"batch_size": 4, "grid_every": 500, "g_lr": g_lr, "d_lr": d_lr}.items():
        page.locator(f"[name=train-{name}]").fill(str(value))
    page.locator(".train-go").click()
    return watch


def config_of(page):
    """Stops the displayed training and returns its run's config."""
    page.locator("[data-deed=stop]:enabled").click()
    page.locator(".train-outcome").wait_for(timeout=WHILE)
    file = page.evaluate("studio.training.ask('zip', { id: studio.training.state().job.id }).then(({ file }) => file)")
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(file))) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("config.json")]
        return json.loads(archive.read(name))


def test_a_training_that_diverges_goes_back_to_its_last_good_state(shipped, visit):  # noqa: F811
    page = visit(shipped)
    watch = begin(page, 0.1, 0.1)
    watch.locator(".train-reading[data-verdict=diverging]").wait_for(timeout=WHILE)
    watch.get_by_role("button", name="Back to the last good state, at half the learning rates").click()
    watch.locator(".train-went-back", has_text="It went back to its beginning").wait_for(timeout=WHILE)
    watch.locator(".train-reading:not([data-verdict=diverging])").wait_for(timeout=WHILE)
    config = config_of(page)
    assert config["rollbacks"][0] == 0
    assert config["recipe"]["g_lr"] == config["recipe"]["d_lr"] == 0.1 / 2 ** len(config["rollbacks"])


def test_a_discriminator_that_wins_is_shown_augmented_pictures_and_then_slowed(shipped, visit):  # noqa: F811
    page = visit(shipped)
    watch = begin(page, 1e-7, 2e-3)
    watch.locator(".train-reading[data-verdict=discriminator-winning]").wait_for(timeout=WHILE)
    watch.get_by_role("button", name="Go on with more augmentation").click()
    slower = watch.get_by_role("button", name="Go on with half the learning rates")
    slower.wait_for(timeout=WHILE)  # the only remedy left by the numbers so far
    slower.click()
    page.wait_for_function("studio.training.state().job.stretches === 3", timeout=WHILE)
    recipe = config_of(page)["recipe"]
    assert set(recipe["augment"]) == {"brightness", "contrast", "translation", "cutout"}
    assert (recipe["g_lr"], recipe["d_lr"]) == (5e-8, 1e-3)
