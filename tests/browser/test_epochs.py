"""Tests the Epochs tab: film and clock, cursor, one latent at every snapshot, pins as rows, two runs under a divider."""

import io
import json
import math
import re
import shutil
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from driving import NAMES, cursor, filmed, fits, run_of
from PIL import Image

from ganlib import networks
from ganlib.recipes import RECIPES
from ganlib.runs.config import Config
from ganlib.runs.run import Run
from studio.drawing import sheets

PHONE = {"width": 390, "height": 844}
MOMENTS = (0, 5000, 40000, 300000)
GAP = 2
pytestmark = pytest.mark.browser

HASH = """canvases => canvases.reduce((hash, canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
    .data.reduce((sum, value) => Math.imul(sum ^ value, 16777619), hash), 2166136261)"""
OF_PICTURES = """pictures => pictures.reduce((hash, { data }) => data.reduce((sum, value) => Math.imul(sum ^ value, 16777619), hash),
    2166136261)"""


@pytest.fixture(scope="module")
def runs(shipped, tmp_path_factory):
    """The shipped mnist; `mnist-short`, the same without its last snapshots; `tiny`, of 64 pixels and another lineage."""
    folder = tmp_path_factory.mktemp("runs")
    for name in ("mnist", "mnist-short"):
        shutil.copytree(shipped / "mnist", folder / name, ignore=shutil.ignore_patterns("*state*", "discriminator*", "grids"))
    for path in sorted((folder / "mnist-short" / "snapshots").iterdir())[-4:]:
        path.unlink()
    recipe = replace(
        RECIPES["dcgan"], generator={"family": "dcgan", "width": 4}, discriminator={"family": "dcgan", "width": 4}, latent_dim=8
    )
    config = Config(
        recipe=recipe, dataset="tiny", source="tiny", fingerprint="0", dataset_size=64, image_size=64, channels=3,
        class_names=None, seed=0, images=MOMENTS[-1], schedule_images=MOMENTS[-1],
    )  # fmt: skip
    run = Run.create(folder / "tiny", config)
    for images in MOMENTS:
        torch.manual_seed(images)
        run.save_snapshot(networks.build_generator(config.generator_settings()), images)
    return folder


@pytest.fixture
def tab(runs, open_page):
    """A function that opens the Epochs tab; the film plays automatically only if `plays`."""

    def tab(plays=False, **settings):
        page = open_page(runs, moves=plays, **settings)
        run_of(page)
        page.locator("#tab-epochs-button").click()
        if not plays:
            filmed(page)
        return page

    return tab


def pixels(page, place):
    return page.locator(f"#film {place} canvas").evaluate_all(HASH)


def asked(page, run, images, latents):
    """Returns the pixels of latents at moments, drawn by engine.js. `latents` is JavaScript."""
    return page.evaluate(
        f"""async ([run, images]) => ({OF_PICTURES})(await studio.engine.draw({{ run, images, latents: await {latents} }}))""",
        [run, images],
    )


def of_seed(run, num, seed=0, index=0):
    return f'studio.engine.latents({{ run: "{run}", seed: {seed}, num: {num} }}).then((all) => all.slice({index}))'


def last_stop(page):
    return int(page.locator("#film input.moment").get_attribute("max"))


def choose(page, name, value):
    page.locator(f"#film select[name=epochs-{name}]").select_option(value)


def pin(page, num, seed=3):
    page.evaluate(
        """async ([num, seed]) => (await studio.engine.latents({ run: studio.engine.run().run, seed, num }))
            .forEach((latent) => studio.shelf.add(latent))""",
        [num, seed],
    )


# ------------------------------------------------------------------------------------------------------- the clock


def test_time_goes_by_the_logarithm_of_the_images_seen(tab):
    page = tab()
    times = "moments => studio.timing.times(studio.timing.stops([moments.map((images) => ({ images }))]))"
    images = [0, 100, 1000, 5000, 100000]
    wanted = [0] + [0.5 + 3.5 * math.log(seen / 100) / math.log(1000) for seen in images[1:]]
    assert page.evaluate(times, images) == pytest.approx(wanted)
    assert page.evaluate(times, [100, 10000]) == pytest.approx([0, 4])
    assert page.evaluate(times, [0, 700]) == pytest.approx([0, 4])
    assert page.evaluate(times, [700]) == pytest.approx([4]) and page.evaluate(times, []) == []


def test_two_runs_go_in_step(tab):
    page = tab()
    stops = """([first, second, step]) => studio.timing.stops([first, second].map((run) => run.map((images) => ({ images }))), step)
        .map(({ at }) => at)"""
    first, second = [0, 100, 1000, 10000], [0, 100, 100000]
    assert page.evaluate(stops, [first, second, "images"]) == [[0, 0], [1, 1], [2, 1], [3, 1], [3, 2]]
    assert page.evaluate(stops, [first, second, "share"]) == [[0, 0], [1, 1], [2, 1], [3, 2]]


def test_moments_are_thinned_as_the_endpoint_thins_them(tab):
    page = tab()
    images = [0, *(round(500 * 1.09**i) for i in range(60))]
    moments = [SimpleNamespace(images=seen) for seen in images]
    spread = "([all, most]) => studio.timing.spread(all.map((images) => ({ images })), most).map(({ images }) => images)"
    for most in (2, 12, 40, 100):
        assert page.evaluate(spread, [images, most]) == [moment.images for moment in sheets.spread(moments, most)]


def test_the_film_plays_once_on_arrival(tab):
    page = tab(plays=True)
    page.evaluate("""() => {
        window.seen = [];
        const [play, slider] = ["play", "moment"].map((name) => document.querySelector(`#film .${name}`));
        const note = () => seen.push([performance.now(), Number(slider.value), play.textContent]);
        new MutationObserver(note).observe(document.querySelector("#film .transport"),
            { subtree: true, childList: true, attributeFilter: ["aria-valuetext"] });
    }""")
    page.wait_for_function(
        "window.seen.some(([, , play]) => play === 'Pause') && window.seen.at(-1)[2] === 'Play'", timeout=60000
    )
    seen, end = page.evaluate("seen"), last_stop(page)
    first = [play for _, _, play in seen].index("Pause")
    playing = [(when, stop) for when, stop, _ in seen[first : [stop for _, stop, _ in seen].index(end) + 1]]
    stops = [stop for _, stop in playing]
    assert stops == sorted(stops) and stops[0] == 0 and set(stops) == set(range(end + 1))
    assert 3 < (playing[-1][0] - playing[0][0]) / 1000 < 6
    assert cursor(page).stop == end
    for act in ("#tab-generate-button", "#tab-epochs-button", "#film [data-word=next]"):
        page.locator(act).click()
    page.wait_for_timeout(1200)
    assert page.locator("#film .play").inner_text() == "Play" and cursor(page).stop == end


def test_nothing_moves_by_itself_where_motion_is_unwanted(tab):
    page = tab()
    for _ in range(3):
        assert page.locator("#film .play").inner_text() == "Play" and cursor(page).stop == last_stop(page)
        page.wait_for_timeout(300)


def test_space_replays_and_the_arrows_step(tab):
    page = tab()
    end = last_stop(page)
    for key, stop in (("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", end), ("ArrowRight", end)):
        page.keyboard.press(key)
        assert cursor(page).stop == stop
    page.keyboard.press("Space")
    assert page.locator("#film .play").inner_text() == "Pause"
    page.keyboard.press("ArrowLeft")
    assert page.locator("#film .play").inner_text() == "Play"
    page.keyboard.press("End")
    for place in ("#film [name=epochs-seed]", "#film [data-word=next]", "#film select[name=epochs-label]"):
        page.locator(place).focus()
        page.keyboard.press("Space")
        assert page.locator("#film .play").inner_text() == "Play"
        page.keyboard.press("Escape")
    page.locator("#film [name=epochs-seed]").focus()
    page.keyboard.press("ArrowLeft")
    assert cursor(page).stop == end


# ------------------------------------------------------------------------------------------------------- the cursor


def test_one_cursor_ties_film_curves_and_strip(tab):
    page = tab()
    moments = run_of(page)["moments"]
    svg = page.locator("#film svg.curves")
    left, width, last = (float(svg.get_attribute(f"data-{name}")) for name in ("left", "width", "last"))
    heads = page.locator("#film .strip-heads span")
    for stop in (0, 4, len(moments) - 1):
        page.locator("#film input.moment").fill(str(stop))
        assert cursor(page).x == pytest.approx(left + width * moments[stop]["images"] / last, abs=0.01)
        assert heads.nth(cursor(page).column).inner_text() in (moments[stop]["epoch"], "0")
        assert pixels(page, ".film-first") == asked(page, "mnist", moments[stop]["images"], of_seed("mnist", 24))
    columns = heads.count()
    page.locator("#film .filmstrip .cell").nth(columns + 3).hover()
    assert cursor(page).column == 3 and cursor(page).stop == 3
    box = svg.bounding_box()
    scale = box["width"] / 640
    target = moments[-2]["images"]
    page.mouse.move(box["x"] + (left + 4) * scale, box["y"] + 40)
    page.mouse.down()
    assert cursor(page).stop < 3
    page.mouse.move(box["x"] + (left + width * target / last) * scale, box["y"] + 60, steps=4)
    page.mouse.up()
    assert cursor(page).stop == len(moments) - 2
    page.mouse.move(box["x"] + (left + 4) * scale, box["y"] + 40)
    assert cursor(page).stop == len(moments) - 2


def test_the_strip_holds_the_same_latents_in_every_column(tab):
    page = tab()
    columns = page.locator("#film .strip-heads span").count()
    images = page.evaluate(
        "most => studio.timing.spread(studio.engine.run().moments, most).map(({ images }) => images)", columns
    )
    for column in (0, columns - 1):
        shown = page.locator("#film .filmstrip canvas").evaluate_all(
            f"(canvases, [columns, column]) => ({HASH})(canvases.filter((_, i) => i % columns === column))", [columns, column]
        )
        assert shown == asked(page, "mnist", images[column], of_seed("mnist", 10))
    page.locator("#film .filmstrip .cell").first.focus()
    for key, name in (("ArrowRight", "latent 1, label 0, epoch"), ("ArrowDown", "latent 2, label 1, epoch")):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.ariaLabel").startswith(name)


def test_a_seed_and_a_label_are_drawn_once_for_the_whole_tab(tab):
    page = tab()
    moments, questions = len(run_of(page)["moments"]), []
    page.on("request", lambda request: '"draw"' in (request.post_data or "") and questions.append(request.url))
    page.locator("#film [data-word=next]").click()
    wanted = asked(page, "mnist", run_of(page)["moments"][-1]["images"], of_seed("mnist", 24, seed=1))
    page.wait_for_function(f"wanted => ({HASH})([...document.querySelectorAll('.film-first canvas')]) === wanted", arg=wanted)
    while len(questions) < moments + 1:
        page.wait_for_timeout(100)
    page.wait_for_timeout(500)
    assert len(questions) == moments + 1  # one was sent by this test
    choose(page, "label", "3")
    page.locator("#film .credit-first .caption", has_text="label 3").wait_for()


def test_the_cursor_asks_no_server(tab):
    page = tab()
    page.wait_for_timeout(500)
    questions = []
    page.on("request", lambda request: request.method == "POST" and questions.append(request.url))
    seen = set()
    for key in ("Home", "ArrowRight", "End"):
        page.keyboard.press(key)
        seen.add(pixels(page, ".film-first"))
    assert len(seen) == 3 and not questions


def test_two_snapshots_side_by_side(tab):
    page = tab()
    moments = run_of(page)["moments"]
    page.get_by_role("radio", name="Two side by side").check()
    filmed(page)
    assert page.locator("#film .filmstrip").is_hidden()
    page.locator(".side-left .caption", has_text="untrained").wait_for()
    choose(page, "left", str(moments[2]["images"]))
    for side, moment in (("left", moments[2]), ("right", moments[-1])):
        wanted = asked(page, "mnist", moment["images"], of_seed("mnist", 24))
        shows = f"([side, wanted]) => ({HASH})([...document.querySelectorAll(`.side-${{side}} canvas`)]) === wanted"
        page.wait_for_function(shows, arg=[side, wanted])
    page.locator("#film [data-word=next]").click()
    page.locator(".side-right .caption", has_text="seed 1,").wait_for()
    page.get_by_role("radio", name="Film strip").check()
    assert page.locator("#film .filmstrip").is_visible() and page.locator("#film .pair").is_hidden()


# ------------------------------------------------------------------------------------------------------- one latent


def test_a_click_enlarges_one_latent_across_all_snapshots(tab):
    page = tab()
    moments = run_of(page)["moments"]
    cell = page.locator("#film .film-first .cell").nth(2)
    cell.click()
    row = page.locator("#film .closeup-row")
    page.wait_for_function("document.querySelectorAll('#film .closeup-row canvas').length > 1")
    wanted = asked(page, "mnist", [moment["images"] for moment in moments], of_seed("mnist", 3, index=2))
    page.wait_for_function(
        f"wanted => ({HASH})([...document.querySelectorAll('#film .closeup-row canvas')]) === wanted", arg=wanted
    )
    epochs = [moment["epoch"] if moment["images"] else "0" for moment in moments]
    assert row.locator("span").all_inner_texts() == epochs
    page.get_by_role("button", name="Pin", exact=True).click()
    assert page.evaluate("studio.shelf.pins().map(({ from }) => from)") == [{"seed": 0, "index": 2}]
    row.locator("canvas").nth(1).click()
    assert cursor(page).stop == 1 and row.locator("[data-current]").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("#film .closeup").is_hidden() and cell.evaluate("cell => cell === document.activeElement")
    page.keyboard.press("Enter")
    page.locator("#film .closeup").wait_for()
    page.get_by_role("button", name="Close", exact=True).click()
    assert page.locator("#film .closeup").is_hidden()


def test_pins_are_rows_of_their_own_and_a_link_carries_them(tab, runs, open_page):
    page = tab()
    assert page.locator("#film .choose-rows").is_hidden()
    pin(page, 3)
    page.locator("#film [name=epochs-rows][value=shelf]").check()
    page.locator("#film .credit-first .caption", has_text="pinned").wait_for()
    filmed(page)
    images = run_of(page)["moments"][-1]["images"]
    film = wanted = asked(page, "mnist", images, of_seed("mnist", 3, seed=3))
    page.wait_for_function(f"wanted => ({HASH})([...document.querySelectorAll('.film-first canvas')]) === wanted", arg=wanted)
    assert page.locator(".shelf .pin canvas").evaluate_all(HASH) == wanted
    assert page.locator("#film .filmstrip .cell").count() == 3 * page.locator("#film .strip-heads span").count()
    page.locator(".shelf .pin").nth(1).click()
    everything = [moment["images"] for moment in run_of(page)["moments"]]
    wanted = asked(page, "mnist", everything, of_seed("mnist", 2, seed=3, index=1))
    page.wait_for_function(f"wanted => ({HASH})([...document.querySelectorAll('.closeup-row canvas')]) === wanted", arg=wanted)
    again = open_page(runs)
    again.goto("about:blank")
    again.goto(page.evaluate("studio.link.url()"))
    again.wait_for_function(f"wanted => ({HASH})([...document.querySelectorAll('.film-first canvas')]) === wanted", arg=film)
    assert again.evaluate("studio.shelf.pins().length") == 0


# ------------------------------------------------------------------------------------------------------- two runs


def test_two_runs_of_one_lineage_under_a_divider(tab):
    page = tab()
    choose(page, "other", "mnist-short")
    page.get_by_text("mnist-short is of the same lineage: both show the same latents.").wait_for()
    filmed(page)
    short = page.evaluate("studio.engine.about('mnist-short')")["moments"]
    wanted = asked(page, "mnist-short", short[-1]["images"], of_seed("mnist", 24))
    page.wait_for_function(f"wanted => ({HASH})([...document.querySelectorAll('.film-second canvas')]) === wanted", arg=wanted)
    assert page.locator(".credit-first .caption").inner_text().startswith("left: mnist, epoch 24,")
    assert page.locator(".credit-second .caption").inner_text().startswith(f"right: mnist-short, epoch {short[-1]['epoch']},")
    handle, screen = page.get_by_role("slider", name="Divider between the two runs"), page.locator("#film .film-screen")
    box, place = screen.bounding_box(), handle.bounding_box()
    assert place["width"] >= 44 and handle.get_attribute("aria-valuenow") == "50"
    page.mouse.move(place["x"] + 22, place["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 30, steps=5)
    page.mouse.up()
    assert handle.get_attribute("aria-valuenow") == "25"
    assert page.locator(".film-second").evaluate("film => film.style.clipPath") == "inset(0px 0px 0px 25%)"
    stop = cursor(page).stop
    for key, share in (("ArrowRight", "27"), ("ArrowLeft", "25"), ("PageUp", "35"), ("End", "100"), ("Home", "0")):
        handle.press(key)
        assert handle.get_attribute("aria-valuenow") == share and cursor(page).stop == stop
    page.locator("#film [name=epochs-step][value=share]").check()
    page.wait_for_function("document.querySelector('#film input.moment').ariaValueText.includes('|')")
    page.keyboard.press("Escape")
    page.locator("#tab-epochs-button").focus()
    page.keyboard.press("Home")
    assert page.locator("#film input.moment").get_attribute("aria-valuetext") == "untrained"


def test_a_run_of_another_size_and_lineage_lies_in_the_same_cells(tab):
    page = tab()
    choose(page, "other", "tiny")
    page.get_by_text("tiny is of another lineage: it shows latents of its own, of the same seed 0.").wait_for()
    filmed(page)
    sides = page.evaluate("""() => ["first", "second"].map((name) => {
        const [cell, canvas] = ["cell", "picture"].map((part) => document.querySelector(`.film-${name} .${part}`));
        return [cell.getBoundingClientRect().width, canvas.getBoundingClientRect().width, canvas.width];
    })""")
    assert sides == [[128, 112, 28], [128, 128, 64]]
    wanted = asked(page, "tiny", MOMENTS[-1], of_seed("tiny", 12))
    page.wait_for_function(f"wanted => ({HASH})([...document.querySelectorAll('.film-second canvas')]) === wanted", arg=wanted)
    pin(page, 2)
    page.locator("#film [name=epochs-rows][value=shelf]").check()
    page.get_by_text("tiny is of another lineage and can't draw the pinned latents: its seed 0 is shown.").wait_for()


# ------------------------------------------------------------------------------------------------------- links and pins


def save(page, place):
    with page.expect_download() as download:
        page.locator(f"#film {place} .save").click()
    image = Image.open(io.BytesIO(download.value.path().read_bytes()))
    return download.value.suggested_filename, image, json.loads(image.text["ganlib"])


def test_frames_and_strip_are_saved_with_their_settings_inside(tab):
    page = tab()
    page.keyboard.press("Home")
    name, image, settings = save(page, ".credit-first")
    assert name == "mnist-untrained-seed0.png" and image.size == (8 * 30 + GAP, 3 * 30 + GAP)
    assert settings["run"] == "mnist" and settings["images"] == 0 and settings["truncation"] == 1
    columns = page.locator("#film .strip-heads span").count()
    name, image, settings = save(page, ".filmstrip")
    assert re.fullmatch(r"mnist-untrained-epoch\d+-seed0\.png", name)
    assert image.size == (columns * 30 + GAP, 10 * 30 + GAP) and len(settings["images"]) == columns
    cells = [image.crop((GAP + 30 * column, GAP, 30 + 30 * column, 30)).convert("L").tobytes() for column in (0, columns - 1)]
    shown = page.locator("#film .filmstrip canvas").evaluate_all("""(canvases, last) => [0, last].map((i) =>
        [...canvases[i].getContext("2d").getImageData(0, 0, 28, 28).data].filter((_, at) => at % 4 === 0))""", columns - 1)  # fmt: skip
    assert [list(cell) for cell in cells] == shown


def test_a_link_opens_the_same_view(tab, runs, open_page):
    page = tab()
    choose(page, "other", "mnist-short")
    page.get_by_text("mnist-short is of the same lineage").wait_for()
    page.locator("#film [data-word=next]").click()
    page.locator("#film .credit-first .caption", has_text="seed 1,").wait_for()
    filmed(page)
    page.locator("#film .film-first .cell").nth(1).click()
    page.locator("#film .closeup").wait_for()
    page.locator("#film input.moment").fill("4")
    page.wait_for_timeout(300)
    shown = page.locator("#film .credit-first .caption").inner_text()
    wanted = asked(
        page, "mnist", [moment["images"] for moment in run_of(page)["moments"]], of_seed("mnist", 2, seed=1, index=1)
    )
    link = page.evaluate("studio.link.url()")
    again = open_page(runs)
    again.goto("about:blank")
    again.goto(link)
    again.locator("#film .credit-first .caption", has_text=shown).wait_for()
    assert again.locator("#film select[name=epochs-other]").input_value() == "mnist-short"
    again.wait_for_function(f"wanted => ({HASH})([...document.querySelectorAll('.closeup-row canvas')]) === wanted", arg=wanted)
    assert again.locator("#film input.moment").input_value() == "4"


# ------------------------------------------------------------------------------------------------------- window sizes


@pytest.mark.parametrize(("language", "look"), [("en-US", "dark"), ("zh-CN", "light")])
def test_a_phone_shows_everything_without_overflow(tab, language, look):
    page = tab(viewport=PHONE, language=language, look=look)
    assert fits(page)
    choose(page, "other", "tiny")
    filmed(page)
    page.locator("#film .film-first .cell").first.click()
    assert fits(page)
    for width in page.locator("#film .plate canvas").evaluate_all("all => all.map((one) => one.getBoundingClientRect().width)"):
        assert width <= PHONE["width"]
    page.locator("#film [name=epochs-mode][value=pair]").check()
    filmed(page)
    assert fits(page)
    small = page.evaluate("""() => [...document.querySelectorAll("#film :is(input, select, button, [role=slider])")]
        .filter((one) => one.checkVisibility() && !one.closest(".plate") && one.type !== "radio")
        .filter((one) => one.getBoundingClientRect().height < 43).map((one) => one.outerHTML)""")
    assert not small
    if language == "zh-CN":
        english = set(re.findall(r"[A-Za-z]{2,}", page.locator("#film").inner_text())) - NAMES - {"short", "tiny"}
        assert not english


def test_every_control_has_a_name(tab):
    page = tab()
    choose(page, "other", "mnist-short")
    filmed(page)
    page.locator("#film .film-first .cell").first.click()
    nameless = page.evaluate("""() => [...document.querySelectorAll("#film :is(input, select, button, [role=slider], [role=img])")]
        .filter((one) => one.checkVisibility() && !(one.ariaLabel || one.textContent.trim() || one.closest("label")?.textContent.trim()))
        .map((one) => one.outerHTML)""")
    assert not nameless
