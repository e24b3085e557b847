"""Tests that every tab shows a run of four channels with its alpha, on a checkerboard in both themes."""

import numpy as np
import pytest
import torch
from driving import picture, run_of, until
from PIL import Image
from test_both_runs import EPOCHS, FILM_DRAWN, GENERATE, INTERPOLATE, PATH_DRAWN, at_rest, go
from test_local import COMPARE

from ganlib import datasets, latents, networks, pictures, sample
from ganlib.recipes import RECIPES
from ganlib.runs.config import Config
from ganlib.runs.run import Run

pytestmark = pytest.mark.browser
# Of canvases: whether each has the checkerboard behind it, and its range of alpha
LOOK = """canvases => canvases.filter((canvas) => canvas.width > 1 && canvas.offsetWidth).map((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const alpha = data.filter((_, i) => i % 4 === 3);
    const board = getComputedStyle(canvas).backgroundImage.startsWith("repeating-conic-gradient(");
    return [board, alpha.reduce((a, b) => Math.min(a, b)), alpha.reduce((a, b) => Math.max(a, b))];
})"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """`sprites`, trained on discs of which it knows the files, and `grey` beside it: untrained generators that draw every level."""
    root = tmp_path_factory.mktemp("sprites")
    for name, channels in (("sprites", 4), ("grey", 1)):
        discs(root / name, channels)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GANLIB_CACHE", str(root / "cache"))
            images = datasets.load(str(root / name), 32, channels, progress=False)
        config = Config.plan(RECIPES["dcgan"], images, str(root / name), 128, seed=0)
        run = Run.create(root / "checkpoints" / name, config)
        torch.manual_seed(0)
        for seen in (0, 64, 128):
            generator = loud(networks.build_generator(config.generator_settings()))
            run.save_snapshot(generator, seen)
            grid = pictures.grid(sample.draw(generator, latents.sample(4, config.recipe.latent_dim, 0)), 2)
            run.save_grid(seen, pictures.webp(grid))
        run.save_discriminator(loud(networks.build_discriminator(config.discriminator_settings())), 128)
    return root / "checkpoints"


def discs(folder, channels):
    """Writes discs on nothing, or on black, as files."""
    folder.mkdir()
    y, x = np.mgrid[:32, :32]
    for number in range(24):
        inside = np.where(np.hypot(y - 16, x - 5 - number) < 7, 255, 0).astype(np.uint8)
        picture = np.stack([inside, inside // 2, inside, inside], 2) if channels == 4 else inside
        Image.fromarray(picture).save(folder / f"{number:02}.png")


def loud(network):
    """Scales an untrained network so that its outputs vary like a trained one's."""
    with torch.no_grad():
        for weight in network.parameters():
            weight *= 10 if weight.ndim > 1 else 1
    return network.eval()


@pytest.fixture(params=["light", "dark"])
def page(request, folder, open_page):
    page = open_page(folder, look=request.param)
    run_of(page)
    page.locator("#run input").click()
    page.get_by_role("option", name="sprites").click()
    page.locator("#explore .caption", has_text="sprites").wait_for()
    at_rest(page)
    return page


def look(page, place):
    """Waits until all canvases of a place show some alpha on the checkerboard; returns how many they are."""

    def seen():
        found = page.locator(place).evaluate_all(LOOK)
        drawn = all(low < 255 for _, low, _ in found) and any(high > low + 50 for _, low, high in found)
        return len(found) if drawn and all(board for board, *_ in found) else 0

    assert until(page, seen)
    return seen()


def test_every_tab_shows_the_checkerboard(page):
    background = "image => getComputedStyle(image).backgroundImage"
    assert picture(page).evaluate(background).startswith("repeating-conic-gradient(rgb(112, 112, 112)")
    assert picture(page, "#explore").evaluate(background).startswith("repeating-conic-gradient(")
    look(page, GENERATE)
    look(page, "#explore .axis .picture")
    page.locator("#explore .pin-now").click()
    look(page, "#shelf .pin canvas")
    page.locator("#explore .nearest summary").click()
    page.locator("#explore .nearest-row li").nth(1).wait_for()
    assert look(page, "#explore .nearest-row canvas") > 3

    go(page, "interpolate", PATH_DRAWN)
    look(page, INTERPOLATE)
    assert look(page, "#interpolate .strip canvas") > 3
    assert look(page, "#interpolate .key canvas") == 3
    assert "MP4 shows the checkerboard" in page.locator("#interpolate .file-alpha").inner_text()

    go(page, "epochs", FILM_DRAWN)
    look(page, EPOCHS)
    look(page, "#film .filmstrip canvas")
    page.locator("#film .film-first .cell").first.click()
    look(page, "#film .closeup canvas")

    page.evaluate("studio.go('train')")
    page.locator("[name=train-run]").select_option("sprites")
    page.locator(".train-draws", has_text="draws").wait_for()
    look(page, "#train-form .train-strip:has(.train-draws) canvas")

    page.evaluate("studio.go('learn')")
    page.locator("#lesson").scroll_into_view_if_needed()
    page.locator("#lesson").get_by_text("in colour with transparency").wait_for()
    chapter = page.locator("#verdict")
    chapter.scroll_into_view_if_needed()
    chapter.locator(".asking input").first.check()
    look(page, "#verdict .tile[data-kind=fake] canvas")
    look(page, "#verdict .tile[data-kind=real] canvas")
    chapter.locator(".tile").first.click()
    look(page, "#verdict .closer-picture canvas")
    chapter.locator(".closer-legend", has_text="red, green, blue and alpha").wait_for()


def test_two_runs_each_have_their_ground(page):
    """The other run is opaque and has no checkerboard."""
    go(page, "epochs", FILM_DRAWN)
    page.locator("#film [name=epochs-other]").select_option("grey")
    page.wait_for_function("[...document.querySelectorAll('#film .film-second canvas')].some((canvas) => canvas.width > 1)")
    look(page, EPOCHS)
    for board, low, _ in page.locator("#film .film-second canvas").evaluate_all(LOOK):
        assert not board and low == 255


def test_the_picture_at_rest_hides_the_live_one(page):
    """Half transparent pictures must not overlap."""
    page.locator("#explore .still").wait_for()
    pixels = page.locator("#explore .frame").screenshot()
    page.evaluate("document.querySelector('#explore .live').style.visibility = 'hidden'")
    assert page.locator("#explore .frame").screenshot() == pixels


@pytest.fixture(scope="module")
def drawing_here(start, folder, runtime):
    return start(folder, runtime)[1]


def test_the_browser_draws_alpha_as_the_server_does(browser, drawing_here):
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(drawing_here)
    run_of(page)
    page.locator("#explore .high").first.click()
    answer = page.evaluate(COMPARE, {"run": "sprites"})
    assert answer["num"] == 16 and answer["off"] <= 2 and answer["range"] > 50
    alpha = page.evaluate("""async () => {
        const { moments } = await studio.engine.about("sprites");
        const latents = await studio.engine.latents({ run: "sprites", seed: 5, num: 1 });
        const [{ data }] = await studio.local.draw({ run: "sprites", images: moments.at(-1).images, latents });
        return data.filter((_, i) => i % 4 === 3).reduce((least, value) => Math.min(least, value), 255);
    }""")
    assert alpha < 200
    context.close()
