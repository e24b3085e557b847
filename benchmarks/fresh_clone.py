"""Measures the first minutes of a newcomer: a clone, an environment, the installation, the page, and a digit that one can read.

    python benchmarks/fresh_clone.py                      # downloads all packages; needs Chromium

The commands are those of the README, each timed by the clock, in a temporary folder, with an empty cache of pip's. A digit can
be read at the first snapshot of which at least 90 % of the samples are the digits that they were asked for, by the digit
classifier; snapshots are taken every 5,000 images, and measured after the training.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from browsing import DRAWN, ROOT, chromium, served

READABLE = 0.9  # agreement of the samples with their labels
IMAGES, EVERY, SET = 40_000, 5_000, 60_000
OWN = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "GANLIB_CACHE")  # of the shell that measures


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        project = Path(folder) / "project"
        environment = {name: value for name, value in os.environ.items() if name not in OWN} | {
            "PIP_NO_CACHE_DIR": "1", "XDG_CACHE_HOME": str(Path(folder) / "cache"),
        }  # fmt: skip
        os.environ.clear()
        os.environ.update(environment)
        with timed("git clone"):
            run(Path(folder), "git", "clone", "--quiet", str(ROOT), str(project))
        with timed("python3 -m venv"):
            run(project, sys.executable, "-m", "venv", ".venv")
        with timed("pip install -r requirements.txt"):
            run(project, ".venv/bin/pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt")
        size = sum(path.lstat().st_size for path in (project / ".venv").rglob("*") if path.is_file())
        print(f"{'':36}{size / 1e9:8.2f} GB of packages")
        for which in ("first", "second"):
            with chromium() as browser, timed(f"python app.py, the {which} time, to a picture"):
                look(browser, project)
        seconds, images = readable(project)
        print(f"{'python train.py --dataset mnist':36}{seconds:8.1f} s to a digit one can read, after {images:,} images")


@contextmanager
def timed(name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    print(f"{name:36}{time.perf_counter() - began:8.1f} s", flush=True)


def run(folder: Path, *command: str) -> str:
    return subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


def look(browser, project: Path) -> None:
    with served(project / "checkpoints", checkout=project, python=project / ".venv/bin/python") as url:
        page = browser.new_page()
        page.goto(url, wait_until="commit")
        page.wait_for_function(DRAWN)
        page.close()


def readable(project: Path) -> tuple[float, int]:
    """Returns the seconds from the command to the first snapshot whose digits one can read, and the images it had seen."""
    python, moments = project / ".venv/bin/python", {}
    kept = ",".join(f"{images / SET:.6f}" for images in range(EVERY, IMAGES + 1, EVERY))  # in epochs
    said = f"train.py --dataset mnist --images {IMAGES} --snapshot-at {kept} --log-to json --quiet --out new"
    command = [python, *said.split()]
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True) as training:
        for line in training.stdout:
            event = json.loads(line)
            if event["event"] == "snapshot" and event["images"]:
                moments[event["images"]] = time.perf_counter() - began
    run(project, str(python), "-m", "ganlib.evaluate", "new", "--metrics", "digits", "--num", "2000", "--epoch", "all")
    scores = json.loads((project / "new" / "scores.json").read_text())["snapshots"]
    for images, seconds in moments.items():
        if scores[f"{images:09}"]["agreement"]["value"] >= READABLE:
            return seconds, images
    raise SystemExit(f"No snapshot up to {IMAGES:,} images has digits that one can read.")


if __name__ == "__main__":
    main()
