"""Tests "Children" in Generate: mutants and crossings bred in the browser, the family tree, its link and its files."""

import io
import json

import numpy as np
import pytest
from driving import opened
from PIL import Image

from ganlib import latents
from ganlib.latents import evolution
from studio.validation import decode

pytestmark = pytest.mark.browser
GRID = "#children .children-grid button"
HASH = """[...document.querySelectorAll("#children .children-grid canvas")].reduce((hash, canvas) =>
    canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data
        .reduce((hash, value) => Math.imul(hash ^ value, 16777619), hash), 2166136261)"""
DRAWN = """document.querySelectorAll("#children .children-grid canvas").length === 16
    && document.querySelector("#children .children-grid").ariaBusy === "false" """
# What evolution.js makes of the same numbers
BRED = """({ parents, noise, far, directions, chosen, at }) => {
    const z = parents.map((values) => Float32Array.from(values));
    const { mutate, crossCoordinates, crossDirections, crossArc } = studio.evolution;
    const along = studio.axes.directions(directions.map((values) => Float32Array.from(values)));
    return {
        normal: [...mutate(z[0], noise, far, "normal")], uniform: [...mutate(z[0], noise, far, "uniform")],
        coordinates: [...crossCoordinates(z, chosen)], directions: [...crossDirections(z, along, chosen)], arc: [...crossArc(z, at)],
    };
}"""


@pytest.fixture(scope="module")
def runs(all_shipped, tmp_path_factory):
    folder = tmp_path_factory.mktemp("children") / "checkpoints"
    folder.mkdir()
    for name in ("mnist", "mnist-mlp"):
        (folder / name).symlink_to(all_shipped / name)
    return folder


def bred(page):
    """Opens "Children" and returns the hash of its pictures."""
    page.wait_for_function("window.studio?.explore?.state()")
    page.locator("#children summary").click()
    return at_rest(page)


def at_rest(page):
    page.wait_for_function(DRAWN)
    return page.evaluate(HASH)


def changed(page, act):
    """Returns the hash of the children after `act`, which must change them."""
    before = at_rest(page)
    act()
    page.wait_for_function(f"before => {DRAWN} && {HASH} !== before", arg=before)
    return page.evaluate(HASH)


def choose(page, number):
    """Chooses a child by keyboard or mouse; returns the hash of the next generation."""
    return changed(page, page.locator(GRID).nth(number).click)


def z(page):
    return np.array(page.evaluate("[...studio.explore.latent().z]"))


def tree(page):
    return page.locator("#children .children-tree button")


def test_the_browser_breeds_as_ganlib_does(open_page, runs):
    page = open_page(runs)
    page.wait_for_function("window.studio?.evolution")
    rng = np.random.default_rng(0)
    for num in (2, 3):
        parents = latents.sample(num, 24, num)
        noise, directions = latents.sample(1, 24, 9, "uniform"), latents.sample(5, 24, 8)
        chosen, far, at = rng.integers(num, size=(1, 24)), 0.55, 0.3 if num == 2 else 2.3
        given = {"parents": parents.tolist(), "noise": noise[0].tolist(), "far": far, "at": at}
        found = page.evaluate(BRED, given | {"directions": directions.tolist(), "chosen": chosen[0].tolist()})
        expected = {
            "normal": evolution.mutate(parents[0], noise, far), "uniform": evolution.mutate(parents[0], noise, far, "uniform"),
            "coordinates": evolution.cross_coordinates(parents, chosen),
            "directions": evolution.cross_directions(parents, directions, chosen[:, :6]),
            "arc": evolution.cross_arc(parents, np.array([at])),
        }  # fmt: skip
        for way, children in expected.items():
            np.testing.assert_allclose(found[way], children[0], atol=2e-5, err_msg=way)


def test_the_pages_noise_has_the_distribution_of_the_run(open_page, runs):
    page = open_page(runs)
    page.wait_for_function("window.studio?.evolution")
    script = """(latent) => [...Array(40).keys()].flatMap((seed) => studio.evolution.generation(
        [{ z: new Float32Array(64), label: 3 }], { way: "mutants", far: 1, latent }, seed).flatMap(({ z }) => [...z]))"""
    normal, uniform = (np.array(page.evaluate(script, latent)) for latent in ("normal", "uniform"))
    assert abs(normal.mean()) < 0.02 and abs(normal.var() - 1) < 0.03
    assert abs((np.abs(normal) < 1.96).mean() - 0.95) < 0.01
    # of a parent of zeros, steps of up to 2 are reflected into the whole of [-1, 1]
    assert np.abs(uniform).max() <= 1 and np.abs(np.histogram(uniform, 4, (-1, 1))[0] / len(uniform) - 0.25).max() < 0.01


def test_generations_grow_from_the_chosen_child_and_the_tree_leads_back(open_page, runs):
    page = open_page(runs)
    first, founder = bred(page), z(page)
    page.locator(GRID).first.focus()
    for key in ("ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.ariaLabel") == "child 6"
    second = changed(page, lambda: page.keyboard.press("Enter"))
    child = z(page)
    assert tree(page).count() == 2 and page.get_by_text("Generation 3, mutants").is_visible()
    assert 0.2 < np.corrcoef(founder, child)[0, 1] < 1
    choose(page, 0)
    assert tree(page).count() == 3
    assert changed(page, tree(page).nth(1).click) == second  # the same siblings
    np.testing.assert_array_equal(z(page), child)
    choose(page, 3)
    assert tree(page).count() == 4 and page.locator("#children [aria-current=true]").count() == 1
    assert tree(page).nth(3).get_attribute("aria-label").startswith("picture 4, generation 3, a mutant")
    assert changed(page, tree(page).first.click) == first
    others = changed(page, page.get_by_role("button", name="Sixteen others").click)
    assert others != first
    page.get_by_role("button", name="Start over").click()
    page.wait_for_function("document.querySelectorAll('#children .children-tree button').length === 0")


def test_mutants_are_as_far_as_the_slider_says_and_follow_the_chosen_picture(open_page, runs):
    page = open_page(runs)
    bred(page)
    slider = page.locator("#children .children-far input")
    near = changed(page, lambda: slider.fill("0.05"))
    founder = z(page)
    choose(page, 2)
    assert np.corrcoef(founder, z(page))[0, 1] > 0.98
    assert slider.get_attribute("aria-valuetext") == "5 %"
    assert changed(page, lambda: slider.fill("1")) != near
    # a slider of the chosen picture moves it; its children follow, and the next child descends from the moved one
    changed(page, lambda: page.locator("#explore .high").first.click())
    choose(page, 0)
    assert "moved by hand" in tree(page).nth(2).get_attribute("aria-label")


def test_crossings_of_pins_inherit_numbers_and_labels(open_page, runs):
    page = open_page(runs)
    bred(page)
    latents_ = [z(page)]
    for cell in (3, 7):
        changed(page, page.locator("#sheet .cells button").nth(cell).click)
        page.locator("#explore .pin-now").click()
        latents_.append(z(page))
    changed(page, page.locator("#sheet .cells button").nth(5).click)
    parents = page.locator("#children .children-parents button")
    assert parents.count() == 3
    changed(page, parents.nth(1).click)
    changed(page, parents.nth(2).click)
    assert page.get_by_text("crossings of 3 parents").is_visible() and page.locator("#children .children-far").is_hidden()
    changed(page, parents.first.click)  # the pins alone
    hashes = {changed(page, page.locator(f"#children [data-way={way}]").click) for way in ("directions", "arc", "coordinates")}
    assert len(hashes) == 3
    changed(page, lambda: page.locator("#children .children-label select").select_option("7"))
    choose(page, 4)
    child = z(page)
    from_either = np.isclose(child, latents_[1]) | np.isclose(child, latents_[2])
    assert from_either.all() and 5 < np.isclose(child, latents_[1]).sum() < len(child) - 5
    assert page.evaluate("studio.explore.latent().label") == 7
    assert tree(page).count() == 3 and page.get_by_text("Generation 3, mutants of one parent").is_visible()
    assert page.locator("#children .children-tree path").count() == 2


def test_a_link_holds_the_family_and_files_show_it(open_page, runs):
    page = open_page(runs)
    bred(page)
    page.locator("#explore .pin-now").click()
    choose(page, 5)
    changed(page, page.locator("#children .children-parents button").nth(1).click)
    changed(page, page.locator("#children [data-way=directions]").click)
    generation = choose(page, 8)
    chosen = z(page)
    with page.expect_download() as saved:
        page.locator("#children .children-png").click()
    with Image.open(saved.value.path()) as picture:
        picture.load()
        inside = json.loads(picture.info["ganlib"])
    kept = np.frombuffer(decode(inside["z"]), np.float32).reshape(3, -1)
    np.testing.assert_allclose(kept[2], chosen, rtol=1e-6)
    assert inside["parents"] == [[], [0], [1, 0]] and inside["bred"][2]["way"] == "directions" and inside["run"] == "mnist"
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save WebP of the line").click()
    assert opened("webp", saved.value.path().read_bytes())[0] == 33  # frames, through three key frames
    url = page.evaluate("studio.link.url()")
    assert len(url) < 1500
    page.goto("about:blank")
    page.goto(url)
    page.wait_for_function("document.querySelectorAll('#children .children-tree button').length === 3")
    page.wait_for_function("document.querySelectorAll('#children .children-tree [aria-current=true]').length === 1")
    assert at_rest(page) == generation
    np.testing.assert_array_equal(z(page), chosen)


@pytest.mark.parametrize(
    "nodes", [7, [{"p": [4], "b": ["mutants", 1, 1, 0.4]}], [{"z": "AAAA", "l": 3}], [{"s": 0, "i": 0, "l": 99}]]
)
def test_a_broken_link_opens_without_a_family(open_page, runs, nodes):
    page = open_page(runs)
    page.wait_for_function("window.studio?.explore?.state()")
    parts = json.dumps({"children": {"open": True, "far": 9, "way": "x", "nodes": nodes}})
    address = page.evaluate("parts => `${location.href.split('#')[0]}#run=mnist&parts=${encodeURIComponent(parts)}`", parts)
    page.goto("about:blank")
    page.goto(address)
    at_rest(page)
    assert tree(page).count() == 0 and page.locator("#children output").inner_text() == "40 %"


def test_it_works_in_the_browser_with_the_server_gone(browser, start, runs, runtime, axe):
    process, address = start(runs, runtime)
    context = browser.new_context(
        reduced_motion="reduce", viewport={"width": 390, "height": 844}, has_touch=True, locale="zh-CN"
    )
    page = context.new_page()
    page.goto(address)
    bred(page)
    page.locator("#explore .pin-now").click()
    page.wait_for_function("studio.local.has(studio.explore.scene())")
    process.terminate()
    process.wait(20)
    for number in (1, 6):
        before = at_rest(page)
        page.locator(GRID).nth(number).tap()
        page.wait_for_function(f"before => {DRAWN} && {HASH} !== before", arg=before)
    before = at_rest(page)
    page.locator("#children .children-parents button").nth(1).tap()
    page.wait_for_function(f"before => {DRAWN} && {HASH} !== before", arg=before)
    page.locator("#children [data-way=directions]").tap()
    page.wait_for_function(f"before => {DRAWN} && {HASH} !== before", arg=before)
    assert "杂交" in page.locator(".children-says").inner_text() and tree(page).count() == 3
    with page.expect_download() as saved:
        page.locator("#children .children-png").tap()
    assert Image.open(io.BytesIO(saved.value.path().read_bytes())).size[0] > 100
    with page.expect_download() as saved:
        page.locator("#children [data-kind=apng]").tap()
    with Image.open(saved.value.path()) as film:
        assert film.n_frames == 33 and film.size == (280, 280) and json.loads(film.info["ganlib"])["run"] == "mnist"
        film.seek(32)  # the frames' checksums are right
        film.load()
        assert 70 <= film.info["duration"] <= 90
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    page.evaluate(axe)
    violations = page.evaluate("axe.run('#children', { runOnly: ['wcag2a', 'wcag2aa'] })")["violations"]
    assert [one["id"] for one in violations if one["impact"] in ("serious", "critical")] == []
    context.close()
