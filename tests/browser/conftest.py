"""The real door in a real browser: `python app.py` in a process of its own, driven by Chromium.

Without a browser these tests are skipped with the reason; where CI=true they fail.
"""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest
from serving import start_app

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the first has no windows to draw
SHIPPED = Path(os.environ.get("STUDIO_TEST_CHECKPOINTS", ROOT / "checkpoints"))
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
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
            if checkpoints.name.startswith("test_"):  # as pytest names its tmp_path
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


@pytest.fixture
def open_page(browser, serve):
    """Opens a page over `checkpoints`, without the motion that a test hasn't asked for by `moves`. At the end of the test
    nothing may have gone wrong in its console."""
    contexts, visits, problems = [], [], []

    def open_page(checkpoints, language="en-US", look="light", viewport=DESKTOP, moves=False, **settings):
        motion = "no-preference" if moves else "reduce"
        context = browser.new_context(locale=language, color_scheme=look, viewport=viewport, reduced_motion=motion, **settings)
        contexts.append(context)
        context.on("console", lambda message: message.type == "error" and problems.append(message.text))
        context.on("weberror", lambda error: problems.append(str(error.error)))
        context.on("request", lambda request: _at_home(request.url) or problems.append(f"asked for {request.url}"))
        context.on("request", lambda request: request.is_navigation_request() and visits.append(request.url))
        page = context.new_page()
        page.goto(serve(checkpoints))
        return page

    yield open_page
    for context in contexts:
        context.close()
    left = len(visits) > len(contexts)  # a page was left for another, or loaded anew
    assert not [problem for problem in problems if not (left and problem.startswith(LEAVING))]


def _at_home(url):
    return url.startswith(("http://127.0.0.1", "blob:", "data:"))
