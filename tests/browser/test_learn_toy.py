"""Tests the chapter toy (the GAN on a line), and the myth cards that open it."""

import re

import numpy as np
import pytest
import torch
from driving import fits, until

from ganlib.objectives.losses import LOSSES

# The chapter's losses, by the trainer's names
TOYS = {"saturating", "non-saturating", "least-squares", "hinge", "wasserstein", "relativistic"}
PHONE = {"width": 390, "height": 844}
# The state of a toy GAN every `every` steps, without drawing
TRAINED = """([settings, every, times]) => {
    const places = Float64Array.from({ length: 161 }, (_, i) => -4 + i / 20);
    const gan = studio.tinyGan.make(settings);
    return Array.from({ length: times + 1 }, (_, time) => {
        if (time) gan.run(every);
        const { points, smoothed, generated, logits } = gan.look(places);
        const mean = (key) => studio.tinyGan.mean(gan.history.slice(-100).map((entry) => entry[key]));
        return { points: [...points], data: [...smoothed], generated: [...generated], logits: [...logits], g: mean("g"), d: mean("d"),
            shares: [...gan.shares(points)], first: gan.history[0] };
    });
}"""
pytestmark = pytest.mark.browser


def learn(page):
    page.wait_for_function("window.studio?.engine?.run()")
    page.get_by_role("tab", name=re.compile("Learn|学习")).click()
    page.wait_for_function("studio.toy?.gan")
    return page.locator("#toy")


def looked(page, settings, every, times=1):
    looks = page.evaluate(TRAINED, [settings, every, times])
    return [{key: np.array(value) if isinstance(value, list) else value for key, value in look.items()} for look in looks]


def distance(look):
    """Returns the total variation distance between p_data and p_g."""
    return np.abs(look["data"] - look["generated"]).sum() / 40


def gap(look):
    """Returns the mean of |D - D*| over the points."""
    mass = look["data"] + look["generated"]
    optimum = look["data"] / np.maximum(mass, 1e-12)
    return (mass * np.abs(1 / (1 + np.exp(-look["logits"])) - optimum)).sum() / mass.sum()


@pytest.fixture(scope="module")
def calculating(shipped, open_shared):
    """A page whose functions are called and whose chapter stays as it is."""
    page = open_shared(shipped)
    learn(page)
    return page


@pytest.fixture
def page(shipped, open_page):
    page = open_page(shipped)
    learn(page)
    return page


def test_the_losses_are_ganlibs(calculating):
    logits = torch.tensor([-30.0, -3, -1, -0.4, 0, 0.3, 1.7, 6, 30], dtype=torch.float64)
    real, fake = (side.reshape(-1).requires_grad_() for side in torch.meshgrid(logits, logits + 0.01, indexing="ij"))
    pairs = torch.stack([real, fake], 1).tolist()
    formulas = """(pairs) => Object.fromEntries(Object.entries(studio.tinyLosses).map(([name, players]) => [name,
        Object.fromEntries(Object.entries(players).map(([player, { value, real, fake }]) => [player,
            pairs.map(([r, f]) => [value(r, f), real(r, f), fake(r, f)])]))]))"""
    found = calculating.evaluate(formulas, pairs)
    assert found.keys() == TOYS <= LOSSES.keys()
    for name in found:
        loss = LOSSES[name]
        for player in ("discriminator", "generator"):
            value = getattr(loss, player)(real, fake)
            slopes = torch.autograd.grad(value, (real, fake), materialize_grads=True, allow_unused=True)
            mine = np.array(found[name][player])
            assert mine[:, 0].mean() == pytest.approx(value.item(), rel=1e-12)
            for column, slope in enumerate(slopes, start=1):
                np.testing.assert_allclose(mine[:, column] / len(pairs), slope, rtol=1e-9, atol=1e-15)


def test_the_networks_pass_gradients_back(calculating):
    worst = calculating.evaluate("""() => ["tanh", "leaky"].map((bend) => {
        const { Net, random, normal } = studio.tiny;
        const uniform = random(3);
        const net = new Net([1, 7, 5, 1], bend, 1.4, uniform);
        const x = Float64Array.from({ length: 6 }, () => normal(uniform));
        const weights = Float64Array.from(x, () => normal(uniform));
        const loss = () => net.forward(x).reduce((sum, y, i) => sum + weights[i] * y, 0);
        loss();
        const slopes = net.backward(weights);
        const checks = [[x, slopes], ...net.dense.flatMap(({ values, gradients }) => values.map((value, i) => [value, gradients[i]]))];
        return Math.max(...checks.flatMap(([values, found]) => Array.from(values, (value, i) => {
            const [up, down] = [1e-6, -1e-6].map((step) => { values[i] = value + step; return loss(); });
            values[i] = value;
            return Math.abs((up - down) / 2e-6 - found[i]);
        })));
    })""")
    assert max(worst) < 1e-7


def test_adam_is_torchs(calculating):
    slopes = np.random.default_rng(0).standard_normal((20, 3))
    found = calculating.evaluate(
        """(slopes) => {
            const layer = { values: [Float64Array.of(1, -2, 0.5)], gradients: [new Float64Array(3)] };
            const net = { dense: [layer], forget: () => layer.gradients[0].fill(0) };
            const adam = new studio.tiny.Adam(net, 0.01, 0.5, 0.99);
            slopes.forEach((row) => { layer.gradients[0].set(row); adam.step(); });
            return [...layer.values[0]];
        }""",
        slopes.tolist(),
    )
    weight = torch.tensor([1, -2, 0.5], dtype=torch.float64, requires_grad=True)
    adam = torch.optim.Adam([weight], lr=0.01, betas=(0.5, 0.99), eps=0)
    for row in slopes:
        weight.grad = torch.tensor(row)
        adam.step()
    np.testing.assert_allclose(found, weight.detach(), rtol=1e-5)


def test_every_loss_finds_both_groups(calculating):
    for loss in TOYS:
        start, end = looked(calculating, {"loss": loss}, 500)
        assert distance(start) > 0.9 and distance(end) < 0.45, loss
        assert end["shares"].min() > 0.4, loss
        if loss == "non-saturating":
            assert gap(end) < 0.1 < 0.4 < gap(start)
            assert distance(end) < 0.25


def preset(page, name):
    return page.evaluate("name => studio.presets[name].settings", name)


@pytest.mark.parametrize("seed", [1, 3])
def test_the_presets_show_what_their_cards_claim(calculating, seed):
    start, end = looked(calculating, preset(calculating, "held") | {"seed": seed}, 300)
    assert (start["points"] == end["points"]).all() and end["g"] > 2 * end["first"]["g"]
    assert gap(end) < 0.1 < 0.25 < gap(start)  # D alone converges to D*
    _, end = looked(calculating, preset(calculating, "weak") | {"seed": seed}, 350)
    assert end["g"] < 0.25 * end["first"]["g"] and end["d"] > 2 * np.log(2)
    assert np.std(end["points"]) < 0.1 and distance(end) > 0.6
    start, end = looked(calculating, preset(calculating, "starved") | {"seed": seed}, 100)
    assert abs(end["points"].mean() - start["points"].mean()) < 0.1 and distance(end) > 0.99
    _, end = looked(calculating, preset(calculating, "starved") | {"seed": seed, "loss": "non-saturating"}, 100)
    assert distance(end) < 0.75
    start, end = looked(calculating, preset(calculating, "even") | {"seed": seed}, 600)
    opinions = [np.abs(1 / (1 + np.exp(-look["logits"])) - 0.5)[np.where(look["data"] > 0.2)].mean() for look in (start, end)]
    assert max(opinions) < 0.15 and gap(start) > 0.4 > 0.12 > gap(end)


def test_it_asks_and_then_shows_d(page):
    toy = page.locator("#toy")
    assert not toy.locator("path.opinion").get_attribute("d") and toy.locator("path.generated").get_attribute("d")
    before = toy.locator("path.generated").get_attribute("d")
    toy.scroll_into_view_if_needed()
    page.wait_for_timeout(400)
    assert toy.locator("path.generated").get_attribute("d") == before  # reduced motion
    toy.get_by_role("button", name="Show me without a guess").click()
    assert toy.locator("path.opinion").get_attribute("d") and toy.locator("path.optimum").get_attribute("d")
    toy.get_by_role("button", name="One step").click()
    assert "Step 1:" in toy.locator(".toy-says").inner_text()
    assert toy.locator("path.generated").get_attribute("d") != before
    toy.get_by_role("button", name="100 steps").click()
    said = toy.locator(".toy-says").inner_text()
    assert "Step 101:" in said and re.search(r"D is 0\.\d\d away from D\*", said)
    toy.locator("[name=loss]").select_option("wasserstein")
    assert "Step 0:" in toy.locator(".toy-says").inner_text() and "critic" in toy.locator(".toy-note").inner_text()
    assert "away from D*" not in toy.locator(".toy-says").inner_text()
    toy.get_by_label("Seed").fill("-7")
    toy.get_by_label("Seed").press("Enter")
    assert toy.get_by_label("Seed").input_value() == "0"
    first = toy.locator("path.generated").get_attribute("d")
    toy.get_by_role("button", name="100 steps").click()
    toy.get_by_role("button", name="Start anew").click()
    assert toy.locator("path.generated").get_attribute("d") == first  # a seed determines the start
    for control in toy.locator("button:visible, select:visible, input:not([type=radio]):visible").all():
        assert control.bounding_box()["height"] >= 44


def test_it_moves_on_the_screen_only(shipped, open_page):
    page = open_page(shipped, moves=True)
    toy = learn(page)
    steps = "studio.toy.gan().steps()"
    toy.locator(".toy-plot").scroll_into_view_if_needed()
    assert until(page, lambda: page.evaluate(steps) > 5)
    page.get_by_role("tab", name="Generate").click()
    page.wait_for_timeout(400)
    at = page.evaluate(steps)
    page.wait_for_timeout(800)
    assert page.evaluate(steps) == at
    page.get_by_role("tab", name="Learn").click()
    toy.get_by_role("button", name="Pause").click()
    at = page.evaluate(steps)
    page.wait_for_timeout(500)
    assert page.evaluate(steps) == at


def test_the_cards_open_what_settles_them(page):
    myths = page.locator("#myths")
    cards = myths.locator(".myth")
    assert cards.count() == 4 and myths.get_by_role("button", name="Show me in").count() == 0
    for number, guess, watch, opponent in ((0, 1, "the generator stands still", "alone"), (2, 0, "collapse onto", "weak")):
        cards.nth(number).locator(".asking input").nth(guess).check()
        assert cards.nth(number).get_by_text("You guessed right." if guess == 1 else "Not so.").is_visible()
        cards.nth(number).get_by_role("button", name="Show me in the GAN on a line").click()
        notice = page.locator("#toy .notice")
        notice.get_by_text(watch).wait_for()
        assert until(
            page, lambda: page.evaluate("Math.abs(document.querySelector('.toy-bench').getBoundingClientRect().top - 12) < 5")
        )
        assert page.locator("#toy [name=opponent]").input_value() == opponent
        before = page.locator("#toy .g-loss").get_attribute("d")
        page.locator("#toy").get_by_role("button", name="100 steps").click()
        assert page.locator("#toy .g-loss").get_attribute("d") != before
    cards.nth(1).get_by_role("button", name="Show me without a guess").click()
    cards.nth(1).get_by_role("button", name="Show me in the Epochs tab").click()
    page.locator("#tab-epochs-button[aria-selected=true]").wait_for()


def test_it_fits_a_phone(shipped, open_page):
    page = open_page(shipped, viewport=PHONE, language="zh-CN", look="dark")
    toy = learn(page)
    toy.get_by_role("button", name="不猜了，直接看").click()
    toy.get_by_role("button", name="走 100 步").click()
    assert fits(page) and "第 100 步" in toy.locator(".toy-says").inner_text()
    page.evaluate("studio.toy.preset('starved')")
    assert fits(page) and toy.get_by_text("log(1 − D) 几乎是平的：生成器几乎不动").is_visible()
    assert toy.locator("[name=loss]").input_value() == "saturating"


def test_a_link_may_bring_anything(shipped, open_page):
    page = open_page(shipped)
    learn(page)
    page.locator("#toy [name=loss]").select_option("hinge")
    page.locator("#toy [name=seed]").fill("12")
    page.locator("#toy [name=seed]").press("Enter")
    link = page.evaluate("studio.link.url()")
    again = page.context.new_page()
    again.goto(link)
    learn(again)
    settings = "studio.toy.gan().settings"
    assert again.evaluate(settings) == page.evaluate(settings) and again.evaluate(settings)["loss"] == "hinge"
    again = page.context.new_page()
    again.goto(
        link.split("#")[0] + '#parts={"toy":{"loss":"__proto__","seed":1e99,"data":["one"],"start":"far","x":1},"game":[1]}'
    )
    learn(again)
    assert again.evaluate(settings) == page.evaluate("studio.tinyGan.SETTINGS") | {"start": "far"}
