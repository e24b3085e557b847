"""Measures how fast Interpolate's blend of two runs follows its slider, in Chromium: rows of eight pictures a second, each with
new weights and batch statistics.

    npm install onnxruntime-web@1.30.0      # once
    python benchmarks/blend.py              # needs Chromium

The slider of all layers moves at each frame for some seconds. Latency: from the move that a row shows to the first frame after
it was painted.
"""

import argparse
import statistics
from pathlib import Path

from browsing import CALM, ROOT, RUNTIME, chromium, served

LOADED = 120_000  # ms for the first blend: the graph with its weights as inputs, and both snapshots
PAIRS = (("mnist", "mnist-sevens"), ("anime-faces", "anime-faces-green"))
READY = """() => document.querySelector("#blend .blend")?.ariaBusy === "false" &&
    document.querySelectorAll('#blend [data-side="blend"] canvas').length === 8"""
# Moves the slider at each frame; the number of rows drawn, and the milliseconds of each from its move to the frame after it.
MOVE = """async (seconds) => {
    const slider = document.querySelector("#blend .blend-shares input"), latencies = [], draw = studio.blends.draw;
    let moved = 0;
    studio.blends.draw = async (...question) => {
        const since = moved, answer = await draw(...question);
        requestAnimationFrame(() => latencies.push(performance.now() - since));
        return answer;
    };
    const frame = () => new Promise(requestAnimationFrame), began = performance.now();
    for (let now = began; now - began < 1000 * seconds; now = performance.now()) {
        slider.value = 0.5 + 0.5 * Math.sin((now - began) / 500);
        moved = performance.now();
        slider.dispatchEvent(new Event("input"));
        await frame();
    }
    studio.blends.draw = draw;
    return latencies;
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5, help="how long the slider moves (default: 5)")
    parser.add_argument("--moves", type=int, default=3, help="how often it is moved (default: 3)")
    parser.add_argument("--runtime", type=Path, default=RUNTIME, help="onnxruntime-web's files")
    options = parser.parse_args()
    with served(ROOT / "checkpoints", options.runtime) as url, chromium() as browser:
        for run, other in PAIRS:
            report(f"{run} with {other}", measure(browser, url, run, other, options.seconds, options.moves), options.seconds)


def measure(browser, url: str, run: str, other: str, seconds: float, moves: int) -> list[list[float]]:
    """Returns each row's latency in milliseconds, a list for each move."""
    page = browser.new_page(viewport={"width": 1280, "height": 1000}, reduced_motion="reduce")
    page.goto(f"{url}/#tab=interpolate&run={run}")
    choice = page.locator("#blend option", has_text=other).first
    choice.wait_for(state="attached", timeout=LOADED)
    page.locator("#blend select").select_option(value=choice.get_attribute("value"))
    page.wait_for_function(READY, timeout=LOADED)
    latencies = []
    for _ in range(moves):
        page.wait_for_timeout(CALM)
        latencies.append(page.evaluate(MOVE, seconds))
    page.close()
    return latencies


def report(pair: str, latencies: list[list[float]], seconds: float) -> None:
    rates = [len(rows) / seconds for rows in latencies]
    every = sorted(latency for rows in latencies for latency in rows)
    print(
        f"{pair:28} {statistics.median(rates):5.1f} rows of 8 pictures a second (slowest {min(rates):.1f}), "
        f"latency p50 {statistics.median(every):.0f} ms, p95 {every[int(len(every) * 0.95)]:.0f} ms"
    )


if __name__ == "__main__":
    main()
