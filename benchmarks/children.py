"""Measures the time from a click on a child, in Generate's "Children", to the sixteen pictures of the next generation, in
Chromium, for every shipped run: drawn by the server, and drawn in the browser.

    npm install onnxruntime-web@1.30.0      # once, for the second way
    python benchmarks/children.py           # needs Chromium

The time ends with the browser's first frame after the pictures were painted. Meanwhile the chosen picture is drawn large, too.
"""

import argparse
import statistics
from pathlib import Path

from browsing import CALM, ROOT, RUNTIME, SAVE, chromium, runs_of, served
from explore import LOADED

GRID = "#children .children-grid button"
# Records the milliseconds from a click on a child to the frame that shows its children.
WATCH = """() => {
    window.times = [];
    let clicked = 0;
    document.querySelector("#children .children-grid").addEventListener("click", () => { clicked = performance.now(); }, true);
    const draw = studio.engine.draw;
    studio.engine.draw = async (question) => {
        const pictures = await draw(question);
        const since = clicked;
        if (since && question.latents.length === studio.evolution.NUM) {
            clicked = 0;
            requestAnimationFrame(() => window.times.push(performance.now() - since));
        }
        return pictures;
    };
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoints", type=Path, default=ROOT / "checkpoints", help="the folder of runs")
    parser.add_argument("--clicks", type=int, default=20, help="generations to breed of each run (default: 20)")
    parser.add_argument("--runtime", type=Path, default=RUNTIME, help="onnxruntime-web's files")
    options = parser.parse_args()
    ways = ["server", "browser"] if options.runtime.is_dir() else ["server"]
    runtime = options.runtime if options.runtime.is_dir() else "off"
    with served(options.checkpoints, runtime) as url, chromium() as browser:
        for run, way in [(run, way) for run in runs_of(options.checkpoints) for way in ways]:
            times = sorted(measure(browser, url, run, way, options.clicks))
            print(
                f"{run:28} {way:8} {statistics.median(times):6.0f} ms from a click to 16 children "
                f"(p95 {times[int(len(times) * 0.95)]:.0f} ms)"
            )


def measure(browser, url: str, run: str, way: str, clicks: int) -> list[float]:
    """Returns the milliseconds of each generation in a fresh page."""
    page = browser.new_page(viewport={"width": 1280, "height": 860}, reduced_motion="reduce")  # no landing animation
    if way == "server":
        page.add_init_script(SAVE)
    page.goto(f"{url}#run={run}")
    page.wait_for_function("window.studio?.explore?.state()")
    page.locator("#children summary").click()
    page.locator(GRID).nth(15).wait_for()
    if way == "browser":
        page.wait_for_function("studio.local.has(studio.explore.scene())", timeout=LOADED)
    page.wait_for_timeout(CALM)
    page.evaluate(WATCH)
    for click in range(clicks):
        page.locator(GRID).nth(click % 16).click()
        page.wait_for_function("num => window.times.length === num", arg=click + 1)
        page.wait_for_timeout(CALM)
    times = page.evaluate("window.times")
    page.close()
    return times


if __name__ == "__main__":
    main()
