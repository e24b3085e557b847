"""Tests that the page is served before torch is imported, and that what is asked meanwhile is answered afterwards."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from studio.late import later, made

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "safetensors", "ganlib.networks", "ganlib.recipes", "ganlib.runs.run", "ganlib.datasets")

# Lays the page out, and prints which of HEAVY are imported once a visitor has it, and once the first answer is there.
VISITED = f"""
import sys, threading
from pathlib import Path

import httpx
from studio import server

def imported():
    print(*(name for name in {HEAVY} if name in sys.modules), sep=",", flush=True)

with server._laid_out(server.Settings(Path("checkpoints"), Path(sys.argv[1]))) as (studio, page, _):
    with httpx.Client(base_url=page.local_url, timeout=60) as visitor:
        answers = [visitor.get(path) for path in ("", "config", "theme.css", "gradio_api/studio/poster")]
        assert all(answer.status_code == 200 and answer.content for answer in answers)
        asked = []
        asking = threading.Thread(target=lambda: asked.append(visitor.get("gradio_api/studio/sample/mnist?num=4")))
        asking.start()
        asking.join(0.2)
        imported()
        assert not asked
        with studio.answering():
            asking.join()
            assert asked[0].headers["content-type"] == "image/png"
            imported()
    page.close(verbose=False)
"""


@pytest.mark.slow
def test_a_visitor_has_the_page_and_its_poster_before_torch_is_imported(tmp_path):
    command = [sys.executable, "-c", VISITED, str(tmp_path / "jobs")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    before, after = done.stdout.splitlines()
    assert before == "" and after.split(",") == list(HEAVY)


def test_what_stands_for_an_object_makes_it_once_when_it_is_used():
    makings = []

    def make():
        makings.append(1)
        return ["a", "b"]

    standing = later(make)
    assert not makings
    assert standing.index("b") == 1 and made(standing) == ["a", "b"] and makings == [1]
    assert made(makings) is makings


def test_one_that_is_being_made_holds_up_no_other():
    used = threading.Event()
    slow = later(lambda: [used.wait(10)])
    making = threading.Thread(target=made, args=[slow])
    making.start()
    assert made(later(lambda: "other")) == "other"
    used.set()
    making.join()
    assert made(slow) == [True]
