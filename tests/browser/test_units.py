"""Tests the switches in Generate: units turned off and doubled in the browser as on the server, everywhere and where painted."""

import shutil

import onnx
import pytest

pytestmark = pytest.mark.browser
# Differences in grey levels: the browser's pictures to the server's, with these switches, and to those without
DIFFERENCES = """async (list) => {
    const moment = { run: "mnist", images: studio.explore.scene().images };
    const latents = await studio.engine.latents({ run: "mnist", seed: 3, num: 4 });
    const facts = await studio.switches.units(moment);
    const question = { ...moment, latents };
    const on = list.map((one) => ({ ...one, area: one.area && Uint8Array.from(one.area) }));
    const here = await studio.local.drawSwitched({ ...question, scales: studio.switches.scales(on, facts) });
    const there = studio.engine.decoded(await studio.engine.ask({
        what: "switched", ...studio.engine.latentFields(question),
        switches: on.map((one) => ({ ...one, area: one.area ? btoa(String.fromCharCode(...one.area)) : null })),
    }));
    const plain = await studio.engine.served(question);
    const apart = (one, other) => Math.max(...one.map(({ data }, n) => data.reduce((most, value, i) => Math.max(most, Math.abs(value - other[n].data[i])), 0)));
    return [apart(here, there), apart(here, plain)];
}"""


@pytest.fixture(scope="module")
def address(start, all_shipped, runtime, tmp_path_factory):
    folder = tmp_path_factory.mktemp("units") / "checkpoints"
    for name in ("mnist", "old"):
        shutil.copytree(all_shipped / "mnist", folder / name)
    take_scales_out(folder / "old" / "onnx" / "outline.onnx")
    return start(folder, runtime)[1]


def take_scales_out(path):
    """Makes a graph what it was before there were switches: without the inputs that scale units."""
    model = onnx.load(path, load_external_data=False)
    graph, is_scale = model.graph, lambda name: name.startswith("scale.")
    before = {node.output[0]: node.input[0] for node in graph.node if any(map(is_scale, node.input))}
    nodes = [node for node in graph.node if node.output[0] not in before]
    for node in nodes:
        node.input[:] = [before.get(name, name) for name in node.input]
    inputs = [each for each in graph.input if not is_scale(each.name)]
    for field, items in (("node", nodes), ("input", inputs)):
        graph.ClearField(field)
        getattr(graph, field).extend(items)
    path.write_bytes(model.SerializeToString())


@pytest.fixture
def page(browser, address):
    context = browser.new_context(locale="en-US", reduced_motion="reduce", viewport={"width": 1280, "height": 1200})
    page = context.new_page()
    page.goto(f"{address}#run=mnist")
    page.wait_for_function("window.studio?.engine?.run()")
    page.locator("#units summary").click()
    page.locator("#units .units-list li").first.wait_for()
    yield page
    context.close()


def test_the_browser_draws_switches_as_the_server(page):
    page.wait_for_function("studio.local.has(studio.explore.scene())")
    half = [*[1] * 7, *[0] * 7] * 14
    one = {"stage": "stages.1", "unit": 25, "factor": 0, "area": None}
    for switches in ([one], [one | {"area": half}, one | {"stage": "stem", "unit": 37, "factor": 2}]):
        near, apart = page.evaluate(DIFFERENCES, switches)
        assert near <= 2 and apart > 50


def test_switched_by_hand_painted_and_kept_in_the_link(page, address):
    units = page.locator("#units .units-list li")
    first = units.first.locator(".unit-name").inner_text()
    units.first.get_by_role("button", name="off").click()
    assert page.locator("#units .units-chosen li").count() == 1
    brush = page.locator("#units .units-brush")
    brush.focus()
    for key in ("ArrowUp", "ArrowLeft", " "):
        brush.press(key)
    assert "the painted area changes" in page.locator("#units .units-says").inner_text()
    assert units.first.locator(".unit-name").inner_text() != first
    units.first.get_by_role("button", name="× 2").click()
    chosen = page.locator("#units .units-chosen li").all_inner_texts()
    assert [text.endswith("only there ×") for text in chosen] == [False, True]
    page.locator("#units .units-sample").click()
    page.wait_for_function("document.querySelector('#units .units-logits').textContent.includes('mean logit')")
    link = page.evaluate("studio.link.url()")
    other = page.context.new_page()
    other.goto(link)
    other.locator("#units .units-chosen li").nth(1).wait_for()
    assert other.locator("#units .units-chosen li").all_inner_texts() == chosen
    other.locator("#units .units-reset").click()
    assert other.locator("#units .units-chosen li").count() == 0


def test_a_graph_from_before_there_were_switches(browser, address):
    context = browser.new_context(locale="en-US", reduced_motion="reduce")
    other = context.new_page()
    other.goto(f"{address}#run=old")
    other.locator("#units summary").click()
    other.locator("#units .units-list li").first.wait_for()
    other.wait_for_function("studio.local.has(studio.explore.scene())")  # the browser draws with it
    other.locator("#units .units-list li").first.get_by_role("button", name="off").click()
    other.locator("#units .units-graph", has_text="python -m ganlib.export checkpoints/old --outline").wait_for()
    pictures = "[...document.querySelectorAll('#units .units-bench .picture')].map((one) => one.toDataURL())"
    other.wait_for_function(f"() => {{ const [one, two] = {pictures}; return one !== two; }}")  # the server has switched it
    context.close()


JUDGED = """async (server) => {
    const moment = { run: "mnist", images: studio.explore.scene().images };
    const question = { ...moment, latents: window.judgedLatents ??= await studio.engine.latents({ run: "mnist", seed: 3, num: 20 }) };
    const on = [{ stage: "stages.1", unit: 25, factor: 0, area: null }];
    return server ? (await studio.engine.ask({ what: "switched", judge: true, ...studio.engine.latentFields(question), switches: on })).logits
        : studio.switches.judged(question, on, await studio.switches.units(moment));
}"""


def test_the_browser_judges_as_the_server_with_the_server_gone(page):
    page.wait_for_function("studio.local.has(studio.explore.scene())")
    assert page.evaluate("studio.switches.prepareJudge(studio.explore.scene(), [])")  # begun when the panel was opened
    expected = page.evaluate(JUDGED, True)
    page.context.set_offline(True)
    assert page.evaluate(JUDGED, False) == pytest.approx(expected, abs=0.01)
    page.locator("#units .units-list li").first.get_by_role("button", name="off").click()
    page.locator("#units .units-sample").click()
    page.wait_for_function("document.querySelector('#units .units-logits').textContent.includes('mean logit')")
    page.context.set_offline(False)
