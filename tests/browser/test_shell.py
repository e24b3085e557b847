"""Tests what all tabs share: the shelf, the link, the pixels switch and the classroom."""

import io

import pytest
from driving import changed, choose, come_back, fits, pixels, run_of, say, slide, until
from PIL import Image

PHONE = {"width": 390, "height": 844}
pytestmark = pytest.mark.browser
PIN = """async (indices) => {
    const run = studio.engine.run().run;
    const latents = await studio.engine.latents({ run, seed: 3, num: 12 });
    return indices.map((index) => studio.shelf.add(latents[index]));
}"""
THUMBS = """() => [...document.querySelectorAll('.pin canvas')].map((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return canvas.width > 1 ? data.reduce((hash, value) => Math.imul(hash ^ value, 16777619), 2166136261) : null;
})"""


def pin(page, *indices):
    """Pins latents of seed 3; returns which of them were accepted."""
    return page.evaluate(PIN, list(indices))


def thumbs(page, count):
    """Returns the hashes of the shelf's pictures once all `count` of them are drawn."""
    page.wait_for_function(f"({THUMBS})().length === {count} && !({THUMBS})().includes(null)")
    return page.evaluate(THUMBS)


def open_link(page, link):
    """Opens the link in a new window."""
    other = page.context.new_page()
    other.goto(link)
    run_of(other)
    return other


class TestShelf:
    def test_it_survives_a_reload_and_follows_the_snapshot(self, shipped, open_page):
        page = open_page(shipped)
        pixels(page)
        page.get_by_text("Pin a picture to carry it through all tabs.").wait_for()
        assert pin(page, 0, 1, 7) == [True] * 3
        shown = thumbs(page, 3)
        assert len(set(shown)) == 3 and page.locator(".shelf .hint").is_hidden()
        names = page.locator(".pin").evaluate_all("pins => pins.map((pin) => pin.ariaLabel)")
        assert names == ["pinned 1, label 0", "pinned 2, label 1", "pinned 3, label 7"]
        page.reload()
        run_of(page)
        assert thumbs(page, 3) == shown
        for tab in ("interpolate", "epochs"):
            page.evaluate("tab => studio.go(tab)", tab)
            page.wait_for_function("tab => studio.view.get().tab === tab", arg=tab)
            assert thumbs(page, 3) == shown
        page.evaluate("studio.view.set({ images: studio.engine.run().moments[1].images })")
        page.wait_for_function(f"before => ({THUMBS})().every((hash, i) => hash !== before[i])", arg=shown)

    def test_six_fit_and_each_can_be_removed(self, shipped, open_page):
        page = open_page(shipped)
        run_of(page)
        assert pin(page, *range(6)) == [True] * 6 and pin(page, 0) == [True] and pin(page, 6) == [False]
        page.get_by_text("The shelf holds six pictures; remove one first.").wait_for()
        first = thumbs(page, 6)
        page.locator(".pin").nth(1).focus()
        page.keyboard.press("Delete")
        assert thumbs(page, 5) == [first[0], *first[2:]]
        assert page.evaluate("document.activeElement.ariaLabel") == "pinned 2, label 2"
        page.locator(".pin").last.click()
        remove = page.get_by_role("button", name="Remove pinned 5, label 5")
        assert remove.bounding_box()["height"] >= 44
        remove.click()
        assert thumbs(page, 4) == [first[0], *first[2:5]]

    def test_a_click_hands_the_latent_to_the_open_tab(self, shipped, open_page):
        page = open_page(shipped)
        run_of(page)
        pin(page, 4)
        page.evaluate("studio.go('epochs')")
        page.wait_for_function("studio.view.get().tab === 'epochs'")
        page.locator("#film").wait_for()
        page.evaluate(
            "for (const tab of ['interpolate', 'epochs']) studio.shelf.onpick(tab, (latent) => { window[tab] = latent; })"
        )
        page.locator(".pin").click()
        assert page.evaluate("[window.epochs.label, window.epochs.from, window.interpolate]") == [
            4,
            {"seed": 3, "index": 4},
            None,
        ]

    def test_other_windows_see_it(self, shipped, open_page):
        page = open_page(shipped)
        run_of(page)
        other = come_back(page)
        run_of(other)
        pin(page, 2)
        assert thumbs(other, 1) == thumbs(page, 1)
        other.evaluate("studio.shelf.remove(studio.shelf.pins()[0].id)")
        page.locator(".pin").wait_for(state="detached")

    def test_a_storage_that_holds_anything_is_an_empty_shelf(self, shipped, open_page):
        page = open_page(shipped)
        pixels(page)
        for stored in ("{", "7", "null", '[null, 3, {"z": "!"}, {"id": "a", "lineage": "b", "z": "AAAA"}]'):
            page.evaluate("text => localStorage.setItem('studio-shelf', text)", stored)
            page.reload()
            run_of(page)
            assert page.evaluate("studio.shelf.pins()") == [] and page.locator(".shelf .hint").is_visible(), stored
            assert pin(page, 1) == [True]

    def test_pins_of_other_runs_are_kept(self, shipped, open_page):
        page = open_page(shipped)
        pixels(page)
        pin(page, 0, 1)
        page.evaluate("""() => {
            const pins = JSON.parse(localStorage.getItem('studio-shelf'));
            pins[0].lineage = 'another';
            localStorage.setItem('studio-shelf', JSON.stringify(pins));
        }""")
        page.reload()
        run_of(page)
        page.get_by_text("1 more belongs to another run").wait_for()
        assert page.locator(".pin").count() == 1
        pin(page, 5)
        assert "another" in page.evaluate("localStorage.getItem('studio-shelf')")


class TestLink:
    def test_it_opens_the_same_view_in_a_fresh_browser(self, shipped, open_page):
        page = open_page(shipped)
        pixels(page)
        changed(page, lambda: page.get_by_label("Seed").first.fill("77"))
        changed(page, lambda: slide(page, "#truncation", 0.5))
        changed(page, lambda: choose(page, "#snapshot", 5))
        changed(page, lambda: page.get_by_role("button", name="Next").first.click())
        say(page, "seed 78, ψ 0.5")
        shown, caption = pixels(page), page.locator("#sheet .caption").inner_text()
        page.wait_for_function("location.hash.includes('seed=78')")
        link = page.evaluate("studio.link.url()")
        assert link == page.url
        fresh = open_page(shipped)
        fresh.goto("about:blank")
        fresh.goto(link)
        say(fresh, caption)
        fresh.wait_for_timeout(800)  # late pictures would have arrived
        assert pixels(fresh) == shown
        assert fresh.get_by_label("Seed").first.input_value() == "78"
        assert fresh.locator("#snapshot input").input_value() == page.locator("#snapshot input").input_value()
        assert fresh.evaluate("studio.link.opened") and fresh.url == link

    def test_it_carries_label_number_and_tab(self, shipped, open_page):
        page = open_page(shipped)
        pixels(page)
        other = open_link(page, f"{page.url}#run=mnist&images=0&label=3&num=9&tab=epochs")
        assert other.get_by_role("tab", selected=True).inner_text() == "Epochs"
        other.get_by_role("tab", name="Generate").click()
        say(other, "mnist, untrained, seed 0, ψ 1, label 3")
        assert other.locator("#num input[type=number]").input_value() == "9"

    def test_what_a_part_holds_comes_back_to_it(self, shipped, open_page):
        page = open_page(shipped)
        run_of(page)
        page.evaluate("studio.link.add('test', { read: () => ({ 'ψ&=#': [1, '中'] }), open: () => {} })")
        other = open_link(page, page.evaluate("studio.link.url()"))
        assert other.evaluate("studio.link.given('test')") == {"ψ&=#": [1, "中"]}
        opened = "new Promise((resolve) => studio.link.add('test', { read: () => undefined, open: resolve }))"
        assert other.evaluate(opened) == {"ψ&=#": [1, "中"]}
        assert other.evaluate("studio.link.given('nothing')") is None

    def test_latents_travel_whole(self, shipped, open_page):
        page = open_page(shipped)
        run_of(page)
        there_and_back = """async ([whole, changed]) => {
            const { run } = studio.engine.run();
            const latent = (await studio.engine.latents({ run, seed: 9, num: 5, label: 2 }))[4];
            if (changed) { latent.z[0] += 0.123; latent.from = null; }
            const back = await studio.link.unpack(JSON.parse(JSON.stringify(studio.link.pack(latent))), run);
            return back.label === 2 && back.z.length === latent.z.length && back.z.every((value, i) => value === latent.z[i])
                && JSON.stringify(back.from) === JSON.stringify(latent.from);
        }"""
        assert page.evaluate(there_and_back, [True, False]) and page.evaluate(there_and_back, [True, True])
        refused = """packed => studio.link.unpack(packed, 'mnist').then(() => 'taken', () => 'refused')"""
        nan = "AADAf" * 40
        for packed in (
            None,
            3,
            {},
            {"l": 0},
            {"s": 1, "i": -1, "l": 0},
            {"s": 1, "i": 0, "l": 99},
            {"z": nan, "l": 0},
            {"z": "", "l": 0},
        ):
            assert page.evaluate(refused, packed) == "refused", packed

    def test_garbage_opens_the_page_as_ever(self, shipped, open_page):
        page = open_page(shipped)
        shown = pixels(page)
        for fragment in (
            "%FF%00%", "run=%00&images=NaN&seed=1e999&psi=NaN&label={}&num=-3&tab=__proto__&parts={%22__proto__%22:3",
            "seed=99999999999999999999&psi=9e9&columns=1e3&parts=[1,2]", "a" * 20000, "run=../../etc/passwd%0A&parts=%22",
        ):  # fmt: skip
            other = open_link(page, f"{page.url.split('#')[0]}#{fragment}")
            say(other, "seed 0, ψ 1")
            assert pixels(other) == shown and not other.evaluate("studio.link.opened"), fragment
            other.close()

    def test_what_is_not_here_is_told(self, shipped, open_page):
        page = open_page(shipped)
        shown = pixels(page)
        other = open_link(page, f"{page.url}#run=elsewhere&parts=%7B%22test%22:%7B%7D%7D")
        other.get_by_text("The run elsewhere of this link is not here; mnist is shown.").wait_for()
        assert pixels(other) == shown and other.evaluate("studio.link.given('test')") is None
        other = open_link(page, f"{page.url}#run=mnist&images=17")
        other.get_by_text("The snapshot of this link is not here; the last one is shown.").wait_for()
        assert pixels(other) == shown

    def test_another_link_in_the_same_window(self, shipped, open_page):
        page = open_page(shipped)
        pixels(page)
        page.evaluate("location.hash = 'seed=5'")
        say(page, "seed 5,")

    def test_it_is_copied(self, shipped, open_page):
        page = open_page(shipped, permissions=["clipboard-read", "clipboard-write"])
        pixels(page)
        page.get_by_role("button", name="Copy link").click()
        page.get_by_role("button", name="copied").wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith(page.url.split("#")[0]) and "#tab=generate&run=mnist&" in copied
        page.get_by_role("button", name="Copy link").wait_for()


def test_pixels_are_sharp_or_smooth_everywhere(shipped, open_page):
    page = open_page(shipped)
    run_of(page)
    pin(page, 0)
    thumbs(page, 1)
    rendering = (
        "[...document.querySelectorAll('#sheet .picture, .pin .picture')].map((one) => getComputedStyle(one).imageRendering)"
    )
    assert set(page.evaluate(rendering)) == {"pixelated"}
    page.get_by_role("button", name="Smooth pixels").click()
    assert set(page.evaluate(rendering)) == {"auto"}
    page = come_back(page)
    run_of(page)
    thumbs(page, 1)
    assert set(page.evaluate(rendering)) == {"auto"}
    page.get_by_role("button", name="Sharp pixels").click()
    assert set(page.evaluate(rendering)) == {"pixelated"} and page.evaluate("localStorage.getItem('studio-pixels')") is None


class TestPresenting:
    def test_it_is_large_and_a_phone_can_read_the_code(self, shipped, open_page):
        decoder = pytest.importorskip("zxingcpp")
        page = open_page(shipped, viewport={"width": 1600, "height": 900})
        pixels(page)
        small = page.locator("h1").bounding_box()["height"]
        switch = page.get_by_role("button", name="Present")
        switch.focus()
        page.keyboard.press("Enter")
        page.wait_for_function("document.fullscreenElement")
        assert page.locator("h1").bounding_box()["height"] == pytest.approx(1.4 * small, rel=0.02)
        width, natural = page.locator("#sheet img.picture").evaluate(
            "image => [image.getBoundingClientRect().width, image.naturalWidth]"
        )
        assert width / natural == pytest.approx(round(width / natural), abs=0.01) and fits(page)
        assert page.evaluate("document.activeElement.textContent") == "Stop presenting"
        page.locator(".qr-corner svg").wait_for()

        def read(place):
            with Image.open(io.BytesIO(page.locator(place).screenshot())) as image:
                return [code.text for code in decoder.read_barcodes(image)]

        def leads_here(place):
            """Waits until the QR code, which the server draws, is that of the link."""
            return until(page, lambda: read(place) == [page.evaluate("studio.link.url()")])

        assert leads_here(".qr-corner")
        before = page.evaluate("studio.link.url()")
        page.get_by_role("button", name="Next").first.click()
        page.wait_for_function("location.hash.includes('seed=1')")
        page.locator(".qr-corner").click()
        page.get_by_role("dialog", name="This view as a QR code").wait_for()
        assert leads_here(".qr-code") and page.url != before
        page.get_by_role("button", name="Close").click()
        page.get_by_role("button", name="QR code", exact=True).click()
        assert page.locator(".qr-corner").is_hidden()
        page.get_by_role("button", name="Stop presenting").click()
        page.wait_for_function("!document.fullscreenElement && !document.body.classList.contains('present')")
        assert page.locator("h1").bounding_box()["height"] == pytest.approx(small)

    def test_escape_leaves_it_and_a_phone_shows_the_code_large(self, shipped, open_page):
        page = open_page(shipped, language="zh-CN", viewport=PHONE)
        pixels(page)
        page.evaluate("document.documentElement.requestFullscreen = undefined")
        page.get_by_role("button", name="演示").click()
        assert page.locator(".qr-corner").is_hidden() and fits(page)
        page.get_by_role("button", name="二维码").click()
        page.locator(".qr-code svg").wait_for()
        assert page.evaluate("document.activeElement.textContent") == "关闭"
        page.keyboard.press("Escape")
        page.locator("dialog:not(.fetch)").wait_for(state="hidden")
        assert page.evaluate("document.body.classList.contains('present')")
        page.keyboard.press("Escape")
        assert not page.evaluate("document.body.classList.contains('present')")


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_the_head_leaves_a_phone_its_screen(shipped, open_page, language):
    page = open_page(shipped, language=language, viewport=PHONE)
    pixels(page)
    pin(page, *range(6))
    thumbs(page, 6)
    page.locator(".pin").first.click()
    assert fits(page)
    assert page.get_by_role("tab").first.bounding_box()["y"] < 170
    for control in page.locator(".top :is(button, input):visible").all():
        box = control.bounding_box()
        assert box["height"] >= 42 and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"], control.inner_text()
