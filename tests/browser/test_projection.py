"""Tests "Your picture": the solver on linear generators, and the panel by mouse, touch, keyboard and file, without the server."""

import base64
import io
import json
from urllib.parse import parse_qs

import numpy as np
import pytest
import torch
from driving import fits, run_of, whole
from PIL import Image

from ganlib import latents
from ganlib.inversion.editing import dragged
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
# Proposals of a linear generator, one for each prior
PROPOSED = """async ({ matrix, offset, target, z, priors }) => {
    const draw = async (latents) => latents.map((z) => Float32Array.from(matrix, (row, i) =>
        Math.atanh(row.reduce((sum, value, j) => sum + value * z[j], offset[i]))));
    const start = { z: Float32Array.from(z), label: null, values: (await draw([z]))[0] };
    const starts = priors.map((prior, i) => ({ ...start, prior, way: String(i) }));
    const question = { target: Float32Array.from(target), weights: null, bound: Infinity };
    const ended = [];
    const found = await studio.createSolver().edit(draw, starts, question, (now) => ended.push(now.filter((one) => one.ended).length));
    return { z: found.map(({ z }) => [...z]), ways: found.map(({ way }) => way), ended };
}"""
# Searches from one latent each by the worker's generator, for as many passes: their errors
FROM = """async ({ given, passes, softness }) => {
    const { run, images } = studio.explore.scene();
    const draw = async (latents, label) => (await studio.local.ask({ what: "values", key: `${run} ${images}`, latents,
        labels: latents.map(() => label) })).drawn;
    const errors = [];
    for (const { target, z, label } of given) {
        const question = { target: Float32Array.from(target, (value) => value / 127.5 - 1), weights: null, prior: 1, most: 1,
            passes, softness, bound: Infinity };
        const start = Float32Array.from(z);
        const [values] = await draw([start], label);
        const [best] = await studio.createSolver().search(draw, [{ z: start, label, values }], question);
        errors.push(best.error);
    }
    return errors;
}"""
# A drag's picture and weights
EDITED = """({ values, kept, pair, radius }) => {
    const picture = new ImageData(10, 10);
    values.forEach((value, i) => picture.data.set([value, value, value, 255], 4 * i));
    const [x, y, toX, toY] = pair.map((one) => one + 0.5);
    const drags = [{ from: [x, y], to: [toX, toY], radius }];
    const { picture: made, weights } = studio.edited(picture, new Float32Array(100), Float32Array.from(kept), drags);
    return { pixels: values.map((_, i) => made.data[4 * i]), weights: [...weights] };
}"""
VIEW = """(place) => {
    const canvas = document.querySelector(place);
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return [...data].filter((_, i) => i % 4 === 0);
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
    whole(page)
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


def test_the_search_is_saved_and_the_link_and_the_report_hold_it(page):
    """The search of the test before."""
    chosen = page.evaluate("studio.explore.latent().z.length && [...studio.explore.latent().z]")
    with page.expect_download() as saved:
        page.locator(".yours-strip").click()
    strip = Image.open(saved.value.path())
    assert saved.value.suggested_filename == "mnist-found.png" and strip.size == (5 * 88, 5 * 28)
    found = page.evaluate(VIEW, ".yours-found")
    assert np.asarray(strip.convert("L"))[::5, 150:290:5].ravel().tolist() == found
    inside = json.loads(strip.text["ganlib"])
    assert np.allclose(np.frombuffer(base64.b64decode(inside["z"]), np.float32), chosen, atol=1e-5)
    with page.expect_download() as saved:
        page.locator(".yours-film").click()
    film = Image.open(saved.value.path())
    assert saved.value.suggested_filename == "mnist-search.png" and film.size == strip.size and film.n_frames > 4
    target = np.asarray(strip.convert("L"))[:, :140]
    differences = []
    for frame in range(film.n_frames):
        film.seek(frame)
        pixels = np.asarray(film.convert("L")).astype(int)
        assert (pixels[:, :140] == target).all()
        differences.append(np.abs(pixels[:, 150:290] - target).mean())
    assert differences[-1] < 0.5 * differences[0]
    opened = page.evaluate("studio.link.url()").split("#")[1]
    packed = json.loads(parse_qs(opened)["parts"][0])["explore"]
    z = page.evaluate("async (start) => [...(await studio.link.unpack(start, 'mnist')).z]", packed["start"])
    assert np.allclose(z, chosen, atol=1e-5)


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


def test_each_proposal_of_an_edit_has_its_own_prior(page):
    numbers = np.random.default_rng(4)
    matrix, offset, target = numbers.normal(0, 0.1, (50, 8)), numbers.normal(0, 0.1, 50), numbers.normal(0, 0.3, 50)
    priors, shares = [1, 30], 127.5**2 / 50
    right = shares * matrix.T @ (target - offset)
    best = [np.linalg.solve(shares * matrix.T @ matrix + prior**2 / 8 * np.eye(8), right) for prior in priors]
    given = {"matrix": matrix.tolist(), "offset": offset.tolist(), "target": target.tolist(), "z": [0.1] * 8, "priors": priors}
    answer = page.evaluate(PROPOSED, given)
    assert np.abs(np.array(answer["z"]) - best).max() < 0.02 and answer["ways"] == ["0", "1"]
    assert answer["ended"][0] == 0 and answer["ended"][-1] == 1  # one after the other


def test_a_drag_and_what_must_stay_are_as_pythons(page):
    image, movable = np.arange(100, dtype=np.uint8).reshape(1, 10, 10), np.ones((10, 10), bool)
    movable[:, 5:] = False
    pixels, weights = dragged(image, [(4, 4, 3, 7)], 2, movable)
    given = {"values": image.ravel().tolist(), "kept": (1.0 - movable.ravel()).tolist(), "pair": [4, 4, 3, 7], "radius": 2}
    answer = page.evaluate(EDITED, given)
    assert answer["pixels"] == pixels.ravel().tolist() and answer["weights"] == weights.ravel().tolist()


def stroke(page, start, end):
    page.mouse.move(*place(page, *start))
    page.mouse.down()
    page.mouse.move(*place(page, *end), steps=8)


def latent(page):
    return np.array(page.evaluate("[...studio.explore.latent().z]"))


def test_a_stroke_gives_four_proposals_and_a_slider_from_before_to_after(page):
    clear(page)
    label, begun = page.evaluate("studio.explore.latent().label"), latent(page)
    page.locator(".yours-paint").click()
    page.locator(".yours-pen").click()
    stroke(page, (0.3, 0.8), (0.7, 0.8))
    page.mouse.up()
    found(page)
    racers = page.locator(".yours-racers button:visible")
    ways = [racer.locator("span").nth(1).inner_text() for racer in racers.all()]
    assert ways == ["from here", "likelier", "another start", "another label"]
    first = latent(page)
    racers.nth(3).click()
    assert page.evaluate("studio.explore.latent().label") != label and np.abs(latent(page) - first).max() > 0.5
    racers.nth(1).click()
    assert page.evaluate("studio.explore.latent().label") == label and (latent(page) ** 2).sum() < (first**2).sum()
    racers.nth(0).click()
    assert (latent(page) == first).all()
    slider = page.locator(".yours-change input")
    before = page.evaluate(PAINTED)
    slider.focus()
    page.keyboard.press("Home")
    page.wait_for_function(f"before => ({PAINTED})() !== before", arg=before)
    assert np.allclose(latent(page), begun, atol=1e-5) and slider.get_attribute("aria-valuetext") == "0 percent of the way"
    slider.fill("0.5")
    halfway = page.evaluate("([one, other]) => [...studio.paths.slerp(one, other, 0.5)]", [begun.tolist(), first.tolist()])
    assert np.allclose(latent(page), halfway, atol=1e-5)
    page.locator(".yours-undo").click()
    page.locator(".yours-search").wait_for(state="hidden")
    assert np.allclose(latent(page), begun, atol=1e-5)


def test_the_explored_picture_is_dragged_and_painted(page):
    clear(page)
    label, before = page.evaluate("studio.explore.latent().label"), page.evaluate(PAINTED)
    page.locator(".yours-paint").click()
    page.get_by_role("button", name="Drag", exact=True).click()
    stroke(page, (0.5, 0.3), (0.65, 0.3))
    page.wait_for_function(f"before => ({PAINTED})() !== before", arg=before)  # it follows while it is dragged
    page.mouse.up()
    dragged = found(page)
    page.locator(".yours-eraser").click()
    stroke(page, (0.4, 0.8), (0.6, 0.8))
    page.mouse.up()
    page.wait_for_function("said => document.querySelector('.yours-says').textContent !== said", arg=dragged)
    found(page)
    assert page.evaluate("studio.explore.latent().label") == label and page.locator(".yours-keep").is_visible()


def test_what_may_not_move_stays(page):
    """A digit held by the brush stays where it is dragged; without it, it moves."""
    clear(page)
    begun = latent(page)
    pixels = np.array(page.evaluate(VIEW, "#explore .live")).reshape(28, 28)
    row, column = np.unravel_index(pixels.argmax(), pixels.shape)
    handle = ((column + 0.5) / 28, (row + 0.5) / 28)
    target = (handle[0] + (0.2 if column < 14 else -0.2), handle[1])
    page.locator(".yours-paint").click()
    page.locator(".yours-marks").wait_for()
    page.locator(".yours-free").click()
    stroke(page, (0.02, 0.02), (0.04, 0.02))  # a corner may move, all else stays
    page.mouse.up()
    page.locator(".yours-drag").click()
    stroke(page, handle, target)
    page.mouse.up()
    found(page)
    held = error(page)
    page.locator(".yours-undo").click()
    page.locator(".yours-undo").click()
    page.locator(".yours-search").wait_for(state="hidden")
    assert np.allclose(latent(page), begun, atol=1e-5)
    stroke(page, handle, target)
    page.mouse.up()
    found(page)
    assert held < 2 < error(page)


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
    assert page.locator(".yours-racers button:visible").count() == 1
    page.locator(".yours-paint").click()
    page.locator(".yours-free").wait_for()
    page.locator(".yours-square").scroll_into_view_if_needed()
    page.locator(".yours-pen").click()
    stroke(page, (0.3, 0.5), (0.7, 0.5))
    page.mouse.up()
    page.locator(".yours-racers button:visible").nth(3).wait_for()
    assert page.locator(".yours-racers button:visible").first.inner_text().startswith("7: ") and fits(page)
    assert page.locator(".yours-change input").get_attribute("aria-valuetext") == "路程的 100%"
    page.evaluate(axe)
    violations = page.evaluate("axe.run('#projection', { runOnly: ['wcag2a', 'wcag2aa'] })")["violations"]
    assert [one["id"] for one in violations if one["impact"] in ("serious", "critical")] == []
