"""Tests the app under mixed requests for ten minutes: every answer is correct, and its memory stays flat.

python -m pytest -m soak                       # SOAK_MINUTES=1 is a shorter one
"""

import os
import random
import re
import statistics
import threading
import time
from pathlib import Path

import httpx
import pytest
from gradio_client import Client
from serving import ROOT, start_app

from ganlib import latents
from ganlib.sampling import labels_for
from studio.library import Library
from studio.validation import encode

STATUS = Path("/proc/self/status")
pytestmark = [
    pytest.mark.soak,
    pytest.mark.slow,
    pytest.mark.skipif(not STATUS.exists(), reason="a process's memory is read from /proc"),
]
SECONDS = 60 * float(os.environ.get("SOAK_MINUTES", 10))
VISITORS, MOST_PICTURES = 8, 64
READINGS = 90  # of the memory in total
GROWTH = 0.05  # at most, from the middle third of the time to the last
STUDIO = "/gradio_api/studio"


class Visitor:
    """A visitor who sends all kinds of questions in random order and checks each answer."""

    def __init__(self, url, number, runs):
        self.http, self.random, self.token = httpx.Client(base_url=url, timeout=120), random.Random(number), f"{number:032x}"
        self.runs, self.answered, self.wrong = runs, 0, []
        components = self.http.get("/config").json()["components"]
        self.engine = next(each["id"] for each in components if each["props"].get("elem_id") == "engine")

    def go_on(self, end):
        often, seldom = [self.sample, self.draw], [self.png, self.film, self.directions, self.weights, self.page, self.nonsense]
        while time.monotonic() < end:
            question = self.random.choice(4 * often + seldom)
            try:
                right = question(self.random.choice(self.runs))
            except Exception as error:
                right = False
                self.wrong.append(repr(error))
            self.answered += 1
            if not right:
                self.wrong.append(question.__name__)

    def sample(self, entry):
        query = {"num": self.random.randint(1, MOST_PICTURES), "seed": self.seed(), "visitor": self.token}
        query["epoch"] = f"{self.random.choice(entry.snapshots).epoch:.6f}"
        answer = self.http.get(f"{STUDIO}/sample/{entry.name}", params=query)
        return answer.status_code == 503 or answer.content.startswith(b"\x89PNG")

    def draw(self, entry):
        images = [snapshot.images for snapshot in self.random.sample(entry.snapshots, min(2, len(entry.snapshots)))]
        answer = self.ask("draw", entry, self.random.randint(1, MOST_PICTURES), images=images)
        return "pictures" in answer or "busy" in answer

    def png(self, entry):
        answer = self.ask("png", entry, 9, columns=3)
        return "png" in answer or "busy" in answer

    def film(self, entry):
        return "file" in self.ask("animation", entry, 3, frames=12, seconds=1, kind=self.random.choice(["webp", "gif", "mp4"]))

    def directions(self, entry):
        return "directions" in self.ask("directions", entry, 1)

    def weights(self, entry):
        address = f"{STUDIO}/weights/{entry.name}/{self.random.choice(entry.snapshots).images}"
        etag = self.http.get(address).headers["ETag"]
        return self.http.get(address, headers={"If-None-Match": etag}).status_code == 304

    def page(self, _):
        return "studio.engine" in self.http.get("/").text

    def nonsense(self, entry):
        query = self.random.choice(["num=0", "seed=x", "truncation=-1", "visitor=me", f"x={self.seed()}"])
        refused = self.http.get(f"{STUDIO}/sample/{entry.name}?{query}").status_code == 400
        return refused and "error" in self.ask("draw", entry, 1, z="none", run=str(self.seed()))

    def ask(self, what, entry, num, **said):
        """Sends a question about `num` latents of a run, as the page does."""
        recipe, labels = entry.run.config.recipe, labels_for(entry.run.config, num, None)
        question = {
            "what": what, "run": entry.name, "visitor": self.token, "labels": None if labels is None else labels.tolist(),
            "z": encode(latents.sample(num, recipe.latent_dim, self.seed(), recipe.latent)),
        }  # fmt: skip
        asked = {"session_hash": self.token, "component_id": self.engine, "fn_name": "ask", "data": question | said}
        return self.http.post("/gradio_api/component_server", json=asked).json()

    def seed(self):
        return self.random.randrange(2**32)


def queued(url, folder, end, wrong):
    """The same through Gradio's queue, by its own client."""
    client, seed = Client(url, verbose=False, download_files=str(folder)), 0
    while time.monotonic() < end:
        seed += 1
        try:
            client.predict("mnist", num=16, seed=seed, api_name="/sample")
            client.predict("mnist", frames=8, seconds=1, api_name="/interpolate")
        except Exception as error:
            wrong.append(repr(error))


def resident(process):
    """Returns the resident memory of a process in MB."""
    status = STATUS.parent.with_name(str(process.pid)) / STATUS.name
    return int(re.search(r"^VmRSS:\s+(\d+) kB", status.read_text(), re.M)[1]) / 1024


def test_memory_stays_flat_under_mixed_requests(tmp_path, capsys):
    (tmp_path / "app").mkdir()
    process, url = start_app(ROOT / "checkpoints", tmp_path / "app")
    try:
        runs, failures = [entry for entry in Library(ROOT / "checkpoints").entries().values() if entry.snapshots], []
        visitors = [Visitor(url, number, runs) for number in range(VISITORS)]
        assert all(visitors[0].weights(entry) for entry in runs)
        end = time.monotonic() + SECONDS
        threads = [threading.Thread(target=visitor.go_on, args=[end]) for visitor in visitors]
        threads.append(threading.Thread(target=queued, args=[url, tmp_path, end, failures]))
        for thread in threads:
            thread.start()
        memory = []
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, SECONDS / READINGS))
            memory.append(resident(process))
        for thread in threads:
            thread.join()
    finally:
        process.terminate()
        process.wait(20)

    answered, wrong = sum(visitor.answered for visitor in visitors), sum((visitor.wrong for visitor in visitors), failures)
    third = len(memory) // 3
    middle, last = statistics.median(memory[third : 2 * third]), statistics.median(memory[2 * third :])
    with capsys.disabled():
        print(f"\n{answered} answers in {SECONDS:.0f} s; {memory[0]:.0f} MB at first, then {middle:.0f}, at last {last:.0f}")
    assert not wrong, wrong[:10]
    assert last <= middle * (1 + GROWTH), [round(reading) for reading in memory]
