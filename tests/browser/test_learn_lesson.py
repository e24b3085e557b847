"""Tests the chapter lesson: a term, its curve and its code are highlighted together."""

import re
from dataclasses import replace

import pytest
from driving import NAMES, fits, run_of

from ganlib import datasets, networks
from ganlib.recipes import RECIPES, Features
from ganlib.runs.config import Config
from ganlib.runs.run import Run

PHONE = {"width": 390, "height": 844}
pytestmark = pytest.mark.browser


def lesson(page):
    """Opens the chapter; returns it once it describes the selected run."""
    run_of(page)
    page.evaluate("studio.go('learn')")
    chapter = page.locator("#lesson")
    chapter.locator(".term").first.wait_for()
    return chapter


def told_of(page, chapter, recipe):
    chapter.locator(".summary strong", has_text=re.compile(f"^{recipe}$")).wait_for()


def lit(chapter, what):
    return chapter.locator(f"{what}.lit")


def test_a_term_its_curve_and_its_lines_light_up_together(shipped, open_page, axe):
    page = open_page(shipped)
    chapter = lesson(page)
    assert chapter.locator(".summary strong").inner_text() == "digits"
    assert chapter.locator(".discriminator .term").count() == 4  # of pairs, R1, R2, wrong labels
    chapter.locator(".recipe").select_option("pictures")
    told_of(page, chapter, "pictures")
    assert chapter.locator(".discriminator .term").count() == 3 and chapter.locator(".generator .term").count() == 1
    assert lit(chapter, "[data-terms]").count() == 0
    chapter.locator(".term").nth(1).hover()  # D2: generated pictures should score low
    assert lit(chapter, ".term").inner_text().startswith("D2")
    assert lit(chapter, ".passages mark").all_inner_texts() == [
        "softplus(fake).mean()",
        "recipe.d_weight * self.loss.discriminator(real_logits, fake_logits)",
    ]
    assert lit(chapter, ".term-plot g").text_content().split() == ["D2"]
    assert lit(chapter, ".move g").count() == 1
    chapter.locator("mark", has_text="softplus(-real).mean()").hover()  # from the code to the term
    assert lit(chapter, ".term").inner_text().startswith("D1")
    curve = chapter.locator(".generator .curve")
    curve.scroll_into_view_if_needed()
    page.mouse.move(
        *curve.evaluate("""curve => {
        const { x, y } = curve.getPointAtLength(curve.getTotalLength() / 2).matrixTransform(curve.getScreenCTM());
        return [x, y + 8];
    }""")
    )  # hovering near the curve is enough
    assert lit(chapter, ".term").inner_text().startswith("G1")
    page.mouse.move(2, 2)
    assert lit(chapter, "[data-terms]").count() == 0

    chapter.locator(".term").nth(0).focus()  # by keyboard: Enter keeps the highlight
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("#lesson .recipe").focus()
    assert lit(chapter, ".term").inner_text().startswith("D2")
    assert chapter.locator("[aria-pressed=true]").count() == 1

    chapter.locator(".recipe").select_option("wgan-gp")
    told_of(page, chapter, "wgan-gp")
    assert lit(chapter, "[data-terms]").count() == 0
    assert chapter.locator("mark").all_inner_texts()[:2] == ["fake.mean()", "- real.mean()"]
    assert chapter.locator(".moves figcaption").all_inner_texts() == [
        "1. The discriminator moves, at every batch",
        "2. The generator moves, at one batch in 5",
    ]
    assert "(7 − 1)·2 − 2·1 + 4 = 14" in chapter.locator(".anatomies").inner_text()
    page.wait_for_function("location.hash.includes('wgan-gp')")

    page.evaluate(axe)
    found = page.evaluate("axe.run('#lesson', { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'] })")["violations"]
    assert not [(problem["id"], [node["html"] for node in problem["nodes"]]) for problem in found]

    again = page.context.new_page()
    again.goto(page.evaluate("studio.link.url()"))
    told_of(again, lesson(again), "wgan-gp")


def test_every_recipe_is_told_on_a_phone_in_chinese(shipped, open_page):
    page = open_page(shipped, language="zh-CN", look="dark", viewport=PHONE)
    chapter = lesson(page)
    for recipe in page.evaluate("[...document.querySelectorAll('#lesson .recipe option')].map((option) => option.value)"):
        chapter.locator(".recipe").select_option(recipe)
        told_of(page, chapter, recipe or "digits")
        assert fits(page)
    for place in (".terms", ".moves", ".step-notes", "figcaption", "thead"):
        text = chapter.locator(place).first.inner_text()
        said = set(re.findall(r"[A-Za-z]{4,}", text)) - NAMES
        assert re.search(r"[一-鿿]", text) and not said, said
    term = chapter.locator(".term").first
    term.tap() if page.evaluate("'ontouchstart' in window") else term.click()
    assert lit(chapter, "mark").count() == 2


@pytest.fixture(scope="module")
def seeing(tmp_path_factory):
    """A folder with a run of a second discriminator and schedules."""
    digits = datasets.load("digits", 32)
    recipe = replace(
        RECIPES["dcgan"],
        generator={"family": "dcgan", "width": 4},
        r1=0.1,
        features=Features(weight=0.5, augment=("translation",)),
        schedules={"gamma": (1.0, 0.1, 5000), "features": (0.0, 1.0, 5000)},
    )
    run = Run.create(tmp_path_factory.mktemp("runs") / "seeing", Config.plan(recipe, digits, "digits", 5000, seed=0))
    run.save_snapshot(networks.build_generator(run.config.generator_settings()), 5000)
    return run.path.parent


def test_a_second_discriminator_and_schedules_are_told(seeing, open_page):
    page = open_page(seeing)
    chapter = lesson(page)
    judged = chapter.locator(".discriminator .term")
    assert judged.count() == 5 and chapter.locator(".generator .term").count() == 2
    assert "by the heads on features, F" in judged.nth(4).inner_text()
    assert "F(G(z))" in chapter.locator(".generator .term-plot figcaption").inner_text()
    assert chapter.locator(".move.generator .second").all_text_contents().count("held still") == 1
    notes = chapter.locator(".step-notes").inner_text()
    assert "by what the network efficientnet-lite0 sees in them at its stages 1, 2, 3, 4" in notes
    assert "Over the first 5,000 pictures, along half a cosine, what γ is multiplied by goes from 1 to 0.1." in notes
    assert fits(page)
