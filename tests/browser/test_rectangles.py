"""Tests that pictures of 64 x 32 pixels keep their aspect in every tab, from the grid of Generate to the game of Learn."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from driving import filmed, opened, picture, run_of, until
from PIL import Image
from test_train_uploads import base64_pixels, files, put, uploads
from test_train_uploads import picture as picture_of

from ganlib import datasets, export, networks, pictures
from ganlib.recipes import RECIPES
from ganlib.runs.config import Config
from ganlib.runs.run import Run

HEIGHT, WIDTH = 32, 64
MOMENTS = (0, 5000, 40000)
PHONE = {"width": 390, "height": 844}
pytestmark = [pytest.mark.browser, pytest.mark.slow]
# Width by height of each picture that can be seen: as it is drawn, and where its box is another, as it lies in it
ASPECTS = """pictures => pictures.filter(picture => picture.checkVisibility() && picture.clientWidth).map(picture => {
    const own = (picture.naturalWidth ?? picture.width) / (picture.naturalHeight ?? picture.height);
    const style = getComputedStyle(picture);
    const [width, height] = [style.width, style.height].map(parseFloat);
    return [own, style.objectFit === "contain" ? own : width / height];
})"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """`wide`, of untrained networks that draw digits of 64 x 32 pixels."""
    folder = tmp_path_factory.mktemp("runs")
    network = {"family": "dcgan", "width": 4}
    recipe = replace(RECIPES["dcgan"], generator=network, discriminator=network, latent_dim=8)
    digits = datasets.load("digits", (HEIGHT, WIDTH))
    config = Config.plan(recipe, digits, "digits", MOMENTS[-1], seed=0)
    run = Run.create(folder / "wide", config)
    for images in MOMENTS:
        torch.manual_seed(images)
        run.save_snapshot(loud(networks.build_generator(config.generator_settings())), images)
        run.save_grid(images, pictures.webp(pictures.grid(digits.images[:8], 4)))
        run.append_history({"images": images, "epoch": images / 64, "g_loss": 1.0, "d_loss": 0.5, "seconds": 1.0})
    run.save_discriminator(loud(networks.build_discriminator(config.discriminator_settings())), MOMENTS[-1])
    return folder


def loud(network):
    """With weights large enough for pictures and logits that differ."""
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.ndim > 1:
                parameter.mul_(9)
    return network


@pytest.fixture
def wide(runs, open_page):
    def wide(**settings):
        page = open_page(runs, **settings)
        assert run_of(page)["size"] == [HEIGHT, WIDTH]
        picture(page)
        return page

    return wide


def drawn(page, place, num=1):
    """Asserts that the pictures of a place, `num` or more, are twice as wide as high."""
    found = page.locator(place)
    assert until(page, lambda: len(seen := found.evaluate_all(ASPECTS)) >= num and all(own == 2 for own, _ in seen)), place
    for own, shown in found.evaluate_all(ASPECTS):
        assert own == 2 and shown == pytest.approx(2, rel=0.03), place


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 860}, PHONE], ids=["desktop", "phone"])
def test_generate(wide, viewport):
    page = wide(viewport=viewport)
    sheet = picture(page).evaluate("image => [image.naturalWidth, image.naturalHeight, image.width, image.height]")
    assert (sheet[0] - 2) % (WIDTH + 2) == 0 and (sheet[1] - 2) % (HEIGHT + 2) == 0
    assert sheet[2] / sheet[0] == pytest.approx(sheet[3] / sheet[1], rel=0.01)
    drawn(page, "#explore .live, #explore .still")
    drawn(page, "#explore .axis canvas", num=4)
    # each button lies over its picture
    cells = page.locator("#sheet .cells button")
    columns = (sheet[0] - 2) // (WIDTH + 2)
    scale = sheet[2] / sheet[0]
    whole = page.locator("#sheet img.picture").bounding_box()
    for number in (0, columns - 1, columns, cells.count() - 1):
        box = cells.nth(number).bounding_box()
        across, down = number % columns, number // columns
        expected = [2 + across * (WIDTH + 2), 2 + down * (HEIGHT + 2), WIDTH, HEIGHT]
        found = [box["x"] - whole["x"], box["y"] - whole["y"], box["width"], box["height"]]
        assert found == pytest.approx([scale * length for length in expected], abs=1)
    page.locator("#sheet .deed-pin").click()
    drawn(page, ".shelf .pin canvas")
    drawn(page, "#explore .mix-pins canvas")
    page.locator("#explore .nearest summary").click()
    drawn(page, "#explore .nearest-row canvas", num=6)
    with page.expect_download() as download:
        page.locator("#explore .save").click()
    with Image.open(download.value.path()) as saved:
        assert saved.size == (WIDTH + 4, HEIGHT + 4)


def test_the_landing_ends_with_the_pictures_that_it_covered(wide):
    page = wide(moves=True)
    page.locator("#sheet .film").wait_for(state="attached")
    drawn(page, "#explore .live")
    page.keyboard.press("Shift")
    page.locator("#sheet .film").wait_for(state="detached")


def test_interpolate(wide):
    page = wide()
    page.evaluate("studio.go('interpolate')")
    drawn(page, "#interpolate .screen canvas")
    drawn(page, "#interpolate .strip canvas", num=6)
    drawn(page, "#interpolate .key canvas", num=3)
    with page.expect_download() as download:
        page.locator("#interpolate [data-kind=webp]").click()
    num, size, _ = opened("webp", download.value.path().read_bytes())
    assert num > 1 and size[0] >= 256 and size[0] // 2 < size[1]


def test_epochs(wide):
    page = wide()
    page.evaluate("studio.go('epochs')")
    filmed(page)
    drawn(page, "#film .film-first canvas", num=12)
    drawn(page, "#film .filmstrip canvas", num=len(MOMENTS) * 2)
    page.locator("#film .film-first .cell").first.click()
    drawn(page, "#film .closeup canvas", num=len(MOMENTS))
    page.locator("[name=epochs-mode][value=pair]").check()
    drawn(page, "#film .pair canvas", num=24)


def test_learn(wide):
    page = wide()
    page.evaluate("studio.go('learn')")
    sizes = page.locator("#lesson .sizes")
    sizes.scroll_into_view_if_needed()
    page.locator("#lesson .term").first.wait_for()
    assert "64 × 32" in sizes.inner_text()
    assert "= 32, (32 − 1)·2 − 2·1 + 4 = 64" in page.locator("#lesson .anatomies .generator table").text_content()
    verdict = page.locator("#verdict")
    verdict.scroll_into_view_if_needed()
    verdict.locator(".asking input").first.check()
    drawn(page, "#verdict .wall canvas", num=28)
    drawn(page, "#verdict .closer canvas", num=2)
    drawn(page, "#verdict .guess-card canvas")
    verdict.locator(".guess-real").click()
    drawn(page, "#verdict .guess-past canvas")


def test_train(wide):
    page = wide()
    page.evaluate("studio.go('train')")
    strip = page.locator("#train-form .train-strip canvas").first
    assert until(page, lambda: strip.evaluate("canvas => canvas.height") == HEIGHT + 4)
    assert (strip.evaluate("canvas => canvas.width") - 2) % (WIDTH + 2) == 0


def test_uploads_for_a_network_of_rectangles(wide):
    page = wide()
    place = uploads(page)
    put(place, files(3), 3)
    drawn(page, ".upload-squares img", num=3)
    assert "64 × 32 pixels each" in place.locator(".upload-do").inner_text()
    place.get_by_role("button", name="Picture 2 of 3: 01.png").click()
    frame = place.locator(".crop-frame")
    assert "0 from the left, 10 from the top, 80 × 40 pixels" in frame.get_attribute("aria-label")
    frame.press("-")
    frame.press("Shift+ArrowUp")
    assert "1 from the left, 10 from the top, 78 × 39 pixels" in frame.get_attribute("aria-label")
    box = frame.bounding_box()
    assert box["width"] == pytest.approx(2 * box["height"], abs=1)
    expected = np.asarray(picture_of(1).crop((1, 10, 79, 49)).convert("L").resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS))
    assert until(page, lambda: np.array_equal(base64_pixels(place.locator(".crop-seen"))[..., 0], expected))
    drawn(page, ".crop-seen")
    place.get_by_role("button", name="Back to the centre").click()
    assert "0 from the left, 10 from the top, 80 × 40 pixels" in frame.get_attribute("aria-label")


def test_the_browser_draws_what_the_server_draws(runs, start, runtime, browser):
    pytest.importorskip("onnxscript")
    export.main([str(runs / "wide"), "--outline"])
    page = browser.new_page()
    page.goto(start(runs, runtime)[1])
    picture(page)
    page.locator("#sheet .cells button").nth(1).click()
    page.wait_for_function("studio.local.has({ run: 'wide', images: 40000 })", timeout=60_000)
    differ = page.evaluate("""async () => {
        const latents = await studio.engine.latents({ run: "wide", seed: 3, num: 2 });
        const asked = { run: "wide", images: 40000, latents };
        const [here, there] = await Promise.all([studio.local.draw(asked), studio.engine.served(asked)]);
        const sizes = here.map(({ width, height }) => [width, height]);
        return [sizes, Math.max(...here.map(({ data }, i) => Math.max(...data.map((value, at) => Math.abs(value - there[i].data[at])))))];
    }""")
    page.close()
    assert differ[0] == [[WIDTH, HEIGHT]] * 2 and differ[1] <= 2
