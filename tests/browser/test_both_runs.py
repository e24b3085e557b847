"""Tests a visit through every tab on each shipped run: labelled grey digits, and faces in colour."""

import io
import json
import re

import pytest
from driving import opened, pixels, run_of, slide
from PIL import Image

SLIDER = "#explore .axis input[type=range]"
GENERATE, INTERPOLATE, EPOCHS = "#explore .live", "#interpolate .screen canvas", "#film .film-first canvas"
PATH_DRAWN = "document.querySelector('#interpolate .morph')?.ariaBusy === 'false' && document.querySelectorAll('#interpolate .key').length"
FILM_DRAWN = "[...document.querySelectorAll('#film .film-first canvas')].some((canvas) => canvas.width > 1)"
# Whether a canvas shows the generator's picture of the pinned latent, within one level of 255
OF_THE_PIN = """async (place) => {
    const [{ z, label }] = studio.shelf.pins();
    const { run, images } = studio.view.get();
    const [wanted] = await studio.engine.draw({ run, images, latents: [{ z, label }] });
    const { data } = document.querySelector(place).getContext("2d").getImageData(0, 0, wanted.width, wanted.height);
    return data.every((value, i) => Math.abs(value - wanted.data[i]) <= 1);
}"""
pytestmark = pytest.mark.browser


@pytest.fixture(params=["mnist", "anime-faces"])
def name(request, shipped):
    if not (shipped / request.param / "snapshots").is_dir():
        pytest.skip(f"checkpoints/{request.param} is not there")
    return request.param


@pytest.fixture
def visit(shipped, open_page):
    """A function that opens a page in a new browser context, by a link if given."""

    def visit(link=None):
        page = open_page(shipped)
        if link:
            page.goto("about:blank")
            page.goto(link)
        run_of(page)
        return page

    return visit


@pytest.fixture
def page(visit, name):
    """The page with the run selected in its menu, and a picture selected and drawn."""
    page = visit()
    page.locator("#run input").click()
    page.get_by_role("option", name=name).click()
    page.locator("#explore .caption", has_text=name).wait_for()
    at_rest(page)
    return page


def at_rest(page):
    page.locator("#explore .axis").first.wait_for()
    page.locator("#explore .keeps .save[href]").wait_for()
    page.locator("#explore .still").wait_for()


def go(page, tab, drawn):
    page.evaluate("tab => studio.go(tab)", tab)
    page.wait_for_function(drawn)


def pinned(page):
    """Selects a picture of the grid, moves its first slider, and pins it."""
    page.locator("#sheet .cells button").nth(5).click()
    at_rest(page)
    before = page.evaluate("studio.explore.painted")
    slide(page, "#explore .axis", 2)
    page.wait_for_function("before => studio.explore.painted > before", arg=before)
    at_rest(page)
    page.locator("#explore .pin-now").click()
    page.locator("#shelf .pin").wait_for()
    assert not page.evaluate("studio.shelf.pins()[0].from")  # it is no longer a sample of a seed


def interpolated(page):
    """Opens Interpolate with the pin as its fourth key frame, and stops the animation there."""
    go(page, "interpolate", PATH_DRAWN)
    page.locator("#shelf .pin").click()
    page.wait_for_function(f"{PATH_DRAWN} === 4")
    frames = int(page.locator("#interpolate [name=frames]").input_value())
    page.locator("#interpolate .scrubber").fill(str(frames * 3 // 4))


def in_epochs(page):
    """Opens Epochs with the pin as its only row."""
    go(page, "epochs", FILM_DRAWN)
    page.locator("#film [name=epochs-rows][value=shelf]").check()
    page.locator("#film .credit-first .caption", has_text="pinned").wait_for()


def shows_the_pin(page, place):
    page.wait_for_function(OF_THE_PIN, arg=place, polling=200)


def test_a_pinned_latent_is_the_same_picture_in_every_tab_and_behind_a_link(page, visit):
    pinned(page)
    shows_the_pin(page, GENERATE)
    links = [page.evaluate("studio.link.url()")]
    interpolated(page)
    shows_the_pin(page, INTERPOLATE)
    links.append(page.evaluate("studio.link.url()"))
    in_epochs(page)
    shows_the_pin(page, EPOCHS)
    links.append(page.evaluate("studio.link.url()"))

    of_pin = page.evaluate("(() => { const [{ z, label }] = studio.shelf.pins(); return [[...z], label]; })()")
    drawn = (GENERATE, "document.querySelector('#explore .still')"), (INTERPOLATE, f"{PATH_DRAWN} === 4"), (EPOCHS, FILM_DRAWN)
    for link, (place, there) in zip(links, drawn, strict=True):
        fresh = visit(link)
        fresh.wait_for_function(there)
        if place == INTERPOLATE:
            at = page.locator("#interpolate .scrubber").input_value()
            fresh.locator("#interpolate .scrubber").fill(at)
        assert fresh.evaluate("studio.shelf.pins().length") == 0
        fresh.evaluate("([z, label]) => studio.shelf.add({ z: new Float32Array(z), label, from: null })", of_pin)
        shows_the_pin(fresh, place)


def test_what_each_tab_saves_can_be_opened(page, name):
    size = run_of(page)["size"]
    content = download(page, "#explore .save")
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == (size + 4, size + 4) and json.loads(image.text["ganlib"])["run"] == name

    go(page, "interpolate", PATH_DRAWN)
    page.locator("#interpolate [name=frames]").fill("24")
    page.locator("#interpolate [name=seconds]").fill("2")
    for kind in ("webp", "gif", "mp4"):
        content = download(page, f"#interpolate [data-kind={kind}]", rf"{name}-epoch[\d.]+-slerp\.{kind}")
        frames, (width, height), seconds = opened(kind, content)
        assert frames == 24 and width >= 252 and height > width and seconds == pytest.approx(2, abs=0.1)
        page.locator("#interpolate").get_by_text("in your downloads").wait_for()

    go(page, "epochs", FILM_DRAWN)
    columns = page.locator("#film .strip-heads span").count()
    with Image.open(io.BytesIO(download(page, "#film .filmstrip .save"))) as image:
        assert image.width == columns * (size + 2) + 2 and len(json.loads(image.text["ganlib"])["images"]) == columns


def download(page, place, named=".*"):
    with page.expect_download() as file:
        page.locator(place).click()
    assert re.fullmatch(named, file.value.suggested_filename)
    return file.value.path().read_bytes()


def test_every_run_that_ships_opens(all_shipped, open_page):
    """By a link: with its pictures, or, without weights, with the grids saved during training."""
    page = open_page(all_shipped)
    start = page.url.split("#")[0]
    names = sorted(path.parent.name for path in all_shipped.glob("*/config.json"))
    assert {"mnist", "anime-faces"} <= set(names)
    for name in names:
        page.goto("about:blank")
        if list((all_shipped / name).glob("snapshots/*.safetensors")):
            page.goto(f"{start}#run={name}")
            page.locator("#sheet .caption", has_text=f"{name}, epoch").wait_for()
            assert pixels(page) and run_of(page)["run"] == name
        else:
            page.goto(f"{start}#run={name}&tab=epochs")
            page.get_by_text(f"{name} came without its weights.").first.wait_for()
            page.evaluate("studio.go('epochs')")
            page.locator("#album .album-says", has_text=f"{name}, epoch").wait_for()
