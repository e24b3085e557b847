"""Measures how many pictures a second the large picture shows while one drags a part of it in Chromium, which searches itself.

    npm install onnxruntime-web@1.30.0       # once
    python benchmarks/dragging.py            # needs Chromium; on an idle machine
    python benchmarks/dragging.py --run anime-faces --seconds 10

Each picture takes a step of the solver, 19 forward passes, from the one before. The pointer goes back and forth.
"""

import argparse
import math
import time
from pathlib import Path

from browsing import CALM, ROOT, RUNTIME, chromium, served

LOADED = 120_000  # ms for loading a generator and drawing its candidates
PACE = 60  # movements of the pointer a second, as a mouse makes them
SWINGS = 0.5  # of the pointer, a second
AT, FAR = (0.5, 0.45), 0.15  # where the drag begins, and how far it goes, in sides of the square
ASKED = {"mnist": 15, "anime-faces": 6}  # pictures a second


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoints", type=Path, default=ROOT / "checkpoints", help="the folder of runs")
    parser.add_argument("--run", action="append", help=f"a run (default: {' and '.join(ASKED)})")
    parser.add_argument("--seconds", type=float, default=6.0, help="of a drag (default: 6)")
    parser.add_argument("--runtime", type=Path, default=RUNTIME, help="onnxruntime-web's files")
    options = parser.parse_args()
    with served(options.checkpoints, options.runtime) as url, chromium() as browser:
        for run in options.run or ASKED:
            rate = measure(browser, url, run, options.seconds)
            asked = f" (asked: {ASKED[run]})" if run in ASKED else ""
            print(f"{run:16} {rate:.1f} pictures a second while it is dragged{asked}")


def measure(browser, url: str, run: str, seconds: float) -> float:
    """Returns the pictures a second."""
    page = browser.new_page(viewport={"width": 1280, "height": 1000}, reduced_motion="reduce")
    page.set_default_timeout(LOADED)
    page.goto(f"{url}/#run={run}")
    page.wait_for_function("window.studio?.engine?.run()")
    page.locator("#projection summary").click()
    page.wait_for_function("studio.local.has(studio.explore.scene())")
    page.evaluate("studio.local.prepare(studio.explore.scene())")
    page.locator(".yours-paint").click()
    page.locator(".yours-drag").click()
    page.wait_for_timeout(CALM)
    square = page.locator(".yours-square")
    square.scroll_into_view_if_needed()
    box = square.bounding_box()
    x, y = box["x"] + AT[0] * box["width"], box["y"] + AT[1] * box["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    before, began = page.evaluate("studio.explore.painted"), time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        page.mouse.move(x + FAR * box["width"] * math.sin(2 * math.pi * SWINGS * passed), y)
        page.wait_for_timeout(1000 / PACE)
    rate = (page.evaluate("studio.explore.painted") - before) / (time.perf_counter() - began)
    page.mouse.up()
    page.close()
    return rate


if __name__ == "__main__":
    main()
