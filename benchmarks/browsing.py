"""An app and a Chromium of their own, for the benchmarks that look at the page as a visitor does."""

import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
RUNTIME = ROOT / "node_modules" / "onnxruntime-web" / "dist"
PROGRAM = shutil.which("chromium-headless-shell") or shutil.which("chromium")  # None: Playwright's own
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
CALM = 2000  # ms for what else the page draws before and after a measurement
# In data saving mode the server draws.
SAVE = "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })"
DRAWN = "() => [...document.querySelectorAll('#sheet img')].some((image) => image.complete && image.naturalWidth > 0)"


@contextlib.contextmanager
def served(
    checkpoints: Path = ROOT / "checkpoints",
    runtime: Path | str = "off",
    checkout: Path = ROOT,
    python: Path | str = sys.executable,
) -> Iterator[str]:
    """Starts a checkout's app over a folder of runs, by a Python of its own; yields its address once it listens."""
    with running(checkpoints, runtime, checkout, python) as (url, _):
        yield url


@contextlib.contextmanager
def running(
    checkpoints: Path, runtime: Path | str, checkout: Path, python: Path | str = sys.executable
) -> Iterator[tuple[str, int]]:
    """As `served`; yields the id of the app's process too."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as jobs:  # where a training may be writing for a while
        command = [python, "app.py", "--port", port, "--jobs", jobs, "--checkpoints", checkpoints, "--runtime", runtime]
        app = subprocess.Popen(list(map(str, command)), cwd=checkout, stdout=subprocess.DEVNULL)
        try:
            _wait_for(app, port)
            yield f"http://127.0.0.1:{port}", app.pid
        finally:
            app.terminate()
            app.wait()


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Yields a Chromium without windows."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        yield browser
        browser.close()


def runs_of(checkpoints: Path) -> list[str]:
    """Returns the names of the runs that have a snapshot."""
    return sorted({path.parents[1].name for path in checkpoints.glob("*/snapshots/*.safetensors")})


def _wait_for(app: subprocess.Popen, port: int) -> None:
    while app.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
    raise SystemExit(f"app.py did not start: it ended with {app.returncode}.")
