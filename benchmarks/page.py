"""How long a visitor waits: from `python app.py` to the first picture, and for a grid of 64 after that, alone and while the
page trains another visitor's run.

    python benchmarks/page.py            # five starts, medians; needs Chromium

A start is timed from the process's launch until Chromium has decoded the picture; the browser itself runs already, as a
visitor's does. A grid is timed from the call of `/sample` until the client holds the PNG, each with a new seed. The training
is that of the Train tab: the digits, only the sevens.
"""

import argparse
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gradio_client import Client
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
DRAWN = "() => [...document.querySelectorAll('#sheet img')].some((image) => image.complete && image.naturalWidth > 0)"

# Starts a training and waits until it has taken steps.
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
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        measured = [measure(browser, options.grids) for _ in range(options.starts)]
        browser.close()
    report("start to first picture", [first for first, _, _ in measured])
    report("grid of 64 over /sample", [grid for _, grids, _ in measured for grid in grids])
    report("the same beside a training", [grid for _, _, grids in measured for grid in grids])


def measure(browser, grids: int) -> tuple[float, list[float], list[float]]:
    """Seconds to the first picture of a fresh app, of each grid after it, and of each while the page trains."""
    with tempfile.TemporaryDirectory() as jobs:
        return _measured(browser, grids, jobs)


def _measured(browser, grids: int, jobs: str) -> tuple[float, list[float], list[float]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    began = time.perf_counter()
    command = [sys.executable, ROOT / "app.py", "--port", str(port), "--jobs", jobs, "--runtime", "off"]
    app = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        page = browser.new_page()
        page.goto(url)
        page.wait_for_function(DRAWN)
        first = time.perf_counter() - began
        client = Client(url, verbose=False)
        alone = timed_grids(client, grids)
        page.evaluate(TRAIN)
        return first, alone, timed_grids(client, grids)
    finally:
        app.terminate()
        app.wait()


def wait_for(port: int) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)


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
