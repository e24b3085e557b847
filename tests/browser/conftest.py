"""Fixtures for browser tests: `python app.py` in its own process, driven by Chromium.

Without a browser these tests are skipped with the reason; where CI=true they fail.
"""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from scratch_copy import ScratchCopy
from serving import start_app

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the first has no windows to draw
SHIPPED = Path(os.environ.get("STUDIO_TEST_CHECKPOINTS", ROOT / "checkpoints"))
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    "--process-per-site",  # a new page of a context finds the process of those before it, and their scripts compiled
    # Half of what it costs to open a page: for each window Chromium draws two popups under a place for addresses that nobody
    # sees. The others are those of playwright's own list, which this one replaces, that would ask or say something by themselves.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,HttpsUpgrades,MediaRouter,OptimizationHints,LensOverlay",
]  # fmt: skip
DESKTOP, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
# What Gradio's client says of the requests that are open when a page is left
LEAVING = ("AbortError", "Unexpected error Connection errored out")


def lacking(reason):
    """Skips on a user's machine; fails where the browser must be there."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)


def pytest_collection_modifyitems(items):
    # Server, browser and four workers on two cores: what failed for want of time may try once more, and is then named.
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def launch():
    """Starts Chromium with further flags."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        lacking("the browser tests need `pip install -r requirements-dev.txt`")
    system = next(filter(None, map(shutil.which, BROWSERS)), None)
    browsers = []

    def launch(*flags):
        try:
            browsers.append(playwright.chromium.launch(executable_path=system, args=[*FLAGS, *flags]))
        except Error as error:
            lacking(f"the browser tests need Chromium, or `playwright install chromium` ({error.message.splitlines()[0]})")
        return browsers[-1]

    with sync_playwright() as playwright:
        yield launch
        for browser in browsers:
            browser.close()


@pytest.fixture(scope="session")
def browser(launch):
    return launch()


@pytest.fixture(scope="session")
def all_shipped():
    """The folder with all runs that ship with the project."""
    if not (SHIPPED / "mnist" / "snapshots").is_dir():
        lacking("checkpoints/mnist is not there")
    return SHIPPED


@pytest.fixture(scope="session")
def shipped(all_shipped, tmp_path_factory):
    """A folder with the two of them that the page was made for."""
    folder = tmp_path_factory.mktemp("shipped") / "checkpoints"
    folder.mkdir()
    for name in ("mnist", "anime-faces"):
        if (all_shipped / name).is_dir():
            (folder / name).symlink_to(all_shipped / name)
    return folder


@pytest.fixture(scope="session")
def axe():
    """The text of axe-core, which finds what the page lacks for the ear and the eye."""
    path = Path(os.environ.get("AXE_CORE", ROOT / "node_modules" / "axe-core" / "axe.min.js"))
    if not path.is_file():
        lacking("the contrast and label checks need `npm install axe-core`")
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def runtime():
    """The folder with onnxruntime-web's files."""
    folder = Path(os.environ.get("ONNXRUNTIME_WEB", ROOT / "node_modules" / "onnxruntime-web" / "dist"))
    if not folder.is_dir():
        lacking("drawing in the browser needs `npm install onnxruntime-web@1.30.0`")
    return folder


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """Starts app.py over a folder of runs; returns its process and its address. It ends with the file that asked for it."""
    with _apps(tmp_path_factory) as start:
        yield start


@pytest.fixture(scope="session")
def serve(tmp_path_factory):
    """Starts app.py over a folder of runs, once for each; returns its address.

    The folders of single tests share one app, which sees each in its turn: an app takes longer to start than to test.
    """
    apps, stage = {}, tmp_path_factory.mktemp("stage") / "checkpoints"
    with _apps(tmp_path_factory) as start:

        def serve(checkpoints):
            if _of_one_test(checkpoints):
                stage.unlink(missing_ok=True)
                stage.symlink_to(checkpoints)
                checkpoints = stage
            if checkpoints not in apps:
                apps[checkpoints] = start(checkpoints)
            return apps[checkpoints][1]

        yield serve


@contextmanager
def _apps(tmp_path_factory):
    processes = []

    def start(checkpoints, runtime="off", options=(), **environment):
        processes.append(start_app(checkpoints, tmp_path_factory.mktemp("app"), runtime, options, **environment))
        return processes[-1]

    yield start
    for process, _ in processes:
        process.terminate()
    for process, _ in processes:
        process.wait(20)


class Contexts:
    """Contexts of the browser, each for one visitor at a time and then, emptied, for the next one like that at the same folder:
    a page opens with two thirds of the work where its context has opened another before."""

    MOST = 6  # that wait for a visitor

    def __init__(self, browser):
        self._browser, self._idle = browser, []

    def take(self, checkpoints, settings):
        wanted = (checkpoints, settings)
        for number, (there, _) in enumerate(self._idle):
            if there == wanted:
                return self._idle.pop(number)[1]
        context = self._browser.new_context(**settings)
        context.new_page()  # an empty one, which stays
        return context

    def give_back(self, checkpoints, settings, context):
        empty, *pages = context.pages
        if _of_one_test(checkpoints):
            return context.close()
        origins = {f"{url.scheme}://{url.netloc}" for page in pages if (url := urlsplit(page.url)).scheme == "http"}
        for page in pages:
            page.close()
        context.clear_cookies()
        storage = context.new_cdp_session(empty)
        for origin in origins:
            storage.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
        storage.detach()
        self._idle.append(((checkpoints, settings), context))
        if len(self._idle) > self.MOST:
            self._idle.pop(0)[1].close()


@pytest.fixture(scope="session")
def contexts(browser):
    return Contexts(browser)


@pytest.fixture
def copy(tmp_path):
    """A copy of the project, to be extended; a test that takes its `serve` opens the copy's app."""
    copy = ScratchCopy(tmp_path)
    yield copy
    copy.end()


@pytest.fixture
def open_page(contexts, serve):
    """Opens a page over `checkpoints`, without the motion that a test hasn't asked for by `moves`. At the end of the test
    nothing may have gone wrong in its console."""
    taken, visits, problems = [], [], []
    watching = {
        "console": lambda message: message.type == "error" and problems.append(message.text),
        "weberror": lambda error: problems.append(str(error.error)),
        "request": lambda request: (
            _at_home(request.url) or problems.append(f"asked for {request.url}"),
            request.is_navigation_request() and visits.append(request.url),
        ),
    }

    def open_page(checkpoints, language="en-US", look="light", viewport=DESKTOP, moves=False, **settings):
        motion = "no-preference" if moves else "reduce"
        settings |= {"locale": language, "color_scheme": look, "viewport": viewport, "reduced_motion": motion}
        context = contexts.take(checkpoints, settings)
        taken.append((checkpoints, settings, context))
        for event, watch in watching.items():
            context.on(event, watch)
        page = context.new_page()
        page.goto(serve(checkpoints))
        return page

    yield open_page
    for checkpoints, settings, context in taken:
        contexts.give_back(checkpoints, settings, context)
        for event, watch in watching.items():
            context.remove_listener(event, watch)
    left = len(visits) > len(taken)  # a page was left for another, or loaded anew
    assert not [problem for problem in problems if not (left and problem.startswith(LEAVING))]


def _of_one_test(checkpoints):
    return checkpoints.name.startswith("test_")  # as pytest names its tmp_path


def _at_home(url):
    return url.startswith(("http://127.0.0.1", "blob:", "data:"))
