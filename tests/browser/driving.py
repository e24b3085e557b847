"""Helpers that operate the page and read its state."""

import io
from types import SimpleNamespace

import pytest
from PIL import Image

# Latin words that a Chinese page may contain
NAMES = {"GAN", "PNG", "mnist", "anime", "faces", "SSIM", "Wasserstein", "Fr", "chet", "Hub", "dB"}

# Checks the page with axe-core, whose script it must have
AXE = """async () => {
    const { violations, passes } = await axe.run({ runOnly: ["wcag2a", "wcag2aa"] });
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    const told = ({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} ${target.join(" ")} ${failureSummary}`);
    return { checked: passes.map(({ id }) => id), findings: serious.flatMap(told) };
}"""


def picture(page, place="#sheet"):
    """Returns the displayed picture of an element, not its poster, once it is loaded."""
    image = page.locator(f"{place} :not([data-poster]) > img.picture")
    image.wait_for()
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=image.element_handle())
    return image


def whole(page):
    """Waits until the page has all of its scripts, to call what those of tabs that are closed export."""
    page.evaluate("studioLoaded.then((studio) => studio.rest()).then(() => null)")


def pixels(page, place="#sheet"):
    """Returns the FNV-1a hash of its decoded pixels."""
    return picture(page, place).evaluate("""image => {
        const canvas = Object.assign(document.createElement("canvas"), { width: image.naturalWidth, height: image.naturalHeight });
        const context = canvas.getContext("2d");
        context.drawImage(image, 0, 0);
        const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
        return data.reduce((hash, value) => Math.imul(hash ^ value, 16777619), 2166136261);
    }""")


def changed(page, act, place="#sheet"):
    """Returns the hash of the pixels after `act`, which must change them."""
    before = pixels(page, place)
    act()
    for _ in range(100):
        after = pixels(page, place)
        if after != before:
            return after
        page.wait_for_timeout(100)
    raise AssertionError("the picture did not change")


def until(page, holds):
    """Whether `holds()` becomes true within ten seconds."""
    for _ in range(50):
        if holds():
            return True
        page.wait_for_timeout(200)
    return False


def choose(page, menu, number):
    """Selects an option of a menu."""
    page.locator(f"{menu} input").click()
    page.get_by_role("option").nth(number).click()


def say(page, caption, place="#sheet"):
    """Waits until the caption of a picture contains `caption`."""
    page.locator(f"{place} .caption", has_text=caption).wait_for()


def slide(page, place, value):
    """Moves a native slider, with the event that a pointer fires."""
    page.locator(f"{place} input[type=range]").first.evaluate(
        "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input', { bubbles: true })); }", str(value)
    )


def come_back(page):
    """Opens the page in a new tab of the same browser, by its URL without a fragment."""
    again = page.context.new_page()
    again.goto(page.url.split("#")[0])
    return again


def run_of(page):
    """Returns the facts of the selected run once the page's scripts have loaded it."""
    page.wait_for_function("window.studio?.engine?.run()")
    return page.evaluate("studio.engine.run()")


def fits(page):
    return page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


def opened(kind, content):
    """Returns an animation's number of frames, their size, and the duration in seconds."""
    if kind != "mp4":
        with Image.open(io.BytesIO(content)) as image:
            times = []
            for frame in range(image.n_frames):
                image.seek(frame)
                image.load()
                times.append(image.info["duration"])
            return image.n_frames, image.size, sum(times) / 1000
    av = pytest.importorskip("av")
    with av.open(io.BytesIO(content)) as film:
        pictures = list(film.decode(video=0))
        return len(pictures), (pictures[0].width, pictures[0].height), film.duration / 1e6


def filmed(page):
    """Waits until every visible picture of Epochs is drawn."""
    page.wait_for_function("""() => {
        const seen = [...document.querySelectorAll("#film .plate canvas")].filter((canvas) => canvas.checkVisibility());
        return seen.length > 0 && seen.every((canvas) => canvas.width > 1);
    }""")


def cursor(page):
    """Returns the position of the cursor of Epochs: in the film, in the curves and in the strip."""
    return SimpleNamespace(
        stop=int(page.locator("#film input.moment").input_value()),
        x=float(page.locator("#film svg .cursor").get_attribute("x1")),
        column=int(page.locator("#film .strip-mark").evaluate("mark => mark.style.getPropertyValue('--at')")),
    )
