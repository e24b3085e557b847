"""Tests the Interpolate tab: a path through key frames, drawn once and looped in the page."""

import json
import re
import shutil

import numpy as np
import pytest
from driving import fits

from ganlib import latents

PHONE = {"width": 390, "height": 844}
CANVAS = "document.querySelectorAll('#interpolate .screen canvas')"
HASH = f"""(number) => {{
    const canvas = {CANVAS}[number];
    const {{ data }} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.reduce((hash, value) => Math.imul(hash ^ value, 16777619), 2166136261);
}}"""
pytestmark = pytest.mark.browser


def interpolate(page):
    """Opens the tab; returns it once all of its pictures are drawn."""
    page.wait_for_function("window.studio?.engine?.run()")
    page.get_by_role("tab", name=re.compile("Interpolate|插值")).click()
    return drawn(page)


def drawn(page):
    page.wait_for_function(
        "document.querySelector('#interpolate .morph')?.ariaBusy === 'false' && document.querySelector('#interpolate .key')"
    )
    return page.locator("#interpolate")


def shown(page, number=0):
    """Returns the hash of a player's pixels."""
    return page.evaluate(HASH, number)


def still(page):
    """Stops the animation at its first frame."""
    page.locator("#interpolate .scrubber").fill("0")
    page.get_by_role("button", name="Play").wait_for()


def sources(tab):
    return tab.locator(".key .source").all_inner_texts()


def keys(page):
    """Returns the key frames' latents (K, dim) and labels."""
    held = page.evaluate("studio.keys.list().map(({ z, label }) => ({ z: [...z], label }))")
    return np.array([key["z"] for key in held], np.float32), [key["label"] for key in held]


def test_it_loops_on_arrival_and_asks_no_server(shipped, open_page):
    page = open_page(shipped, moves=True)
    tab = interpolate(page)
    assert tab.locator(".key").count() == 3 and tab.locator(".key canvas").count() == 3
    assert len(set(keys(page)[1])) == 3
    asked, seen, at = [], set(), set()
    page.on("request", lambda request: asked.append(request.url))
    for _ in range(30):  # until Generate's landing animation has received its last answer
        before = len(asked)
        page.wait_for_timeout(1000)
        if len(asked) == before:
            break
    asked.clear()
    for _ in range(8):
        page.wait_for_timeout(150)
        seen.add(shown(page))
        at.add(tab.locator(".count").inner_text())
    assert len(seen) > 3 and len(at) > 3
    tab.locator(".strip").first.click(position={"x": 100, "y": 20})
    tab.get_by_role("button", name="Play").click()
    page.wait_for_timeout(300)
    assert not asked
    page.get_by_role("tab", name="Generate").click()
    page.wait_for_timeout(200)
    before = page.locator("#interpolate .count").inner_text()
    page.wait_for_timeout(400)
    assert page.locator("#interpolate .count").inner_text() == before


def hard_pairs():
    rng = np.random.default_rng(0)
    a, b, odd = rng.standard_normal((3, 65)).astype(np.float32)
    lonely = np.zeros(65, np.float32)
    lonely[-1] = 2
    nothing = np.zeros(65, np.float32)
    return [(a, b), (a, 3 * b), (a, a), (a, 2 * a), (a, -a), (a, -2 * a), (odd, nothing), (nothing, nothing), (lonely, -lonely)]


def test_the_page_walks_as_ganlib_does(shipped, open_page):
    page = open_page(shipped)
    page.wait_for_function("window.studio?.paths")
    times = [0, 0.1, 0.25, 0.5, 0.75, 1]
    walk = """([a, b, times]) => ["lerp", "slerp"].map((mode) => times.map((t) =>
        [...studio.paths[mode](new Float32Array(a), new Float32Array(b), t)]))"""
    for a, b in hard_pairs():
        lerp, slerp = np.array(page.evaluate(walk, [a.tolist(), b.tolist(), times]))
        np.testing.assert_allclose(lerp, latents.lerp(a, b, np.array(times)), rtol=0, atol=1e-6)
        np.testing.assert_allclose(slerp, latents.slerp(a, b, np.array(times)), rtol=0, atol=1e-6)
    path = """([keys, frames, mode, closed]) => [studio.paths.path(keys.map((key) => new Float32Array(key)), frames, mode, closed)
        .map((z) => [...z]), studio.paths.nearest(keys.length, frames, closed)]"""
    points = np.random.default_rng(1).standard_normal((5, 16)).astype(np.float32)
    for frames, mode, closed, num in (
        (2, "slerp", True, 5),
        (7, "lerp", False, 2),
        (120, "slerp", False, 3),
        (31, "slerp", True, 4),
    ):
        z, near = page.evaluate(path, [points[:num].tolist(), frames, mode, closed])
        np.testing.assert_allclose(z, latents.path(points[:num], frames, mode, closed), rtol=0, atol=1e-6)
        assert near == latents.path_labels(np.arange(num), frames, closed).tolist()


def test_the_scrubber_shows_the_picture_of_its_latent(shipped, open_page):
    page = open_page(shipped)
    tab = interpolate(page)
    frames = int(tab.locator("[name=frames]").input_value())
    z, labels = keys(page)
    path, named = latents.path(z, frames), latents.path_labels(np.array(labels), frames)
    for frame in (0, 17, 60, frames - 1):
        tab.locator(".scrubber").fill(str(frame))
        difference = page.evaluate(
            f"""async ([z, label]) => {{
                const {{ run, images }} = studio.view.get();
                const [wanted] = await studio.engine.draw({{ run, images, latents: [{{ z: new Float32Array(z), label }}] }});
                const {{ data }} = {CANVAS}[0].getContext("2d").getImageData(0, 0, wanted.width, wanted.height);
                return Math.max(...data.map((value, i) => Math.abs(value - wanted.data[i])));
            }}""",
            [path[frame].tolist(), int(named[frame])],
        )
        assert difference <= 1
        assert f"frame {frame + 1} of {frames}" in tab.locator(".scrubber").get_attribute("aria-valuetext")


def test_key_frames_come_go_and_move(shipped, open_page):
    page = open_page(shipped)
    tab = interpolate(page)
    still(page)
    assert sources(tab) == ["seed 0", "seed 0, no.\u00a02", "seed 0, no.\u00a03"]
    first = shown(page)
    tab.get_by_role("button", name="Move key frame 1 later").click()
    drawn(page)
    assert sources(tab)[:2] == ["seed 0, no.\u00a02", "seed 0"] and shown(page) != first
    assert tab.get_by_role("button", name="Move key frame 2 later").evaluate("button => button === document.activeElement")
    tab.get_by_role("button", name="Move key frame 2 earlier").click()
    drawn(page)
    assert shown(page) == first
    tab.locator(".key").nth(2).drag_to(tab.locator(".key").nth(0))
    assert sources(tab)[0] == "seed 0, no.\u00a03"
    tab.get_by_role("button", name="Remove key frame 1").click()
    assert sources(tab) == ["seed 0", "seed 0, no.\u00a02"] and tab.get_by_role("button", name="Remove").first.is_disabled()
    tab.get_by_role("spinbutton", name="Seed").fill("77")
    tab.get_by_role("button", name="Add").click()
    tab.locator(".key .source", has_text="seed 77").wait_for()
    for num in range(4, 9):
        tab.get_by_role("button", name="Random").click()
        tab.locator(".key").nth(num - 1).wait_for()
    assert tab.get_by_role("button", name="Random").is_disabled() and tab.get_by_text("Eight key frames").is_visible()
    assert page.evaluate("studio.keys.add(studio.keys.list()[0])") is False
    drawn(page)
    tab.get_by_label("Label of key frame 1").select_option("9")
    drawn(page)
    assert keys(page)[1][0] == 9 and shown(page) != first


def test_other_tabs_hand_over_key_frames_before_it_opens(shipped, open_page):
    page = open_page(shipped)
    page.wait_for_function("window.studio?.engine?.run()")
    add = "async () => studio.keys.add((await studio.engine.latents({ run: 'mnist', seed: 5, num: 1 }))[0])"
    assert page.evaluate(add) is True
    tab = interpolate(page)
    assert sources(tab) == ["seed 5", "seed 0", "seed 0, no.\u00a02"]


def test_the_shelf_gives_and_takes(shipped, open_page):
    page = open_page(shipped)
    tab = interpolate(page)
    tab.get_by_role("button", name="Pin key frame 2").click()
    page.locator("#shelf .pins button").click()
    tab.locator(".key").nth(3).wait_for()
    z, labels = keys(page)
    assert (z[3] == z[1]).all() and labels[3] == labels[1] and sources(tab)[3] == sources(tab)[1]


def test_compare_shows_both_ways_and_the_length_of_z(shipped, open_page):
    page = open_page(shipped)
    tab = interpolate(page)
    assert tab.locator(".plot").is_hidden()
    tab.get_by_label("Compare").check()
    drawn(page)
    assert tab.locator(".screen:visible").count() == tab.locator(".strip:visible").count() == 2
    assert tab.locator(".screen figcaption").all_inner_texts() == ["lerp", "slerp"]
    tab.locator(".scrubber").fill("20")
    assert shown(page, 0) != shown(page, 1)
    tab.locator(".scrubber").fill("0")
    assert shown(page, 0) == shown(page, 1)
    heights = [
        [float(point.split(",")[1]) for point in line.get_attribute("points").split()]
        for line in tab.locator(".plot polyline").all()
    ]
    assert max(heights[0]) > max(heights[1]) + 10 and heights[0][0] == heights[1][0]  # further down is shorter
    assert tab.get_by_text("lerp passes nearer to zero").is_visible()
    frames = len(heights[0])
    cursor, tracks = tab.locator(".cursor"), tab.locator(".strip").first
    tab.locator(".scrubber").fill(str(frames // 2))
    left = cursor.bounding_box()["x"] - tracks.bounding_box()["x"]
    assert abs(left / tracks.bounding_box()["width"] - 0.5) < 0.02


def test_nothing_moves_for_those_who_want_it_so(shipped, open_page):
    page = open_page(shipped)
    tab = interpolate(page)
    first = shown(page)
    page.wait_for_timeout(500)
    assert shown(page) == first and tab.locator(".count").inner_text().startswith("1 /")
    tab.locator(".scrubber").fill("30")
    assert shown(page) != first


def test_the_keyboard_plays_and_steps(shipped, open_page):
    page = open_page(shipped, moves=True)
    tab = interpolate(page)
    page.keyboard.press("Space")
    tab.get_by_role("button", name="Play").wait_for()
    page.evaluate("document.activeElement.blur()")
    at = int(tab.locator(".count").inner_text().split(" /")[0])
    page.keyboard.press("ArrowRight")
    assert tab.locator(".count").inner_text().startswith(f"{at % 120 + 1} /")
    page.keyboard.press("Space")
    tab.get_by_role("button", name="Pause").wait_for()
    tab.locator(".scrubber").focus()
    page.keyboard.press("Home")
    assert tab.locator(".count").inner_text().startswith("1 /") and tab.get_by_role("button", name="Play").is_visible()
    page.keyboard.press("ArrowRight")
    assert tab.locator(".count").inner_text().startswith("2 /")
    tab.get_by_role("spinbutton", name="Seed").focus()
    page.keyboard.press("Enter")
    tab.locator(".key").nth(3).wait_for()
    for control in tab.locator("button:visible, select:visible, input[type=range]:visible, input[type=number]:visible").all():
        assert control.bounding_box()["height"] >= 44
    named = "[...document.querySelectorAll('#interpolate :is(button, input, select, [role=img])')].filter((node) => node.offsetParent)"
    assert page.evaluate(f"{named}.every((node) => node.ariaLabel || node.textContent.trim() || node.labels?.[0])")


@pytest.mark.parametrize(("language", "look"), [("en-US", "light"), ("zh-CN", "dark")])
def test_it_fits_a_phone(shipped, open_page, language, look):
    page = open_page(shipped, viewport=PHONE, language=language, look=look)
    tab = interpolate(page)
    assert fits(page)
    width = tab.locator(".screen canvas").first.evaluate("canvas => canvas.clientWidth / canvas.width")
    assert width == int(width) and width >= 8
    tab.locator("[name=compare]").check()
    drawn(page)
    assert fits(page) and tab.locator(".screen:visible").count() == 2
    order = [tab.locator(name).first.bounding_box()["y"] for name in (".screens", ".strip", ".keys", ".knobs")]
    assert order == sorted(order)


def test_a_link_opens_the_same_path(shipped, open_page):
    page = open_page(shipped)
    tab = interpolate(page)
    tab.get_by_role("spinbutton", name="Seed").fill("9")
    tab.get_by_role("button", name="Add").click()
    tab.locator(".key").nth(3).wait_for()
    tab.get_by_label("lerp, a line").check()
    tab.get_by_label("Closed loop").uncheck()
    tab.locator("[name=frames]").fill("50")
    tab.locator("[name=seconds]").fill("3.5")
    tab.locator("[name=truncation]").fill("0.8")
    drawn(page)
    tab.locator(".scrubber").fill("33")
    again = page.context.new_page()
    again.goto(page.evaluate("studio.link.url()"))
    other = drawn(again)
    other.locator(".scrubber").fill("33")
    assert shown(again) == shown(page) and sources(other) == sources(tab)
    assert other.locator(".caption").inner_text() == tab.locator(".caption").inner_text()
    assert "4 key frames, lerp, 50 frames, 3.5 s, ψ 0.8" in other.locator(".caption").inner_text()


def relative(shipped, folder, name, **settings):
    """Copies the shipped run under another name; another seed makes another lineage."""
    shutil.copytree(shipped / "mnist", folder / name)
    config = json.loads((folder / name / "config.json").read_text())
    del config["crc32"]
    (folder / name / "config.json").write_text(json.dumps(config | settings))


def choose_run(page, name):
    page.locator("#run input").click()
    page.get_by_role("option", name=name, exact=True).click()
    page.wait_for_function("name => studio.engine.run().run === name", arg=name)


def test_key_frames_stay_within_their_lineage(shipped, tmp_path, open_page):
    for name, settings in (("mnist", {}), ("sister", {}), ("stranger", {"seed": 12345})):
        relative(shipped, tmp_path, name, **settings)
    page = open_page(tmp_path)
    tab = interpolate(page)
    tab.get_by_role("button", name="Random").click()
    tab.locator(".key").nth(3).wait_for()
    before = sources(tab)
    choose_run(page, "sister")
    drawn(page)
    assert sources(tab) == before and tab.locator(".keys-anew").inner_text() == ""
    last = shown(page)
    tab.get_by_label("Snapshot").select_option("0")
    drawn(page)
    assert sources(tab) == before and shown(page) != last
    choose_run(page, "stranger")
    tab.get_by_text("New key frames").wait_for()
    assert len(sources(tab)) == 3


def test_a_snapshot_that_is_gone_is_told_and_the_tab_lives_on(shipped, tmp_path, open_page):
    relative(shipped, tmp_path, "mnist")
    page = open_page(tmp_path)
    tab = interpolate(page)
    (tmp_path / "mnist" / "snapshots" / "000000000.safetensors").unlink()
    tab.get_by_label("Snapshot").select_option("0")
    tab.get_by_text("These pictures can't be drawn.").wait_for()
    tab.get_by_label("Snapshot").select_option(index=3)
    tab.get_by_text("These pictures can't be drawn.").wait_for(state="hidden")
