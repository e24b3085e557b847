"""Measures the memory of a server: after its start, after one visitor, and after fifty.

    python benchmarks/memory.py                                    # needs Chromium and onnxruntime-web in node_modules
    python benchmarks/memory.py --before ../checkout --rounds 3    # beside another checkout of this project, in turn

The memory is the process's own (RssAnon in /proc/PID/status), without the mapped files, which the system can drop. The visitor
opens all five tabs, drags a slider, looks at the nearest images and plays an interpolation; the next ones do the same, each
in a browser context of their own. The server draws, as for visitors in data saving mode.
"""

import argparse
import re
import statistics
import time
from pathlib import Path

from browsing import CALM, ROOT, RUNTIME, SAVE, chromium, running
from explore import SLIDER, drag

TABS = ("Interpolate", "Epochs", "Train", "Learn")
SECONDS = 3  # of a drag
WAIT = 120_000  # ms
REST = 20  # seconds after which the server has returned what it freed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, help="another checkout, which is measured in turn with this one")
    parser.add_argument("--rounds", type=int, default=1, help="servers of each checkout (default: 1)")
    parser.add_argument("--visitors", type=int, default=50, help="in all (default: 50)")
    options = parser.parse_args()
    checkouts = {"before": options.before, "now": ROOT} if options.before else {"now": ROOT}
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in checkouts}
    with chromium() as browser:
        for _ in range(options.rounds):
            for name, folder in checkouts.items():
                measured[name].append(measure(browser, folder, options.visitors))
                print(f"{name:7}", *(f"{what} {mb:.0f} MB" for what, mb in measured[name][-1].items()), sep="  ", flush=True)
    for what in measured["now"][0]:
        medians = {name: statistics.median(one[what] for one in rounds) for name, rounds in measured.items()}
        ratio = medians["now"] / medians.get("before", medians["now"])
        print(f"{what:20}", *(f"{name} {mb:.0f} MB" for name, mb in medians.items()), f"ratio {ratio:.2f}", sep="  ")


def measure(browser, checkout: Path, visitors: int) -> dict[str, float]:
    """MB of a fresh server of a checkout at three times."""
    with running(ROOT / "checkpoints", RUNTIME if RUNTIME.is_dir() else "off", checkout) as (url, process):
        found = {"started": at_rest(process)}
        visit(browser, url)
        found["one visitor"] = at_rest(process)
        for _ in range(1, visitors):
            visit(browser, url)
        return found | {f"{visitors} visitors": at_rest(process)}


def visit(browser, url: str) -> None:
    """All that one visitor does."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    context.add_init_script(SAVE)
    page = context.new_page()
    page.goto(url)
    page.locator(SLIDER).first.wait_for(timeout=WAIT)
    slider = page.locator(SLIDER).first
    slider.scroll_into_view_if_needed()
    drag(page, slider.bounding_box(), float(slider.input_value()), SECONDS)
    page.locator("#explore .nearest summary").click()
    page.locator("#explore .nearest-row li").first.wait_for(timeout=WAIT)
    for tab in TABS:
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(CALM)
        if tab == "Interpolate":
            page.locator("#interpolate .run").click()
            page.wait_for_timeout(CALM)
    page.wait_for_timeout(CALM)
    context.close()


def at_rest(process: int) -> float:
    """MB of the process's own memory, some time after the last visit."""
    time.sleep(REST)
    return int(re.search(r"RssAnon:\s*(\d+) kB", Path(f"/proc/{process}/status").read_text())[1]) * 1024 / 1e6


if __name__ == "__main__":
    main()
