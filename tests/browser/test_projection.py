"""Tests "Your picture": the solver on linear generators, and the panel by mouse, touch, keyboard and file, without the server."""

import io

import numpy as np
import pytest
import torch
from driving import fits, run_of
from PIL import Image

from ganlib import latents
from ganlib.inversion.levenberg_marquardt import Goal, begin, grey_levels, step
from ganlib.runs.run import Run

pytestmark = pytest.mark.browser
PAINTED = """() => {
    const canvas = document.querySelector("#explore .live");
    return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data
        .reduce((hash, value) => Math.imul(hash ^ value, 16777619), 2166136261);
}"""
LINEAR = """async ({ matrix, offset, question, starts }) => {
    const draw = async (latents) => latents.map((z) => Float32Array.from(matrix, (row, i) => {
        const pixel = row.reduce((sum, value, j) => sum + value * z[j], offset[i]);
        return Math.atanh(Math.min(0.999999, Math.max(-0.999999, pixel)));
    }));
    const latents = starts.map((z) => Float32Array.from(z));
    const values = await draw(latents);
    const candidates = latents.map((z, i) => ({ z, label: null, values: values[i] }));
    const weights = question.weights && Float32Array.from(question.weights);
    const [best] = await studio.createSolver().search(draw, candidates, { most: 2, passes: 4000, ...question,
        bound: question.bound ?? Infinity, target: Float32Array.from(question.target), weights });
    return { z: [...best.z], error: best.error, cost: best.cost };
}"""
# Searches from one latent each in the browser, for as many passes: their errors
FROM = """async ({ given, passes, softness }) => {
    const errors = [];
    for (const { target, z, label } of given) {
        const question = { target: Float32Array.from(target, (value) => value / 127.5 - 1), weights: null, prior: 1, only: true,
            from: [{ z: Float32Array.from(z), label }], most: 1, passes, softness };
        const { found: [best] } = await studio.local.search(studio.explore.scene(), question, () => {}).done;
        errors.push(best.error);
    }
    return errors;
}"""
STEPS = 4  # a round of the browser's search
SEVEN = [(0.2, 0.2), (0.5, 0.2), (0.8, 0.2), (0.7, 0.38), (0.6, 0.56), (0.5, 0.74), (0.4, 0.92)]


@pytest.fixture(scope="module")
def app(start, shipped, runtime):
    return start(shipped, runtime)


@pytest.fixture(scope="module")
def page(app, browser):
    """A page with "Your picture" open on mnist and its generator in the browser; the tests of this file share it."""
    context = browser.new_context(locale="en-US", reduced_motion="reduce", viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    page.problems, page.sent = [], []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("request", lambda request: "component_server" in request.url and page.sent.append(request.post_data or ""))
    page.goto(app[1])
    run_of(page)
    page.locator("#explore .keeps .save[href]").wait_for()
    page.locator("#projection summary").click()
    page.wait_for_function("studio.local.has(studio.explore.scene())")
    yield page
    context.close()
    assert page.problems == []


def place(page, x, y):
    box = page.locator(".yours-square").bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def clear(page):
    if page.locator(".yours-clear").is_enabled():
        page.locator(".yours-clear").click()
    page.locator(".yours-square").scroll_into_view_if_needed()


def found(page):
    """Waits until a search has ended; returns its sentence."""
    page.locator(".yours-racers button[aria-pressed=true]:enabled").wait_for()
    return page.locator(".yours-says").inner_text()


def error(page):
    return float(page.locator(".yours-racers button span").first.inner_text().split(":")[-1])


@pytest.mark.parametrize("prior", [0, 5])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_best_latent_of_a_linear_generator_is_found(page, prior, weighted):
    numbers = np.random.default_rng(3)
    matrix, offset, target = numbers.normal(0, 0.1, (50, 8)), numbers.normal(0, 0.1, 50), numbers.normal(0, 0.3, 50)
    weights = numbers.uniform(0, 2, 50) if weighted else np.ones(50)
    shares = 127.5**2 * weights / weights.sum()
    left = matrix.T @ (shares[:, None] * matrix) + prior**2 / 8 * np.eye(8)
    best = np.linalg.solve(left, matrix.T @ (shares * (target - offset)))
    question = {"target": target.tolist(), "prior": prior, "weights": weights.tolist() if weighted else None}
    given = {"matrix": matrix.tolist(), "offset": offset.tolist(), "starts": numbers.normal(0, 1, (5, 8)).tolist()}
    answer = page.evaluate(LINEAR, given | {"question": question})
    off = matrix @ best + offset - target
    assert np.abs(np.array(answer["z"]) - best).max() < 0.01
    assert answer["error"] == pytest.approx(np.sqrt((shares * off**2).sum()), rel=1e-3)
    assert answer["cost"] == pytest.approx((shares * off**2).sum() + prior**2 * (best**2).mean(), rel=1e-3)


def test_latents_of_a_uniform_prior_stay_within_their_bounds(page):
    matrix = np.eye(4)
    question = {"target": [0.5, 3.0, -2.0, 0.0], "prior": 0, "weights": None, "bound": 1}
    given = {"matrix": matrix.tolist(), "offset": [0] * 4, "starts": [[0.1, 0.1, 0.1, 0.1]]}
    z = np.array(page.evaluate(LINEAR, given | {"question": question})["z"])
    assert np.abs(z - [0.5, 1, -1, 0]).max() < 0.01


@pytest.mark.parametrize("softness", [[], [8, 8, 2, 1]])
def test_it_takes_the_same_steps_as_pythons(page, shipped, softness):
    """From the same latents, in as many steps: errors within a level."""
    run = Run.open(shipped / "mnist")
    generator, (aims, moves) = run.generator(), latents.sample(4, 64, 11).reshape(2, 2, 64)
    starts, labels = aims + 0.5 * moves, np.array([3, 8])

    def draw(z, labels):
        with torch.inference_mode():
            return generator.before_tanh(torch.from_numpy(z), torch.from_numpy(labels)).flatten(1).numpy()

    targets = grey_levels(draw(aims, labels))
    goal, search = Goal(targets, None, 1.0), begin(draw, starts, labels)
    for soft in softness or [1] * STEPS:
        search = step(draw, search, goal, soft)
    expected = goal.errors(search.values)
    given = [
        {"target": target.tolist(), "z": z.tolist(), "label": int(label)}
        for target, z, label in zip(targets, starts, labels, strict=True)
    ]
    found = page.evaluate(FROM, {"given": given, "passes": STEPS * 19, "softness": softness})
    assert np.abs(np.array(found) - expected).max() < 1 and expected.max() < 40


def test_a_seven_drawn_with_the_mouse_is_found_and_becomes_the_explored_picture(page):
    clear(page)
    before, asked = page.evaluate(PAINTED), len(page.sent)
    page.mouse.move(*place(page, *SEVEN[0]))
    page.mouse.down()
    for point in SEVEN[1:]:
        page.mouse.move(*place(page, *point), steps=4)
    page.mouse.up()
    assert "grey levels away" in found(page) and error(page) < 20
    assert page.locator("#explore .caption").inner_text().endswith("own latent, ψ 1, label 7")
    page.wait_for_function(f"before => ({PAINTED})() !== before", arg=before)
    assert not any("project" in body or "picture" in body for body in page.sent[asked:])  # it stays in the browser
    best, second = page.locator(".yours-racers button").all()[:2]
    second.click()
    assert second.get_attribute("aria-pressed") == "true" and best.get_attribute("aria-pressed") == "false"
    assert page.evaluate("studio.explore.latent().z.length") == 64 and fits(page)


def test_touch_draws_and_undo_takes_it_back(page):
    clear(page)
    session = page.context.new_cdp_session(page)

    def touch(kind, *points):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    touch("touchStart", place(page, 0.5, 0.15))
    for part in range(1, 8):
        touch("touchMove", place(page, 0.5, 0.15 + 0.1 * part))
    touch("touchEnd")
    found(page)
    assert page.locator("#explore .caption").inner_text().endswith("label 1")
    page.locator(".yours-undo").click()
    assert page.locator(".yours-undo").is_disabled()


def test_keys_draw(page):
    clear(page)
    page.locator(".yours-square").focus()
    for _ in range(4):
        page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Space")
    for _ in range(9):
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Space")
    found(page)
    assert page.locator("#explore .caption").inner_text().endswith("label 1")


def test_the_explored_picture_is_dragged_and_painted(page):
    clear(page)
    label, before = page.evaluate("studio.explore.latent().label"), page.evaluate(PAINTED)
    page.locator(".yours-paint").click()
    page.get_by_role("button", name="Drag", exact=True).click()
    page.mouse.move(*place(page, 0.5, 0.3))
    page.mouse.down()
    page.mouse.move(*place(page, 0.65, 0.3), steps=8)
    page.wait_for_function(f"before => ({PAINTED})() !== before", arg=before)  # it follows while it is dragged
    page.mouse.up()
    dragged = found(page)
    page.locator(".yours-eraser").click()
    page.mouse.move(*place(page, 0.4, 0.8))
    page.mouse.down()
    page.mouse.move(*place(page, 0.6, 0.8), steps=4)
    page.mouse.up()
    page.wait_for_function("said => document.querySelector('.yours-says').textContent !== said", arg=dragged)
    found(page)
    assert page.evaluate("studio.explore.latent().label") == label and page.locator(".yours-keep").is_visible()


def test_a_picture_that_no_start_comes_near_is_told_so(page):
    clear(page)
    noise = io.BytesIO()
    Image.fromarray(np.random.default_rng(1).integers(0, 2, (28, 28)).astype(np.uint8) * 255).save(noise, "PNG")
    page.locator(".yours-file").set_input_files({"name": "noise.png", "mimeType": "image/png", "buffer": noise.getvalue()})
    page.locator("[name=yours-centred]").uncheck()
    assert found(page).startswith("No start came near")
    page.locator("[name=yours-centred]").check()


def test_what_is_no_picture_is_refused_in_a_sentence(page):
    page.locator(".yours-file").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"nothing"})
    page.get_by_text("This browser can't read the file as a picture").wait_for()


def test_it_searches_on_without_the_server(app, page):
    clear(page)
    page.locator("#explore .keeps .save[href]").wait_for()
    process, _ = app
    process.kill()
    process.wait(20)
    page.mouse.move(*place(page, 0.5, 0.1))
    page.mouse.down()
    page.mouse.move(*place(page, 0.5, 0.9), steps=6)
    page.mouse.up()
    assert "grey levels away" in found(page)


def test_the_server_searches_where_the_browser_cannot_and_everything_is_labelled(shipped, open_page, axe):
    page = open_page(shipped, look="dark", language="zh-CN", viewport={"width": 390, "height": 844})
    run_of(page)
    page.locator("#explore .keeps .save[href]").wait_for()
    page.locator("#projection summary").click()
    page.locator(".yours-centred").wait_for()
    page.locator(".yours-square").scroll_into_view_if_needed()
    page.mouse.move(*place(page, *SEVEN[0]))
    page.mouse.down()
    for point in SEVEN[1:]:
        page.mouse.move(*place(page, *point), steps=4)
    page.mouse.up()
    assert "灰度级" in found(page) and error(page) < 20
    assert page.evaluate("studio.explore.latent().label") == 7 and fits(page)
    page.evaluate(axe)
    violations = page.evaluate("axe.run('#projection', { runOnly: ['wcag2a', 'wcag2aa'] })")["violations"]
    assert [one["id"] for one in violations if one["impact"] in ("serious", "critical")] == []
