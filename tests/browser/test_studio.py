"""Both tabs as a visitor uses them, in both languages."""

import io
import json
import re
import shutil

import pytest
from PIL import Image

PHONE = {"width": 390, "height": 844}
SLIDERS = ("#truncation", "#columns")
pytestmark = pytest.mark.browser


def picture(page, place="#sheet"):
    """The shown picture of a place, once it is there."""
    image = page.locator(f"{place} img.picture")
    image.wait_for()
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=image.element_handle())
    return image


def pixels(page, place="#sheet"):
    """Its decoded pixels, as a number (FNV-1a)."""
    return picture(page, place).evaluate("""image => {
        const canvas = Object.assign(document.createElement("canvas"), { width: image.naturalWidth, height: image.naturalHeight });
        const context = canvas.getContext("2d");
        context.drawImage(image, 0, 0);
        const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
        return data.reduce((hash, value) => Math.imul(hash ^ value, 16777619), 2166136261);
    }""")


def changed(page, act, place="#sheet"):
    """The pixels after `act`, which must have changed them."""
    before = pixels(page, place)
    act()
    for _ in range(100):
        after = pixels(page, place)
        if after != before:
            return after
        page.wait_for_timeout(100)
    raise AssertionError("the picture did not change")


def choose(page, menu, number):
    """Takes an option of a menu."""
    page.locator(f"{menu} input").click()
    page.get_by_role("option").nth(number).click()


def say(page, caption, place="#sheet"):
    """Waits until the caption of a picture says so."""
    page.locator(f"{place} .caption", has_text=caption).wait_for()


def slide(page, place, value):
    """Moves a native slider, as a finger does."""
    page.locator(f"{place} input[type=range]").first.evaluate(
        "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input', { bubbles: true })); }", str(value)
    )


def come_back(page):
    """The page in a new tab of the same browser."""
    again = page.context.new_page()
    again.goto(page.url)
    return again


def fits(page):
    return page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


def epochs(page):
    picture(page)
    page.get_by_role("tab").nth(1).click()
    picture(page, "#strip")
    picture(page, "#film")


def test_it_opens_with_a_picture(shipped, open_page):
    page = open_page(shipped)
    image = picture(page)
    assert page.title() == "GAN Studio" and page.evaluate("document.documentElement.lang") == "en"
    assert page.locator("#sheet .rows span").all_inner_texts() == list("0123456789")
    assert re.fullmatch(r"mnist, epoch [\d.]+, seed 0, ψ 1", page.locator("#sheet .caption").inner_text())
    assert page.locator("#sheet .caption").inner_text() in image.get_attribute("alt")
    width, natural = image.evaluate("image => [image.getBoundingClientRect().width, image.naturalWidth]")
    assert width % natural == 0 and width >= 2 * natural
    assert image.evaluate("image => getComputedStyle(image).imageRendering") == "pixelated"


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
    changed(page, lambda: choose(page, "#label", 4))
    say(page, "label 3")
    assert page.locator("#sheet .rows").is_hidden() and page.get_by_label("How many").first.is_visible()
    changed(page, lambda: page.locator("#num input[type=number]").fill("9"))


def test_the_keyboard_chooses_from_the_menus(shipped, open_page):
    page = open_page(shipped)
    pixels(page)
    for menu, keys, caption in (("#snapshot", ["Home"], "untrained"), ("#label", ["ArrowDown", "ArrowDown"], "label 1")):
        page.locator(f"{menu} input").focus()
        for key in [*keys, "Enter"]:
            page.keyboard.press(key)
        say(page, caption)
        page.get_by_role("listbox").wait_for(state="detached")


def test_tab_leaves_no_menu_open(shipped, open_page):
    page = open_page(shipped)
    picture(page)
    for key in ("Tab", "Shift+Tab"):
        page.get_by_role("button", name="Random").first.focus()
        for _ in range(2):
            page.keyboard.press("Tab")
        assert page.locator("#label input").evaluate("menu => menu === document.activeElement")
        for _ in range(2):
            page.keyboard.press(key)
        page.wait_for_timeout(400)  # for menus that would open late
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


def test_the_file_that_is_saved_holds_its_settings(shipped, open_page):
    page = open_page(shipped)
    changed(page, lambda: page.get_by_label("Seed").first.fill("5"))
    say(page, "seed 5")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save PNG").first.click()
    assert re.fullmatch(r"mnist-epoch[\d.]+-seed5\.png", download.value.suggested_filename)
    with Image.open(io.BytesIO(download.value.path().read_bytes())) as image:
        settings = json.loads(image.text["ganlib"])
    assert settings["run"] == "mnist" and settings["seed"] == 5 and settings["truncation"] == 1 and settings["num"] == 80


def test_a_click_copies_the_caption(shipped, open_page):
    page = open_page(shipped, permissions=["clipboard-read", "clipboard-write"])
    picture(page)
    caption = page.locator("#sheet .caption")
    text = caption.inner_text()
    caption.click()
    page.wait_for_function("document.querySelector('#sheet .caption').dataset.copied === 'copied'")
    assert page.evaluate("navigator.clipboard.readText()") == text


def test_the_film_plays_in_the_browser(shipped, open_page):
    page = open_page(shipped)
    epochs(page)
    assert page.locator("#strip .heads span").first.inner_text() == "0"
    slider, cursor = page.locator("#film input.moment"), page.locator("#film svg .cursor")
    assert slider.bounding_box()["height"] >= 44
    end = cursor.get_attribute("x1")
    asked = []
    page.on("request", lambda request: request.method == "POST" and asked.append(request.url))
    changed(page, lambda: slide(page, "#film", 0), "#film")
    assert slider.get_attribute("aria-valuetext") == "untrained"
    assert float(cursor.get_attribute("x1")) < float(end) and cursor.get_attribute("visibility") == "visible"
    changed(page, lambda: slide(page, "#film", 1), "#film")
    assert slider.get_attribute("aria-valuetext").startswith("epoch ")
    changed(page, lambda: page.get_by_role("button", name="Play").click(), "#film")
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Play").wait_for()
    assert not asked


def test_two_snapshots_side_by_side(shipped, open_page):
    page = open_page(shipped)
    epochs(page)
    strip = pixels(page, "#strip")
    page.get_by_label("Two side by side").check()
    left, right = pixels(page, "#left-sheet"), pixels(page, "#right-sheet")
    assert left != right and page.locator("#strip").is_hidden()
    say(page, "untrained", "#left-sheet")
    changed(page, lambda: choose(page, "#left", 1), "#left-sheet")
    assert pixels(page, "#right-sheet") == right
    changed(page, lambda: page.get_by_role("button", name="Next").last.click(), "#right-sheet")
    page.get_by_label("Film strip").check()
    assert pixels(page, "#strip") != strip
    changed(page, lambda: choose(page, "#epochs-label", 3), "#strip")
    say(page, "label 2", "#strip")


def test_the_language_is_the_browsers_and_switches_live(shipped, open_page):
    page = open_page(shipped, language="zh-CN")
    picture(page)
    page.get_by_role("tab", name="生成").wait_for()
    say(page, "，种子 0，ψ 1")
    assert page.evaluate("document.documentElement.lang") == "zh-CN" and page.title() == "GAN 画室"
    changed(page, lambda: page.get_by_role("button", name="下一个").first.click())
    choose(page, "#snapshot", 0)
    say(page, "未训练，种子 1")
    page.get_by_role("tab").nth(1).click()
    picture(page, "#film")
    for tab in (0, 1):
        page.get_by_role("tab").nth(tab).click()
        text = page.locator("body").inner_text()
        english = set(re.findall(r"[A-Za-z]{2,}", text)) - {"GAN", "English", "mnist", "PNG"}
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
    tops = [image.bounding_box()["y"], *(page.locator(f"{place} input[type=range]").bounding_box()["y"] for place in SLIDERS)]
    assert tops == sorted(tops) and tops[-1] < PHONE["height"] - 44
    epochs(page)
    assert fits(page)
    page.locator("#mode input").nth(1).check()
    picture(page, "#left-sheet")
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
