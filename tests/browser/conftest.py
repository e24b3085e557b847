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
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the first is headless only
SHIPPED = Path(os.environ.get("STUDIO_TEST_CHECKPOINTS", ROOT / "checkpoints"))
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    "--js-flags=--interrupt-budget=2000000 --interrupt-budget-for-maglev=500000",  # most scripts run once in a test: compile less
    "--process-per-site",  # new pages of a context reuse its process, and its compiled scripts
    # Halves the time to open a page: Chromium renders two popups of the address bar for each window. The other features are
    # from playwright's own list, which this option replaces: those that send requests or show messages by themselves.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,HttpsUpgrades,MediaRouter,OptimizationHints,LensOverlay",
]  # fmt: skip
DESKTOP, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
# Gradio's errors about requests that are pending when a page is left
LEAVING = ("AbortError", "Unexpected error Connection errored out")


def lacking(reason):
    """Skips the test on a user's machine; fails it if CI=true."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)


def pytest_collection_modifyitems(items):
    # Server, browser and four workers share two cores: a test that fails by a timeout is rerun once, and reported.
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def launch():
    """A function that starts Chromium with additional flags."""
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
    """The folder of all shipped runs."""
    if not (SHIPPED / "mnist" / "snapshots").is_dir():
        lacking("checkpoints/mnist is not there")
    return SHIPPED


@pytest.fixture(scope="session")
def shipped(all_shipped, tmp_path_factory):
    """A folder with the shipped runs mnist and anime-faces."""
    folder = tmp_path_factory.mktemp("shipped") / "checkpoints"
    folder.mkdir()
    for name in ("mnist", "anime-faces"):
        if (all_shipped / name).is_dir():
            (folder / name).symlink_to(all_shipped / name)
    return folder


@pytest.fixture(scope="session")
def axe():
    """The script of axe-core, which checks accessibility."""
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
    """A function that starts app.py over a folder of runs and returns its process and URL. The app ends with the test file."""
    with _apps(tmp_path_factory) as start:
        yield start


@pytest.fixture(scope="session")
def serve(tmp_path_factory):
    """A function that starts app.py once for each folder of runs, and returns its URL.

    The folders of single tests share one app, which gets each in turn by a symbolic link: starting an app takes longer than a test.
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
    """Browser contexts, cleared and reused by later visitors with the same settings and folder: a page opens with two thirds of
    the work in a context that has opened one before."""

    MOST = 6  # unused contexts that are kept

    def __init__(self, browser):
        self._browser, self._idle = browser, []

    def take(self, checkpoints, settings):
        wanted = (checkpoints, settings)
        for number, (there, _) in enumerate(self._idle):
            if there == wanted:
                return self._idle.pop(number)[1]
        context = self._browser.new_context(**settings)
        context.new_page()  # stays open, so that the context keeps its process
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
    """A copy of the project to extend; `open_page` with its `serve` opens the copy's app."""
    copy = ScratchCopy(tmp_path)
    yield copy
    copy.end()


@pytest.fixture
def open_page(contexts, serve):
    """A function that opens a page over `checkpoints`, with reduced motion unless `moves`. Fails at the end of the test if the
    console has shown an error."""
    with _opening(contexts, serve) as open_page:
        yield open_page


@pytest.fixture(scope="module")
def open_shared(contexts, serve):
    """`open_page` for a page that tests of a file share because they leave it as it is."""
    with _opening(contexts, serve) as open_page:
        yield open_page


@contextmanager
def _opening(contexts, serve):
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
    left = len(visits) > len(taken)  # a page was left or reloaded
    assert not [problem for problem in problems if not (left and problem.startswith(LEAVING))]


def _of_one_test(checkpoints):
    return checkpoints.name.startswith("test_")  # as pytest names its tmp_path


def _at_home(url):
    return url.startswith(("http://127.0.0.1", "blob:", "data:"))
