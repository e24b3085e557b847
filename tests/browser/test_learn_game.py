"""Tests the chapter game: min over x, max over y of xy."""

import math
import re

import numpy as np
import pytest
from driving import fits, slide, until, whole

PHONE = {"width": 390, "height": 844}
pytestmark = pytest.mark.browser


def chapter(page, guess=0):
    """Opens the chapter and answers its question."""
    page.wait_for_function("window.studio?.engine?.run()")
    page.get_by_role("tab", name=re.compile("Learn|学习")).click()
    game = page.locator("#game")
    whole(page)
    assert game.locator(".game-bench").is_hidden()
    game.locator(".asking input").nth(guess).check()
    game.locator(".game-bench").wait_for()
    return game


def rows(game):
    """Returns the table's last steps: {"step" | "y" | "x": [numbers]}."""
    kinds = ("step", "y", "x")
    return {kind: [float(cell) for cell in game.locator(f"tr.{kind} td").all_inner_texts()] for kind in kinds}


def walked(page, rule, size, steps, start=(1, 1)):
    walk = """([rule, size, steps, [x, y]]) => studio.updates.walk([{ x, y }], rule, size, steps).map(({ x, y }) => [x, y])"""
    return np.array(page.evaluate(walk, [rule, size, steps, list(start)]), float)


def test_the_rules_are_their_closed_forms(shipped, open_page):
    page = open_page(shipped)
    page.wait_for_function("window.studio")
    whole(page)
    assert walked(page, "alternating", 1, 6).T.tolist() == [[1, -1, -2, -1, 1, 2, 1], [1, 2, 1, -1, -2, -1, 1]]
    for size in (0.05, 0.3, 0.55, 0.8, 1):
        # With x + iy the gradient field (-y, x) is a multiplication by i
        z = {rule: walked(page, rule, size, 400, (0.5, -2)) @ [1, 1j] for rule in ("simultaneous", "extragradient")}
        turns = np.arange(401)
        np.testing.assert_allclose(z["simultaneous"], (0.5 - 2j) * (1 + 1j * size) ** turns, rtol=1e-9)
        np.testing.assert_allclose(z["extragradient"], (0.5 - 2j) * (1 + 1j * size - size**2) ** turns, rtol=1e-9, atol=1e-12)
        x, y = walked(page, "alternating", size, 400, (0.5, -2)).T
        np.testing.assert_allclose(x**2 + y**2 + size * x * y, 4.25 - size, rtol=1e-9)
        z = walked(page, "optimistic", size, 400) @ [1, 1j]
        before = np.concatenate([z[:1], z[:-2]])
        np.testing.assert_allclose(z[1:], z[:-1] + 1j * size * (2 * z[:-1] - before), rtol=1e-9, atol=1e-12)
        for rule in ("simultaneous", "extragradient", "optimistic"):
            far = np.hypot(*walked(page, rule, size, 400).T)
            growth = page.evaluate("([rule, size]) => studio.updates.growth(rule, size)", [rule, size])
            assert growth == pytest.approx((far[400] / far[300]) ** 0.01, rel=2e-3)
    growth = page.evaluate("[0.577, 0.578].map((size) => studio.updates.growth('optimistic', size))")
    assert growth[0] < 1 < growth[1]  # it converges below 1 / sqrt(3)


def test_six_steps_lead_back(shipped, open_page):
    page = open_page(shipped)
    game = chapter(page)
    assert game.get_by_text("Not so.").is_visible()
    game.get_by_role("button", name="Six steps").click()
    steps = {"step": list(range(7)), "y": [1, 2, 1, -1, -2, -1, 1], "x": [1, -1, -2, -1, 1, 2, 1]}
    assert rows(game) == steps
    assert "after 6 steps they are at x = 1, y = 1" in game.get_by_role("img").get_attribute("aria-label")
    page.wait_for_timeout(700)
    assert rows(game) == steps  # reduced motion
    for rule, says in (("simultaneous", "run away"), ("extragradient", "come to rest"), ("optimistic", "come to rest")):
        game.get_by_label("How they move").select_option(rule)
        slide(page, "#game", 0.3)
        game.get_by_role("button", name="Six steps").click()
        found = rows(game)
        wanted = walked(page, rule, 0.3, 6)
        np.testing.assert_allclose(np.transpose([found["x"], found["y"]]), wanted, rtol=6e-3, atol=1e-9)
        assert says in game.locator(".game-says").inner_text()
    slide(page, "#game", 1)
    assert "1.932 a step" in game.locator(".game-says").inner_text() and "run away" in game.locator(".game-says").inner_text()
    box = game.locator(".game-plane").bounding_box()
    half = box["width"] / 2 * (186 / 200)  # the plane has 400 units with margins of 14
    page.mouse.click(box["x"] + box["width"] / 2 - half / 3, box["y"] + box["height"] / 2 - 2 * half / 3)
    assert rows(game) == {"step": [0], "y": [2], "x": [-1]}
    game.get_by_label("Start at x").fill("99")
    game.get_by_label("Start at x").press("Enter")
    assert rows(game)["x"] == [3]
    page.evaluate("history.replaceState(null, '', studio.link.url())")
    again = page.context.new_page()
    again.goto(page.url)
    other = chapter(again)
    assert other.get_by_label("How they move").input_value() == "optimistic" and rows(other)["x"] == [3]


def test_it_plays_on_the_screen_only(shipped, open_page):
    page = open_page(shipped, moves=True)
    game = chapter(page, guess=2)
    assert game.get_by_text("You guessed right.").is_visible()
    game.get_by_role("button", name="Pause").scroll_into_view_if_needed()
    assert until(page, lambda: rows(game)["step"][-1] > 2)
    page.get_by_role("tab", name="Generate").click()
    page.wait_for_timeout(400)
    at = page.evaluate("document.querySelector('#game .step td:last-child').textContent")
    page.wait_for_timeout(1000)
    assert page.evaluate("document.querySelector('#game .step td:last-child').textContent") == at
    page.get_by_role("tab", name="Learn").click()
    game.get_by_label("How they move").select_option("simultaneous")
    game.get_by_role("button", name="Pause").scroll_into_view_if_needed()
    assert until(page, lambda: math.hypot(rows(game)["x"][-1], rows(game)["y"][-1]) > 3)
    game.get_by_role("button", name="Pause").click()
    at = rows(game)["step"][-1]
    page.wait_for_timeout(700)
    assert rows(game)["step"][-1] == at


def test_it_fits_a_phone(shipped, open_page):
    page = open_page(shipped, viewport=PHONE, language="zh-CN", look="dark")
    game = chapter(page)
    game.get_by_label("走法").select_option("optimistic")
    game.get_by_role("button", name="走六步").click()
    assert fits(page) and game.get_by_text("长远看").is_visible()
    for control in game.locator("button:visible, select:visible, input:not([type=radio]):visible").all():
        assert control.bounding_box()["height"] >= 44
