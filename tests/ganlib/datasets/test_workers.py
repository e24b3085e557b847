"""Tests decoding processes: the same pictures as threads give, and no process outlives its parent."""

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from sources import BLUE, GREEN, RED, png

import ganlib
from ganlib import UserError
from ganlib.datasets import cache, load, workers
from ganlib.datasets.image_set import Item, Source

pytestmark = pytest.mark.slow


@pytest.fixture
def processes(monkeypatch):
    monkeypatch.setattr(workers, "PROCESSES_FROM", 1)


@pytest.fixture
def pictures(folder):
    for number in range(60):
        (folder / f"{number % 3}").mkdir(parents=True, exist_ok=True)
        (folder / f"{number % 3}" / f"{number}.png").write_bytes(png((RED, GREEN, BLUE)[number % 3]))
    (folder / "0" / "broken.png").write_bytes(b"no picture")
    return folder


@pytest.mark.parametrize("packed", [False, True])
def test_processes_prepare_what_threads_do(pictures, packed, monkeypatch, caplog, tmp_path):
    source = pictures
    if packed:
        source = tmp_path / "pictures.zip"
        with ZipFile(source, "w") as archive:
            for file in sorted(pictures.rglob("*.png")):
                archive.write(file, file.relative_to(pictures))
    sets = []
    for number, least in enumerate((10**9, 1)):
        monkeypatch.setattr(workers, "PROCESSES_FROM", least)
        monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / str(number)))
        monkeypatch.setattr(cache, "BATCH_BYTES", 8 * 3 * 8**2)  # several batches for each
        sets.append(load(str(source), 8))
    threads, others = sets
    assert len(threads) == 60
    assert np.array_equal(threads.images, others.images)
    assert np.array_equal(threads.labels, others.labels)
    assert threads.fingerprint == others.fingerprint
    assert threads.summary == others.summary
    told = [record.getMessage() for record in caplog.records if "skipped 1 of 61 files" in record.getMessage()]
    assert len(told) == 2 and told[0] == told[1]


def test_a_worker_that_is_killed_is_told_of_in_one_sentence(processes, cache_root):
    source = Source("dying", "dying", 1, lambda: iter([Item("a", None, partial(os._exit, 9))]))
    with pytest.raises(UserError, match="A process that decodes dying was ended from outside"):
        cache.prepared(source, 8, 3, progress=False)
    assert not list((cache_root / "images").iterdir()), "nothing half-written stays"


# A script without `if __name__ == "__main__"`, as people write them: a process that imported it would start processes too.
SCRIPT = """
import sys
from functools import partial
from multiprocessing import active_children
import time

from ganlib.datasets import cache, workers
from ganlib.datasets.image_set import Item, Source

workers.PROCESSES_FROM = 1
cache.BATCH_BYTES = 1

def items():
    for number in range(8):
        if number == 4:
            print([child.pid for child in active_children()], flush=True)
        yield Item(str(number), None, partial(time.sleep, 60))

cache.prepared(Source("slow", "slow", 8, items), 8, 3, progress=False)
"""


def is_alive(pid: int) -> bool:
    """Whether it runs: one that has ended may still have its number until somebody asks for how."""
    try:
        return open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not os.path.exists("/proc"), reason="processes are looked up in /proc")
def test_workers_end_with_a_process_that_is_killed(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    environment = os.environ | {"GANLIB_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(Path(ganlib.__file__).parents[1])}
    running = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment)
    found = json.loads(running.stdout.readline())
    assert found and all(map(is_alive, found))
    running.send_signal(signal.SIGKILL)
    running.wait()
    running.stdout.close()
    until = time.monotonic() + 20
    while any(map(is_alive, found)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(is_alive, found))
