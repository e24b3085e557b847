"""Measures the time from `python app.py` to the first picture in Chromium, which runs already.

    python benchmarks/opening.py                          # medians of five starts; needs Chromium
    python benchmarks/opening.py --before ../checkout     # beside another checkout of this project, in turn

`python benchmarks/page_bytes.py` measures the page alone, by its bytes too.
"""

import argparse
import statistics
import time
from pathlib import Path

from browsing import DRAWN, ROOT, chromium, served

MEASURES = ("until it listens", "to the first picture")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, help="another checkout, which is measured in turn with this one")
    parser.add_argument("--starts", type=int, default=5, help="starts of each (default: 5)")
    options = parser.parse_args()
    checkouts = {"before": options.before, "now": ROOT} if options.before else {"now": ROOT}
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in checkouts}
    with chromium() as browser:
        for _ in range(options.starts):
            for name, checkout in checkouts.items():
                measured[name].append(opened(browser, checkout))
    for name, rounds in measured.items():
        for what, seconds in zip(MEASURES, zip(*rounds, strict=True), strict=True):
            print(f"{name:7}{what:22} {statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f})")


def opened(browser, checkout: Path) -> tuple[float, float]:
    """Seconds from the start of a checkout's app until it listens, and until a page shows a picture."""
    began = time.perf_counter()
    with served(checkout=checkout) as url:
        listens = time.perf_counter() - began
        page = browser.new_page()
        page.goto(url, wait_until="commit")
        page.wait_for_function(DRAWN)
        found = listens, time.perf_counter() - began
        page.close()
    return found


if __name__ == "__main__":
    main()
