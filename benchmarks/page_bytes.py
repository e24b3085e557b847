"""Measures opening the page: bytes over the wire, requests, and milliseconds to the first picture, at a visitor's first
visit (a fresh browser profile) and at the second (the same profile, a new page).

    python benchmarks/page_bytes.py                          # medians of five visits of each kind; needs Chromium
    python benchmarks/page_bytes.py --before ../checkout     # beside another checkout of this project, in turn
    python benchmarks/page_bytes.py --distant                # as over a line of 10 Mbit/s, 40 ms away

Everything that the app's server sends until two seconds after the first picture counts, headers and Gradio's own files among
it: in one sum what the page consists of (document, config, scripts, styles), in another the answers to its questions, above
all pictures; of both, what has arrived at the first picture. The time runs from the beginning of the navigation until Chromium
has decoded the picture. No picture is drawn in the browser, and both checkouts show the runs of this one.
"""

import argparse
import contextlib
import statistics
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from browsing import CALM, DRAWN, FLAGS, PROGRAM, ROOT, served
from playwright.sync_api import sync_playwright

ANSWERS = ("/gradio_api/component_server", "/gradio_api/queue/", "/gradio_api/heartbeat/")
DISTANT = {"offline": False, "latency": 40, "downloadThroughput": 10e6 / 8, "uploadThroughput": 10e6 / 8}  # ms, bytes a second
MEASURES = ("bytes to the first picture", "of the page", "of answers", "requests", "ms to the first picture")


@dataclass
class Wire:
    """A page's received bytes by request, as Chromium counts them, and which requests were questions."""

    received: dict[str, float] = field(default_factory=dict)
    questions: set[str] = field(default_factory=set)

    def follow(self, session) -> None:
        session.on("Network.responseReceived", self._begun)
        session.on("Network.dataReceived", self._more)
        session.on("Network.loadingFinished", self._ended)

    def _begun(self, event: dict) -> None:
        response = event["response"]
        if response["url"].startswith("http") and not response.get("fromDiskCache") and not response.get("fromPrefetchCache"):
            self.received[event["requestId"]] = response["encodedDataLength"]
            if any(answer in response["url"] for answer in ANSWERS):
                self.questions.add(event["requestId"])

    def _more(self, event: dict) -> None:
        if event["requestId"] in self.received:
            self.received[event["requestId"]] += event["encodedDataLength"]

    def _ended(self, event: dict) -> None:
        if event["requestId"] in self.received:
            self.received[event["requestId"]] = event["encodedDataLength"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, help="another checkout, which is measured in turn with this one")
    parser.add_argument("--visits", type=int, default=5, help="visits of each kind (default: 5)")
    parser.add_argument("--distant", action="store_true", help="as over a line of 10 Mbit/s, 40 ms away")
    options = parser.parse_args()
    checkouts = {"before": options.before, "now": ROOT} if options.before else {"now": ROOT}
    measured: dict[tuple[str, str], list[list[float]]] = {}
    with contextlib.ExitStack() as stack:
        urls = {name: stack.enter_context(served(checkout=folder)) for name, folder in checkouts.items()}
        playwright = stack.enter_context(sync_playwright())
        for _ in range(options.visits):
            for name, url in urls.items():
                for visit, figures in zip(("first", "second"), visits(playwright, url, options.distant), strict=True):
                    measured.setdefault((visit, name), []).append(figures)
    report({key: [statistics.median(column) for column in zip(*rows, strict=True)] for key, rows in measured.items()})


def visits(playwright, url: str, distant: bool) -> list[list[float]]:
    """The first and second visit of a fresh profile: MEASURES of each."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        context = playwright.chromium.launch_persistent_context(profile, executable_path=PROGRAM, args=FLAGS)
        try:
            return [visit(context, url, distant) for _ in range(2)]
        finally:
            context.close()


def visit(context, url: str, distant: bool) -> list[float]:
    page, wire = context.new_page(), Wire()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    if distant:
        session.send("Network.emulateNetworkConditions", DISTANT)
    wire.follow(session)
    page.goto(url, wait_until="commit")
    time = page.wait_for_function(f"() => ({DRAWN})() && performance.now()").json_value()
    until_then = sum(wire.received.values())
    page.wait_for_timeout(CALM)
    answers = sum(wire.received[question] for question in wire.questions)
    figures = [until_then, sum(wire.received.values()) - answers, answers, len(wire.received), time]
    page.close()
    return figures


def report(medians: dict[tuple[str, str], list[float]]) -> None:
    for (visit, name), figures in medians.items():
        shares = [now / then for now, then in zip(figures, medians.get((visit, "before"), figures), strict=True)]
        said = [f"{figure:>11,.0f} {what} ({share:.2f})" for what, figure, share in zip(MEASURES, figures, shares, strict=True)]
        print(f"{visit:7}{name:7}", *said)


if __name__ == "__main__":
    main()
