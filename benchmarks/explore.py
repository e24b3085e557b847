"""Measures how fast a picture follows its slider: a drag of 3 seconds in Chromium for every shipped run, drawn by the server
and drawn in the browser.

    npm install onnxruntime-web@1.30.0      # once, for the second way
    python benchmarks/explore.py            # needs Chromium

The mouse drags the first slider of the selected picture to its right end, then to its left, in 200 moves. A picture counts
if its canvas is painted between the first and the last move. Latency: from the move that a picture shows (the newest when
it was requested) to the browser's first frame after it was painted.
"""

import argparse
import re
import statistics
import time
from pathlib import Path

from browsing import CALM, ROOT, RUNTIME, SAVE, chromium, runs_of, served

SLIDER = ".explore .axis input[type=range]"
MOVES = 200  # more than can be shown: 120 in 3 s would limit the rate to 40 a second
LOADED = 60_000  # ms for loading a generator into the page
# Records the time of every move, and of the frame that shows its picture.
WATCH = """(slider) => {
    const watched = window.watched = { moves: [], latencies: [], paintings: [] };
    let painted = studio.explore.painted, asked = 0;
    slider.addEventListener("input", () => watched.moves.push(performance.now()), true);
    const draw = studio.engine.draw;
    studio.engine.draw = (question) => { asked = watched.moves.at(-1); return draw(question); };
    Object.defineProperty(studio.explore, "painted", {
        get: () => painted,
        set: (value) => {
            painted = value;
            watched.paintings.push(performance.now());
            const since = asked;
            if (since) requestAnimationFrame(() => watched.latencies.push(performance.now() - since));
        },
    });
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoints", type=Path, default=ROOT / "checkpoints", help="the folder of runs")
    parser.add_argument("--drags", type=int, default=3, help="how often each slider is dragged (default: 3)")
    parser.add_argument("--runtime", type=Path, default=RUNTIME, help="onnxruntime-web's files")
    parser.add_argument("--seconds", type=float, default=3, help="a drag's length (default: 3)")
    options = parser.parse_args()
    ways = ["server", "browser"] if options.runtime.is_dir() else ["server"]
    runtime = options.runtime if options.runtime.is_dir() else "off"
    with served(options.checkpoints, runtime) as url, chromium() as browser:
        for run, way in [(run, way) for run in runs_of(options.checkpoints) for way in ways]:
            report(f"{run}, {way}", [measure(browser, url, run, way, options.seconds) for _ in range(options.drags)])


def measure(browser, url: str, run: str, way: str, seconds: float) -> tuple[float, list[float]]:
    """Returns pictures a second of one drag in a fresh page, and each picture's delay in milliseconds."""
    page = browser.new_page(viewport={"width": 1280, "height": 860}, reduced_motion="reduce")  # no landing animation
    if way == "server":
        page.add_init_script(SAVE)
    page.goto(url)
    page.wait_for_function("window.studio?.engine?.run()")
    if page.evaluate("studio.engine.run().run") != run:
        page.locator("#run input").click()
        page.get_by_role("option", name=re.compile(f"^{re.escape(run)}")).first.click()
        page.wait_for_function("run => studio.engine.run().run === run", arg=run)
    slider = page.locator(SLIDER).first
    slider.wait_for()
    if way == "browser":
        page.locator(".explore .high").nth(1).click()  # the generator is loaded after an interaction
        page.wait_for_function("studio.local.has(studio.explore.scene())", timeout=LOADED)
    page.wait_for_timeout(CALM)
    slider = page.locator(SLIDER).first
    slider.scroll_into_view_if_needed()
    slider.evaluate(WATCH)
    drag(page, slider.bounding_box(), float(slider.input_value()), seconds)
    page.wait_for_timeout(CALM)
    watched = page.evaluate("window.watched")
    page.close()
    first, last = watched["moves"][0], watched["moves"][-1]
    paintings = [moment for moment in watched["paintings"] if first <= moment <= last]
    return 1000 * len(paintings) / (last - first), watched["latencies"]


def drag(page, box: dict[str, float], value: float, seconds: float) -> None:
    """Drags the slider (-3 to 3) from its value to its right end, then to its left, at a constant speed."""
    left, right, y = box["x"] + 8, box["x"] + box["width"] - 8, box["y"] + box["height"] / 2
    start = left + (right - left) * (value + 3) / 6
    page.mouse.move(start, y)
    page.mouse.down()
    began, to_right, way = time.perf_counter(), right - start, right - start + right - left
    for move in range(1, MOVES + 1):
        gone = way * move / MOVES
        time.sleep(max(0, began + seconds * move / MOVES - time.perf_counter()))
        page.mouse.move(start + gone if gone < to_right else right - (gone - to_right), y)
    page.mouse.up()


def report(run: str, drags: list[tuple[float, list[float]]]) -> None:
    rates = [rate for rate, _ in drags]
    behind = sorted(latency for _, latencies in drags for latency in latencies)
    print(
        f"{run:28} {statistics.median(rates):5.1f} pictures a second (worst drag {min(rates):.1f}), "
        f"latency p50 {behind[len(behind) // 2]:.0f} ms, p95 {behind[int(len(behind) * 0.95)]:.0f} ms"
    )


if __name__ == "__main__":
    main()
