"""Measures waiting times: from `python app.py` to the first picture, then for a grid of 64, alone and while the page trains
another visitor's run, and for a film of 120 frames.

    python benchmarks/page.py            # five starts, medians; needs Chromium

A start is timed from the process's launch until Chromium, which runs already, has decoded the picture. A grid is timed from
the call of `/sample` until the client has the PNG, each with a new seed. The training is one of the Train tab on the sevens
of the digits. A film is the Interpolate tab's through three key frames, timed from the click on WebP, GIF or MP4 until
Chromium has the whole file, for a run of 28 px and the largest, of 64.
"""

import argparse
import re
import statistics
import time

from browsing import DRAWN, chromium, served
from gradio_client import Client

FILMED, FRAMES = ("mnist", "anime-faces"), "120"
READY = """() => document.querySelector("#interpolate .morph")?.ariaBusy === "false" &&
    document.querySelector("#interpolate .key")"""

# Starts a training and waits for its first steps.
TRAIN = """async () => {
    const source = { kind: "built-in", name: "mnist", classes: ["7"] };
    const { id } = await studio.training.ask("start", { request: { run: "mnist", images: null, source, minutes: 5 } });
    while (!((await studio.training.ask("state", { id })).images > 0)) await new Promise((done) => setTimeout(done, 200));
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=5, help="how often the app is started (default: 5)")
    parser.add_argument("--grids", type=int, default=10, help="grids of 64 a start (default: 10)")
    options = parser.parse_args()
    with chromium() as browser:
        measured = [measure(browser, options.grids) for _ in range(options.starts)]
    for what in measured[0]:
        report(what, [seconds for times in measured for seconds in times[what]])


def measure(browser, grids: int) -> dict[str, list[float]]:
    """Seconds to a fresh app's first picture, then of each film and grid, then of each grid while the page trains."""
    began = time.perf_counter()
    with served() as url:
        page = browser.new_page()
        page.goto(url)
        page.wait_for_function(DRAWN)
        times = {"start to first picture": [time.perf_counter() - began]}
        for run in FILMED:
            times |= films(browser, url, run)
        client = Client(url, verbose=False)
        times["grid of 64 over /sample"] = timed_grids(client, grids)
        page.evaluate(TRAIN)
        times["the same beside a training"] = timed_grids(client, grids)
        return times


def films(browser, url: str, run: str) -> dict[str, list[float]]:
    """Times each kind of file that the Interpolate tab saves."""
    page, times = browser.new_page(), {}
    page.goto(url)
    page.wait_for_function("window.studio?.engine?.run()")
    if page.evaluate("studio.engine.run().run") != run:
        page.locator("#run input").click()
        page.get_by_role("option", name=re.compile(f"^{re.escape(run)}")).first.click()
        page.wait_for_function("run => studio.engine.run().run === run", arg=run)
    page.get_by_role("tab", name="Interpolate").click()
    page.wait_for_function(READY)
    page.locator("#interpolate [name=frames]").fill(FRAMES)
    page.wait_for_timeout(1000)
    page.wait_for_function(READY)
    for kind in ("webp", "gif", "mp4"):
        began = time.perf_counter()
        with page.expect_download() as file:
            page.locator(f"#interpolate [data-kind={kind}]").click()
        file.value.path()
        times[f"film of {run}, {kind}"] = [time.perf_counter() - began]
    page.close()
    return times


def timed_grids(client: Client, num: int) -> list[float]:
    return [timed(lambda seed=seed: client.predict("mnist", num=64, seed=seed, api_name="/sample")) for seed in range(num)]


def timed(call) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def report(what: str, seconds: list[float]) -> None:
    print(f"{what:28} median {statistics.median(seconds):.2f} s, worst {max(seconds):.2f} s of {len(seconds)}")


if __name__ == "__main__":
    main()
