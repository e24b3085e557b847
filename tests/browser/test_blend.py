"""Tests blends of two runs in Interpolate: weights mixed in the browser, as `ganlib.blend` does, with its own batch statistics."""

import re

import numpy as np
import pytest
import torch
from driving import whole

from ganlib import networks
from ganlib.blend import Shares, blended, tensor_shares
from ganlib.networks.conditioning import with_label
from ganlib.runs.run import Run

pytestmark = pytest.mark.browser
HASHES = """() => [...document.querySelectorAll("#blend .blend-row")].map((row) => [...row.children].reduce((hash, canvas) =>
    canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data
        .reduce((hash, value) => Math.imul(hash ^ value, 16777619), hash), 2166136261))"""
# The blend's pictures of 16 latents, its batch statistics, the latents, and both parents' pictures by the server
DRAWN = """async ([first, second, shares]) => {
    await studio.blends.open(first, second);
    const latents = await studio.engine.latents({ run: first.run, seed: 5, num: 16 });
    const { pictures, statistics } = await studio.blends.draw(shares, { latents });
    const served = await Promise.all([first, second].map((side) => studio.engine.served({ ...side, latents })));
    const grey = (all) => all.map(({ data }) => [...data.filter((_, i) => i % 4 === 0)]);
    return {
        z: latents.map(({ z }) => [...z]), labels: latents.map(({ label }) => label), pictures: grey(pictures),
        statistics: Object.fromEntries(Object.entries(statistics).map(([name, values]) => [name, [...values]])),
        served: served.map(grey),
    };
}"""


@pytest.fixture(scope="module")
def runs(all_shipped, tmp_path_factory):
    """A folder with mnist, its child mnist-sevens, and a run of another lineage."""
    folder = tmp_path_factory.mktemp("blend") / "checkpoints"
    folder.mkdir()
    for name in ("mnist", "mnist-sevens", "mnist-dcgan"):
        (folder / name).symlink_to(all_shipped / name)
    return folder


@pytest.fixture(scope="module")
def address(start, runs, runtime):
    return start(runs, runtime)[1]


@pytest.fixture
def page(browser, address):
    context = browser.new_context(locale="en-US", reduced_motion="reduce", viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    page.goto(f"{address}#run=mnist")
    page.wait_for_function("window.studio?.engine?.run()")
    whole(page)
    yield page
    context.close()


def chosen(page, with_="mnist-sevens, epoch 8"):
    """Opens the tab and chooses a second snapshot; returns the part once it is drawn."""
    page.get_by_role("tab", name=re.compile("Interpolate|插值")).click()
    part = page.locator("#blend")
    part.locator("option", has_text=with_).first.wait_for(state="attached")
    part.get_by_role("combobox").select_option(label=with_)
    return drawn(page)


def drawn(page):
    page.wait_for_function(
        """document.querySelector('#blend .blend')?.ariaBusy === 'false'
        && document.querySelectorAll('#blend [data-side="blend"] canvas').length === 8"""
    )
    return page.locator("#blend")


def pictures(generator, z, labels):
    with torch.no_grad():
        images = generator(torch.tensor(z, dtype=torch.float32), torch.tensor(labels))
    return ((images.clamp(-1, 1) + 1) * 127.5).round().flatten(1).numpy()


def test_the_browser_blends_as_ganlib_does(page, runs):
    a, b = Run.open(runs / "mnist"), Run.open(runs / "mnist-sevens")
    sides = [{"run": run.name, "images": run.snapshot().images} for run in (a, b)]
    generator = a.generator()
    layers = list(generator.named_layers())
    for text in ("stem:0.3,stages.1:0.8,stages.2:0.5", "stem:0,stages:1"):
        shares = Shares.parsed(text).of(layers)
        found = page.evaluate(DRAWN, [*sides, shares])
        weights = blended(a.generator().state_dict(), b.generator().state_dict(), tensor_shares(generator, shares))
        made = networks.build_generator(a.config.generator_settings()).eval()
        made.load_state_dict(weights | {name: torch.tensor(values) for name, values in found["statistics"].items()})
        expected = pictures(made, found["z"], found["labels"])
        assert np.abs(np.array(found["pictures"]) - expected).max() <= 2
        # the browser's statistics, of 128 samples, are those of the blend's first norm
        z = torch.randn(4096, len(found["z"][0]), generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            first = made.unflatten(made.project(with_label(z, torch.arange(4096) % 10, 10)))
        measured, own = first.var((0, 2, 3)), torch.tensor(found["statistics"]["norm.running_var"])
        assert (own / measured - 1).abs().median() < 0.1
    for share, side in ((0, 0), (1, 1)):
        found = page.evaluate(DRAWN, [*sides, dict.fromkeys(layers, share)])
        assert np.abs(np.array(found["pictures"]) - np.array(found["served"][side])).max() <= 2


def test_sliders_blend_all_layers_or_one_and_the_command_says_how(page):
    part = chosen(page)
    assert part.locator("option").all_inner_texts()[1].startswith("mnist-sevens")
    assert "mnist-dcgan" not in part.inner_text()
    first, middle, second = page.evaluate(HASHES)
    assert len({first, middle, second}) == 3
    boxes = [canvas.bounding_box() for canvas in part.locator('[data-side="blend"] canvas').all()]
    assert len({(box["x"], box["y"]) for box in boxes}) == 8  # side by side, none over another
    whole = part.locator('[data-layer="all"] input')
    whole.focus()
    page.keyboard.press("Home")
    page.wait_for_function(f"() => {{ const [a, b] = ({HASHES})(); return a === b; }}")
    page.keyboard.press("End")
    page.wait_for_function(f"() => {{ const [, b, c] = ({HASHES})(); return b === c; }}")
    assert page.evaluate(HASHES)[::2] == [first, second]
    part.locator('[data-layer="stem"] input').fill("0")
    page.wait_for_function(f"() => {{ const [a, b, c] = ({HASHES})(); return a !== b && b !== c; }}")
    assert "--layers stem:0,stages.1:1,stages.2:1 --out" in part.locator(".caption").inner_text()
    assert whole.get_attribute("aria-valuetext") == "0.67"


def test_a_link_holds_it_and_the_page_speaks_chinese(page, address):
    chosen(page, "mnist, epoch 5")
    page.locator('#blend [data-layer="stages.1"] input').fill("0.2")
    url = page.evaluate("studio.link.url()")
    page.goto("about:blank")
    page.goto(url)
    part = drawn(page)
    assert part.locator('[data-layer="stages.1"] .value').inner_text() == "0.20"
    page.get_by_role("button", name="中文").click()
    part.get_by_text("两次训练的权重之间").wait_for()
    assert "mnist，第 5 轮" in part.inner_text()


def test_a_phone_shows_it_without_scrolling_sideways(browser, address):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{address}#run=mnist")
    page.wait_for_function("window.studio?.engine?.run()")
    part = chosen(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    slider = part.locator('[data-layer="all"] input')
    before = page.evaluate(HASHES)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box["height"] >= 44
    page.touchscreen.tap(box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2)
    page.wait_for_function(f"(before) => ({HASHES})()[1] !== before", arg=before[1])
    context.close()


def test_only_snapshots_of_the_lineage_are_offered(page):
    chosen(page, "mnist, epoch 1")
    page.locator("#interpolate select[name=images]").select_option(label="epoch 5")
    page.locator("#blend figcaption").first.get_by_text("mnist, epoch 5").wait_for()
    offered = page.locator("#blend option").all_inner_texts()
    assert "mnist, epoch 5" not in offered and "mnist, epoch 24" in offered and "mnist-sevens, epoch 8" in offered
    assert not any("mnist-dcgan" in text for text in offered)
