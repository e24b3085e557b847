"""Tests the chapter report: the saved file is self-contained and equals the preview."""

import pytest
from driving import choose, fits

PHONE = {"width": 390, "height": 844}
pytestmark = pytest.mark.browser


def chapter_of(page):
    page.wait_for_function("window.studio?.engine?.run()")
    page.evaluate("studio.go('learn')")
    chapter = page.locator("#report")
    chapter.scroll_into_view_if_needed()
    return chapter


def save(page, chapter, tmp_path):
    with page.expect_download() as download:
        chapter.locator("button.main").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_it_is_saved_and_opens_alone(shipped, open_page, tmp_path):
    page = open_page(shipped, accept_downloads=True)
    chapter = chapter_of(page)
    assert chapter.locator("iframe").count() == 0
    path = save(page, chapter, tmp_path)
    assert path.name == "mnist-lab-report.html"
    chapter.get_by_role("status").filter(has_text="Saved as mnist-lab-report.html").wait_for()
    preview = page.frame_locator("#report iframe")
    preview.get_by_role("heading", name="Lab report: mnist").wait_for()
    assert chapter.locator("iframe").get_attribute("sandbox") == ""

    alone = page.context.new_page()
    alone.set_content(path.read_text(encoding="utf-8"))
    sizes = alone.evaluate("Promise.all([...document.images].map(image => image.decode().then(() => image.naturalWidth)))")
    assert len(sizes) == 7 and min(sizes) > 400
    assert alone.locator("svg.curves polyline").count() == 2 and alone.locator(".objective svg").count() == 2
    first = alone.locator(".own p").first
    first.click()
    alone.keyboard.type("Blurred digits")
    assert first.inner_text() == "Blurred digits"
    assert alone.pdf(prefer_css_page_size=True).startswith(b"%PDF")

    choose(page, "#run", 0)  # another run: the last one's preview disappears
    chapter.locator("iframe").wait_for(state="detached")


def test_in_chinese_on_a_phone(shipped, open_page, tmp_path):
    page = open_page(shipped, language="zh-CN", look="dark", viewport=PHONE, accept_downloads=True)
    chapter = chapter_of(page)
    assert chapter.locator("select").input_value() == "zh"
    path = save(page, chapter, tmp_path)
    assert "实验报告：mnist" in path.read_text(encoding="utf-8")
    page.frame_locator("#report iframe").get_by_role("heading", name="我的思考").wait_for()
    assert fits(page)
    chapter.locator("select").select_option("en")
    assert "Lab report: mnist" in save(page, chapter, tmp_path).read_text(encoding="utf-8")
