"""Tests the tabs as a visitor uses them, in both languages."""

import io
import json
import re
import shutil

import pytest
from driving import NAMES, changed, choose, come_back, fits, picture, pixels, say, slide
from PIL import Image

PHONE = {"width": 390, "height": 844}
SLIDERS = ("#truncation", "#num")
pytestmark = pytest.mark.browser


def epochs(page):
    picture(page)
    page.locator("#tab-epochs-button").click()
    page.wait_for_function("document.querySelector('#film .film-first canvas')?.width > 1")


def test_it_opens_with_a_picture(shipped, open_page):
    page = open_page(shipped)
    image = picture(page)
    assert page.title() == "GAN Studio" and page.evaluate("document.documentElement.lang") == "en"
    assert page.locator("#sheet .rows").is_hidden() and page.locator("#sheet .cells button").count() == 16
    assert re.fullmatch(r"mnist, epoch [\d.]+, seed 0, ψ 1", page.locator("#sheet .caption").inner_text())
    assert page.locator("#sheet .caption").inner_text() in image.get_attribute("alt")
    width, natural = image.evaluate("image => [image.getBoundingClientRect().width, image.naturalWidth]")
    assert width % natural == 0 and width >= 2 * natural
    assert image.evaluate("image => getComputedStyle(image).imageRendering") == "pixelated"


def test_little_is_cloned_while_the_page_opens(shipped, open_page):
    """Gradio clones each number and text of its components; the page answers for the browser, in the same way."""
    page = open_page(shipped)
    page.add_init_script("""{
        const clone = window.structuredClone;
        window.cloned = 0;
        window.structuredClone = (...values) => (window.cloned += 1, clone(...values));
    }""")
    page.reload()
    picture(page)
    assert 0 < page.evaluate("cloned") < 500  # without it 10,000
    told = page.evaluate("""() => [() => 1, Symbol("x"), 7, "a", undefined, null, true, { a: [1] }].map((value) => {
        try {
            const cloned = structuredClone(value);
            return [JSON.stringify(cloned), typeof cloned, cloned === value];
        } catch ({ name }) {
            return name;
        }
    })""")
    refused, same = ["DataCloneError"] * 2, [["7", "number"], ['"a"', "string"], [None, "undefined"], ["null", "object"]]
    assert told == [*refused, *[[*each, True] for each in [*same, ["true", "boolean"]]], ['{"a":[1]}', "object", False]]
    buffer = "const { buffer } = new Uint8Array(4); structuredClone(1, { transfer: [buffer] }); return buffer.byteLength;"
    assert page.evaluate(f"() => {{ {buffer} }}") == 0


def test_everything_changes_the_picture(shipped, open_page):
    page = open_page(shipped)
    first = pixels(page)
    second = changed(page, lambda: page.get_by_role("button", name="Next").first.click())
    say(page, "seed 1,")
    assert changed(page, lambda: page.get_by_role("button", name="Previous").first.click()) == first != second
    changed(page, lambda: page.get_by_label("Seed").first.fill("77"))
    say(page, "seed 77")
    changed(page, lambda: slide(page, "#truncation", 0.5))
    say(page, "ψ 0.5")
    changed(page, lambda: choose(page, "#snapshot", 0))
    say(page, "untrained")
    changed(page, lambda: choose(page, "#label", 1))
    assert page.locator("#sheet .rows span").all_inner_texts() == list("0123456789")
    assert page.get_by_label("How many").first.is_hidden()
    changed(page, lambda: slide(page, "#columns", 4))
    changed(page, lambda: choose(page, "#label", 5))
    say(page, "label 3")
    assert page.locator("#sheet .rows").is_hidden() and page.get_by_label("How many").first.is_visible()
    changed(page, lambda: page.locator("#num input[type=number]").fill("9"))


def test_the_keyboard_chooses_from_the_menus(shipped, open_page):
    page = open_page(shipped)
    pixels(page)
    for menu, keys, caption in (("#snapshot", ["Home"], "untrained"), ("#label", ["ArrowDown"] * 3, "label 1")):
        page.locator(f"{menu} input").focus()
        for key in [*keys, "Enter"]:
            page.keyboard.press(key)
        say(page, caption)
        page.get_by_role("listbox").wait_for(state="detached")


def test_tab_leaves_no_menu_open(shipped, open_page):
    page = open_page(shipped)
    picture(page)
    for key in ("Tab", "Shift+Tab"):
        page.locator(".generate .controls").get_by_role("button", name="Random").focus()
        for _ in range(2):
            page.keyboard.press("Tab")
        assert page.locator("#label input").evaluate("menu => menu === document.activeElement")
        for _ in range(2):
            page.keyboard.press(key)
        page.wait_for_timeout(400)  # a late menu would have opened
        assert page.get_by_role("listbox").count() == 0


def test_sliders_say_their_name_and_value(shipped, open_page):
    page = open_page(shipped, language="zh-CN")
    picture(page)
    slider = page.locator("#truncation input[type=range]")
    page.wait_for_function("document.querySelector('#truncation input[type=range]').ariaLabel === '截断 ψ'")
    slide(page, "#truncation", 0.5)
    page.wait_for_function("document.querySelector('#truncation input[type=range]').ariaValueText === '0.5'")
    page.get_by_role("button", name="English").click()
    page.wait_for_function("document.querySelector('#truncation input[type=range]').ariaLabel === 'Truncation ψ'")
    for control in (slider, *page.locator(".controls input[type=number]:visible, .controls button:visible").all()):
        assert control.bounding_box()["height"] >= 44


@pytest.mark.parametrize("link", ["", "#seed=3&psi=0.5"])
def test_a_seed_typed_while_the_page_still_opens_stays(shipped, open_page, link):
    page = open_page(shipped)
    picture(page)
    asked = page.evaluate("""() => {
        const { dependencies, components } = window.gradio_config;
        const seed = components.find(({ type, props }) => type === "number" && props.label === "Seed").id;
        return dependencies.filter(({ outputs }) => outputs.includes(seed) && outputs.length <= 4).map(({ id }) => id);
    }""")  # the questions whose answers set the seed alone, or with the other numbers
    url, held = page.url.partition("#")[0], []
    page.goto("about:blank")
    page.route(
        "**/gradio_api/queue/join*",
        lambda route: held.append(route) if route.request.post_data_json["fn_index"] in asked else route.continue_(),
    )
    page.goto(url + link)
    picture(page)
    page.wait_for_timeout(500)
    changed(page, lambda: page.get_by_label("Seed").first.fill("5"))
    for route in held:
        route.continue_()
    if link:
        say(page, "ψ 0.5")
    page.wait_for_timeout(500)
    say(page, "seed 5")
    assert page.get_by_label("Seed").first.input_value() == "5"


def test_the_file_that_is_saved_holds_its_settings(shipped, open_page):
    page = open_page(shipped)
    changed(page, lambda: page.get_by_label("Seed").first.fill("5"))
    say(page, "seed 5")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save PNG").first.click()
    assert re.fullmatch(r"mnist-epoch[\d.]+-seed5\.png", download.value.suggested_filename)
    with Image.open(io.BytesIO(download.value.path().read_bytes())) as image:
        settings = json.loads(image.text["ganlib"])
    assert settings["run"] == "mnist" and settings["seed"] == 5 and settings["truncation"] == 1 and settings["num"] == 16


def test_a_click_copies_the_caption(shipped, open_page):
    page = open_page(shipped, permissions=["clipboard-read", "clipboard-write"])
    picture(page)
    caption = page.locator("#sheet .caption")
    text = caption.inner_text()
    caption.click()
    page.wait_for_function("document.querySelector('#sheet .caption').dataset.copied === 'copied'")
    assert page.evaluate("navigator.clipboard.readText()") == text


def test_the_language_is_the_browsers_and_switches_live(shipped, open_page):
    page = open_page(shipped, language="zh-CN")
    picture(page)
    page.get_by_role("tab", name="生成").wait_for()
    say(page, "，种子 0，ψ 1")
    assert page.evaluate("document.documentElement.lang") == "zh-CN" and page.title() == "GAN 画室"
    changed(page, lambda: page.get_by_role("button", name="下一个").first.click())
    choose(page, "#snapshot", 0)
    say(page, "未训练，种子 1")
    epochs(page)
    for tab in (0, 2):
        page.get_by_role("tab").nth(tab).click()
        text = page.locator("body").inner_text()
        english = set(re.findall(r"[A-Za-z]{2,}", text)) - NAMES - {"English"}
        assert not english, english
    page.get_by_role("button", name="English").click()
    page.get_by_role("tab", name="Generate").click()
    say(page, "mnist, untrained, seed 1, ψ 1")
    assert page.locator("#snapshot input").input_value() == "untrained"
    page.wait_for_function("!/[\\u4e00-\\u9fff]/.test(document.body.innerText.replace('中文', ''))")
    page = come_back(page)
    say(page, "mnist, epoch ")
    assert page.evaluate("document.documentElement.lang") == "en"


def test_the_look_is_remembered(shipped, open_page):
    page = open_page(shipped, look="dark")
    picture(page)
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(20, 22, 26)"
    page.get_by_role("button", name="Light").click()
    assert page.evaluate(ground) == "rgb(250, 249, 246)"
    page = come_back(page)
    picture(page)
    assert page.evaluate(ground) == "rgb(250, 249, 246)"


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_a_phone_shows_the_picture_first_and_nothing_overflows(shipped, open_page, language):
    page = open_page(shipped, language=language, viewport=PHONE)
    image = picture(page)
    width, natural = image.evaluate("image => [image.getBoundingClientRect().width, image.naturalWidth]")
    assert width % natural == 0 and fits(page)
    explored = ["#explore .live", "#explore .axis:nth-child(2) input[type=range]"]
    places = [*explored, "#sheet img", *(f"{place} input[type=range]" for place in SLIDERS)]
    page.locator(explored[1]).wait_for()
    tops = [page.locator(place).bounding_box()["y"] for place in places]
    assert tops == sorted(tops) and tops[1] < PHONE["height"] - 44
    epochs(page)
    assert fits(page)
    page.locator("#film [name=epochs-mode][value=pair]").check()
    page.wait_for_function("document.querySelector('#film .side-left canvas')?.width > 1")
    assert fits(page)


def test_without_runs_it_says_what_to_do(tmp_path, open_page):
    page = open_page(tmp_path)
    page.get_by_text("There are no trained runs here yet.").first.wait_for()
    assert page.get_by_text("python train.py --dataset mnist").first.is_visible()


def test_the_run_menu_follows_the_folder(shipped, tmp_path, open_page):
    (tmp_path / "mnist").symlink_to(shipped / "mnist")
    page = open_page(tmp_path)
    picture(page)
    options, ticked = page.get_by_role("option"), page.locator("#run li.selected")
    (tmp_path / "digits").symlink_to(shipped / "mnist")
    page.locator("#run input").click()
    options.nth(1).wait_for()
    assert options.evaluate_all("lines => lines.map((line) => line.ariaLabel)") == ["mnist", "digits"]
    assert ticked.get_attribute("aria-label") == "mnist"
    options.nth(1).click()
    say(page, "digits, epoch ")
    (tmp_path / "mnist").unlink()
    page.locator("#run input").click()
    page.wait_for_timeout(400)
    assert ticked.get_attribute("aria-label") == "digits"
    page.get_by_role("option", name="mnist").click()
    page.wait_for_function("document.querySelector('#run input').value === 'digits'")
    page.locator("#run input").click()
    page.wait_for_timeout(400)
    assert options.evaluate_all("lines => lines.map((line) => line.ariaLabel)") == ["digits"]


def test_a_run_that_has_just_begun_says_so(shipped, tmp_path, open_page):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "config.json").write_bytes((shipped / "mnist" / "config.json").read_bytes())
    page = open_page(tmp_path, language="zh-CN")
    page.get_by_text("训练记录 new 还没有快照。").first.wait_for()
    assert page.locator("#run input").input_value() == "new"


def test_a_damaged_history_is_told_under_the_film(shipped, tmp_path, open_page):
    shutil.copytree(shipped / "mnist", tmp_path / "mnist")
    (tmp_path / "mnist" / "history.jsonl").write_text("{\n{\n")
    page = open_page(tmp_path)
    epochs(page)
    losses = page.locator("#film .losses")
    assert losses.inner_text().startswith("Its history.jsonl can't be read. mnist/history.jsonl")
    assert page.locator("#film .legend").is_hidden()


def test_a_damaged_run_tells_its_reason_and_a_new_run_appears(shipped, tmp_path, open_page):
    (tmp_path / "sick").mkdir()
    (tmp_path / "sick" / "config.json").write_text("{")
    page = open_page(tmp_path)
    page.get_by_text("The run sick is damaged.").first.wait_for()
    assert page.locator("#sheet .detail").inner_text().startswith("sick/config.json")
    (tmp_path / "mnist").symlink_to(shipped / "mnist")
    page.locator("#run input").click()
    page.get_by_role("option", name="mnist", exact=True).click()
    picture(page)
    assert page.locator("#sheet .notice").is_hidden()
    assert str(tmp_path) not in page.content()
