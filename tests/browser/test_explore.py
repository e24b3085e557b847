"""Tests Generate's selected picture with live sliders, and the landing animation."""

import io
import json

import pytest
from driving import choose, fits, picture
from PIL import Image

PHONE = {"width": 390, "height": 844}
SLIDER = "#explore .axis input[type=range]"
HASH = """([canvas]) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data
    .reduce((hash, value) => Math.imul(hash ^ value, 16777619), 2166136261)"""
pytestmark = pytest.mark.browser


def at_rest(page):
    """Returns the hash of the selected picture's pixels once it is current, can be saved, and its sliders' ends are drawn."""
    page.locator("#explore .axis").first.wait_for()
    page.locator("#explore .keeps .save[href]").wait_for()
    page.locator("#explore .still").wait_for()
    return page.locator("#explore .live").evaluate_all(HASH)


def moved(page, act):
    """Returns the hash of the pixels after `act`, which must change them."""
    before = at_rest(page)
    act()
    page.wait_for_function(f"before => ({HASH})([document.querySelector('#explore .live')]) !== before", arg=before)
    return at_rest(page)


def back(page, act, pixels):
    """Asserts that `act` restores exactly these pixels."""
    act()
    page.wait_for_function(f"pixels => ({HASH})([document.querySelector('#explore .live')]) === pixels", arg=pixels)
    assert at_rest(page) == pixels


def z(page):
    return page.evaluate("Array.from(studio.explore.latent().z)")


def button(page, name, place="#explore"):
    return page.locator(place).get_by_role("button", name=name, exact=True)


def click(page, name, place="#explore"):
    return lambda: button(page, name, place).click()


def said(page):
    return page.locator("#explore .caption").inner_text()


@pytest.fixture(scope="module")
def alone(shipped, tmp_path_factory):
    """A folder with one shipped run only."""
    folders = {}

    def alone(name):
        if not (shipped / name / "snapshots").is_dir():
            pytest.skip(f"checkpoints/{name} is not there")
        if name not in folders:
            folders[name] = tmp_path_factory.mktemp(name)
            (folders[name] / name).symlink_to(shipped / name)
        return folders[name]

    return alone


@pytest.fixture(scope="module")
def digits(alone):
    return alone("mnist")


@pytest.fixture
def two_lineages(shipped, tmp_path):
    """mnist, a copy of it under another name, and a copy of another lineage."""
    for name in ("mnist", "twin"):
        (tmp_path / name).symlink_to(shipped / "mnist")
    other = tmp_path / "other"
    other.mkdir()
    (other / "snapshots").symlink_to(shipped / "mnist" / "snapshots")
    config = json.loads((shipped / "mnist" / "config.json").read_text())
    del config["crc32"]
    (other / "config.json").write_text(json.dumps(config | {"seed": config["seed"] + 1}))
    (other / "state.safetensors").touch()  # so that the page doesn't open with this one
    return tmp_path


@pytest.mark.parametrize("run", ["mnist", "anime-faces"])
def test_a_drag_moves_the_picture_and_nothing_queues_up(alone, open_page, run):
    page = open_page(alone(run))
    at_rest(page)
    asked = page.evaluate("""() => {
        const seen = window.seen = { now: 0, most: 0, total: 0 };
        const fetch_ = window.fetch;
        window.fetch = (...request) => {
            if (!request[1]?.body?.includes?.('"what":"draw"')) return fetch_(...request);  // the sample's latent is asked for once
            seen.most = Math.max(seen.most, ++seen.now);
            seen.total += 1;
            return fetch_(...request).finally(() => { seen.now -= 1; });
        };
        return studio.explore.painted;
    }""")
    box = page.locator(SLIDER).first.bounding_box()
    x, y = box["x"], box["y"] + box["height"] / 2
    start = float(page.locator(SLIDER).first.input_value())
    page.mouse.move(x + 7 + (box["width"] - 14) * (start + 3) / 6, y)
    page.mouse.down()
    seen = set()
    for step in range(40):
        page.mouse.move(x + 20 + (box["width"] - 40) * step / 39, y)
        seen.add(page.locator("#explore .live").evaluate_all(HASH))
    during = page.evaluate("window.seen")
    page.mouse.up()
    assert len(seen) >= 4 and page.evaluate("studio.explore.painted") > asked
    assert during["most"] == 1 and 0 < during["total"] <= 60
    at_rest(page)
    value = float(page.locator(SLIDER).first.input_value())
    assert value > 2 and page.locator(SLIDER).first.get_attribute("aria-valuetext") == f"{value:.2f} σ"
    assert "sample 1, moved, ψ 1" in said(page)


def test_reset_and_undo_lead_back_to_the_same_pixels(digits, open_page):
    page = open_page(digits)
    first, begun = at_rest(page), z(page)
    assert button(page, "Undo").is_disabled() and button(page, "Reset all").is_disabled()
    second = moved(page, click(page, "Direction 1 to 3"))
    assert page.locator(SLIDER).first.get_attribute("aria-valuetext") == "3.00 σ"
    third = moved(page, click(page, "Direction 2 to −3"))
    back(page, click(page, "Reset Direction 2"), second)
    back(page, click(page, "Undo"), third)
    back(page, click(page, "Reset all"), first)
    assert z(page) == begun and button(page, "Reset all").is_disabled()
    back(page, click(page, "Undo"), third)
    page.locator(SLIDER).nth(1).dblclick()
    page.locator(SLIDER).nth(1).focus()
    for _ in range(8):
        page.keyboard.press("Control+z")
    back(page, lambda: None, first)
    assert z(page) == begun and button(page, "Undo").is_disabled()


def test_the_arrow_keys_move_a_slider_by_tenths(digits, open_page):
    page = open_page(digits)
    first = at_rest(page)
    slider = page.locator(SLIDER).nth(2)
    before = float(slider.input_value())
    slider.focus()
    second = moved(page, lambda: [page.keyboard.press("ArrowRight") for _ in range(5)])
    assert float(slider.input_value()) == pytest.approx(before + 0.5, abs=0.02) and second != first
    others = [float(other.input_value()) for other in page.locator(SLIDER).all()]
    assert others[2] == float(slider.input_value()) and len(others) == 8


def test_the_label_is_swapped(digits, open_page):
    page = open_page(digits)
    first = at_rest(page)
    labels = page.get_by_role("group", name="Label", exact=True)
    moved(page, labels.get_by_role("button", name="7").click)
    assert said(page).endswith("label 7") and labels.get_by_role("button", pressed=True).inner_text() == "7"
    back(page, click(page, "Undo"), first)
    assert said(page).endswith("label 0")


def test_a_pin_lends_its_label_or_a_half_of_its_latent(digits, open_page):
    page = open_page(digits)
    first, mine = at_rest(page), z(page)
    assert page.locator("#explore .mix").is_hidden()
    moved(page, click(page, "sample 5, label 4", "#sheet"))
    other = z(page)
    click(page, "Pin", "#sheet")()
    page.locator("#sheet .done", has_text="pinned").wait_for()
    back(page, click(page, "sample 1, label 0", "#sheet"), first)
    moved(page, click(page, "first half of z"))
    assert z(page) == other[:32] + mine[32:]
    back(page, click(page, "Undo"), first)
    moved(page, click(page, "second half of z"))
    assert z(page) == mine[:32] + other[32:]
    back(page, click(page, "Undo"), first)
    moved(page, click(page, "label"))
    assert said(page).endswith("label 4") and z(page) == mine
    whole = moved(page, lambda: [click(page, f"{half} half of z")() for half in ("first", "second")])
    assert z(page) == other
    moved(page, click(page, "Reset all"))
    back(page, page.locator("#shelf .pin").click, whole)
    assert said(page).endswith("seed 0, sample 5, ψ 1, label 4")
    assert page.locator("#sheet .cells button[aria-pressed=true]").get_attribute("aria-label") == "sample 5, label 4"


def test_another_snapshot_draws_the_same_latent(digits, open_page):
    page = open_page(digits)
    at_rest(page)
    last = moved(page, click(page, "Direction 3 to 3"))
    mine, ends = z(page), page.locator("#explore .low canvas").evaluate_all(HASH)
    moved(page, lambda: choose(page, "#snapshot", 4))
    assert z(page) == mine and "epoch 0.5" in said(page)
    assert page.locator("#explore .low canvas").evaluate_all(HASH) != ends
    back(page, lambda: choose(page, "#snapshot", page.locator("#snapshot li").count() - 1), last)
    assert z(page) == mine and page.locator("#explore .remark").inner_text() == ""


def test_another_lineage_draws_a_new_latent_and_says_so(two_lineages, open_page):
    page = open_page(two_lineages)
    first = at_rest(page)
    moved(page, click(page, "Direction 1 to 3"))
    mine = z(page)
    choose(page, "#run", 2)
    page.wait_for_function("studio.explore.scene().run === 'twin'")
    at_rest(page)
    assert z(page) == mine and page.locator("#explore .remark").inner_text() == ""
    choose(page, "#run", 1)
    page.get_by_text("A new latent: this run is of another lineage").wait_for()
    at_rest(page)
    assert z(page) != mine and "seed 0, sample 1," in said(page)
    assert at_rest(page) == first  # the same weights, another config
    click(page, "sample 2, label 1", "#sheet")()
    page.wait_for_function("document.querySelector('#explore .remark').textContent === ''")


def test_names_of_directions_are_remembered(digits, open_page):
    page = open_page(digits)
    at_rest(page)
    name = page.get_by_label("Name of direction 2", exact=True)
    name.fill("slant")
    name.press("Enter")
    page.reload()
    at_rest(page)
    assert name.input_value() == "slant"
    assert page.locator(SLIDER).nth(1).get_attribute("aria-label") == "slant" and button(page, "Reset slant").count() == 1
    choose(page, "#snapshot", 3)
    page.wait_for_function("document.querySelectorAll('#explore .axis .name')[1].value === ''")


def test_raw_coordinates_page_through_all_of_z(digits, open_page):
    page = open_page(digits)
    first = at_rest(page)
    click(page, "Raw coordinates")()
    page.locator(f"{SLIDER}[aria-label='z 1']").wait_for()
    assert page.locator("#explore .place").inner_text() == "1–8 of 64" and at_rest(page) == first
    for _ in range(7):
        click(page, "More sliders")()
    assert page.locator("#explore .place").inner_text() == "57–64 of 64" and button(page, "More sliders").is_disabled()
    before = z(page)
    moved(page, click(page, "z 64 to 3"))
    assert z(page) == [*before[:63], 3]
    back(page, click(page, "Reset z 64"), first)


def test_a_random_walk_drifts_until_it_is_stopped(digits, open_page):
    page = open_page(digits)
    first = at_rest(page)
    walk = button(page, "Random walk")
    walk.click()
    page.wait_for_function("document.querySelector('#explore .walk').ariaPressed === 'true'")
    painted = page.evaluate("studio.explore.painted")
    page.wait_for_function("painted => studio.explore.painted > painted + 5", arg=painted)
    page.keyboard.press("Shift")
    assert walk.get_attribute("aria-pressed") == "false"
    drifted = at_rest(page)
    assert drifted != first and max(map(abs, z(page))) < 8
    back(page, click(page, "Undo"), first)


def test_long_labels_fit_their_buttons(all_shipped, tmp_path, open_page):
    (tmp_path / "fashion").symlink_to(all_shipped / "fashion")
    page = open_page(tmp_path)
    at_rest(page)
    buttons = page.locator("#explore .label-buttons button")
    assert buttons.all_inner_texts()[0] == "T-shirt/top" and buttons.count() == 10
    assert buttons.evaluate_all("all => all.every((button) => button.scrollWidth <= button.clientWidth)")


def test_the_actions_of_a_chosen_cell(digits, open_page):
    page = open_page(digits, permissions=["clipboard-read", "clipboard-write"])
    at_rest(page)
    moved(page, click(page, "sample 12, label 1", "#sheet"))
    click(page, "Explore", "#sheet")()
    page.wait_for_function(f"document.activeElement === document.querySelector('{SLIDER}')")
    click(page, "Pin", "#sheet")()
    page.locator("#shelf .pin").wait_for()
    click(page, "Use as key frame", "#sheet")()
    page.get_by_text("added to the key frames").first.wait_for()
    assert page.evaluate("studio.keys.list().at(-1).from") == {"seed": 0, "index": 11}
    click(page, "Copy settings", "#sheet")()
    page.locator("#sheet .done", has_text="copied").wait_for()
    settings = json.loads(page.evaluate("navigator.clipboard.readText()"))
    assert {key: settings[key] for key in ("run", "seed", "index", "label", "truncation")} == {
        "run": "mnist", "seed": 0, "index": 11, "label": 1, "truncation": 1,
    }  # fmt: skip
    assert settings["epoch"] > 0 and settings["z"] == pytest.approx(z(page), rel=1e-7)


def test_arrow_keys_move_among_the_cells(digits, open_page):
    page = open_page(digits)
    at_rest(page)
    cells = page.locator("#sheet .cells button")
    ringed = page.locator("#sheet .cells button[aria-pressed=true]")
    assert cells.count() == 16 and page.locator("#sheet .cells button[tabindex='0']").count() == 1
    cells.first.focus()
    for key, name in (
        ("ArrowRight", "sample 2, label 1"), ("ArrowDown", "sample 6, label 5"), ("ArrowLeft", "sample 5, label 4"),
        ("ArrowUp", "sample 1, label 0"), ("ArrowUp", "sample 1, label 0"), ("End", "sample 16, label 5"),
        ("Home", "sample 1, label 0"),
    ):  # fmt: skip
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.ariaLabel") == name
        assert ringed.get_attribute("aria-label") == name and ringed.get_attribute("tabindex") == "0"
    box, image = cells.nth(5).bounding_box(), picture(page).bounding_box()
    scale = image["width"] / 122  # four pictures of 28 pixels and five gutters of 2
    assert box["width"] == pytest.approx(28 * scale) and box["x"] - image["x"] == pytest.approx(32 * scale)


def test_in_rows_by_label_a_column_keeps_its_latent(digits, open_page):
    page = open_page(digits)
    at_rest(page)
    choose(page, "#label", 1)
    page.wait_for_function("document.querySelectorAll('#sheet .cells button').length === 80")
    at_rest(page)
    first = z(page)
    moved(page, click(page, "sample 1, label 3", "#sheet"))
    assert z(page) == first and said(page).endswith("label 3")


def test_the_saved_picture_holds_its_latent(digits, open_page):
    page = open_page(digits)
    at_rest(page)
    moved(page, click(page, "Direction 1 to 3"))
    with page.expect_download() as download:
        page.locator("#explore .save").click()
    with Image.open(io.BytesIO(download.value.path().read_bytes())) as image:
        settings = json.loads(image.text["ganlib"])
        saved = image.convert("L").crop((2, 2, 30, 30)).tobytes()
    assert settings["run"] == "mnist" and settings["labels"] == [0] and settings["from"] == [None] and settings["z"]
    shown = page.locator("#explore .live").evaluate(
        "canvas => Array.from(canvas.getContext('2d').getImageData(0, 0, 28, 28).data.filter((_, i) => i % 4 === 0))"
    )
    assert bytes(shown) == saved


def test_a_link_opens_the_same_latent_under_the_same_sliders(digits, open_page):
    page = open_page(digits)
    at_rest(page)
    moved(page, click(page, "sample 6, label 5", "#sheet"))
    click(page, "Raw coordinates")()
    page.locator(f"{SLIDER}[aria-label='z 1']").wait_for()
    pixels = moved(page, click(page, "z 2 to −3"))
    url = page.evaluate("studio.link.url()")
    again = open_page(digits, moves=True)
    again.goto("about:blank")
    again.goto(url)
    assert at_rest(again) == pixels and z(again) == z(page)
    assert again.locator("#sheet .cells button[aria-pressed=true]").get_attribute("aria-label") == "sample 6, label 5"
    assert again.locator(SLIDER).nth(1).get_attribute("aria-label") == "z 2"
    assert again.get_by_text("None of these exist. Drag.").count() == 0
    moved(again, click(again, "Reset all"))
    assert said(again).endswith("seed 0, sample 6, ψ 1, label 5")


class TestLanding:
    def test_the_grid_grows_then_one_is_chosen_and_sways(self, digits, open_page):
        page = open_page(digits, moves=True)
        film = page.locator("#sheet canvas.film")
        film.wait_for()
        assert picture(page).is_visible()
        place = "node => { const { x, y, width, height } = node.getBoundingClientRect(); return [x, y, width, height]; }"
        assert film.evaluate(place) == picture(page).evaluate(place)
        frames = {film.evaluate_all(HASH) for _ in range(3) if page.wait_for_timeout(300) is None}
        assert len(frames) == 3
        film.wait_for(state="detached", timeout=30000)
        page.get_by_text("None of these exist. Drag.").wait_for()
        values = {page.locator(SLIDER).first.input_value() for _ in range(6) if page.wait_for_timeout(150) is None}
        assert len(values) > 2
        page.wait_for_timeout(3000)
        at_rest(page)
        assert not page.evaluate("studio.explore.changed()") and "#" not in page.url
        moved(page, click(page, "Direction 1 to 3"))
        assert page.get_by_text("None of these exist. Drag.").count() == 0

    def test_any_key_ends_it_at_once(self, digits, open_page):
        page = open_page(digits, moves=True)
        page.locator("#sheet canvas.film").wait_for()
        page.keyboard.press("Shift")
        page.locator("#sheet canvas.film").wait_for(state="detached", timeout=2000)
        page.get_by_text("None of these exist. Drag.").wait_for()
        first = at_rest(page)
        page.wait_for_timeout(700)
        assert at_rest(page) == first and not page.evaluate("studio.explore.changed()")

    def test_nothing_moves_where_motion_is_unwelcome(self, digits, open_page):
        page = open_page(digits, language="zh-CN")
        page.evaluate("window.films = 0, new MutationObserver(() => { films += document.querySelectorAll('.film').length; })"
                      ".observe(document.body, { subtree: true, childList: true })")  # fmt: skip
        page.get_by_text("这些图片都不存在，拖一下").wait_for()
        first = at_rest(page)
        page.wait_for_timeout(1500)
        assert at_rest(page) == first and page.evaluate("films") == 0
        assert page.locator("#sheet .cells button[aria-pressed=true]").count() == 1


@pytest.mark.parametrize(
    ("run", "size", "language"), [("mnist", 28, "en-US"), ("mnist", 28, "zh-CN"), ("anime-faces", 64, "zh-CN")]
)
def test_a_phone_shows_the_chosen_picture_with_two_sliders(alone, open_page, run, size, language):
    page = open_page(alone(run), language=language, viewport=PHONE)
    at_rest(page)
    assert fits(page)
    image = page.locator("#explore .live").bounding_box()
    second, grid = page.locator(SLIDER).nth(1).bounding_box(), picture(page).bounding_box()
    assert image["width"] % size == 0 and image["y"] + image["height"] < second["y"]
    assert second["y"] + second["height"] <= PHONE["height"] and grid["y"] > second["y"]
    assert grid["y"] < page.locator("#truncation").bounding_box()["y"]
    page.locator("#sheet .cells button").nth(9).click()
    page.locator("#sheet .deed-explore").click()
    page.wait_for_function("document.querySelector('#explore .live').getBoundingClientRect().top >= 0")
