"""ONNX graphs ("outlines", without weights) for drawing in the browser: a run's own file, or one exported in a subprocess."""

import functools
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from ganlib import UserError
from studio.library import Entry

ROOT = Path(__file__).parents[2]
MOST = 64  # cached graphs, a few thousand bytes each
MOST_BYTES = 1_000_000  # of one graph
PATIENCE = 120  # seconds for an export


def possible(entry: Entry) -> bool:
    """Whether the run has a graph, or one can be exported here."""
    return entry.opened is not None and (_shipped(entry).is_file() or _exporting())


class OnnxGraphs:
    """The graphs of runs, exported one at a time. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="outline")
        self._made: OrderedDict[str, Future[bytes]] = OrderedDict()

    def of(self, entry: Entry) -> bytes | None:
        """Returns a run's graph; None while it is being exported. Raises UserError if there is none."""
        path = _shipped(entry)
        if path.is_file() and path.stat().st_size <= MOST_BYTES:
            return path.read_bytes()
        if not _exporting():
            raise UserError(f"The run {entry.name} has no outline, and making one needs onnx and onnxscript.")
        making = self._making(entry)
        if not making.done():
            return None
        if error := making.exception():
            raise UserError(f"The outline of the run {entry.name} could not be made.") from error
        return making.result()

    def _making(self, entry: Entry) -> "Future[bytes]":
        """Returns the export for this generator; runs with the same generator and dtype share it."""
        config = entry.run.config
        key = json.dumps([config.generator_settings(), config.weights_dtype], sort_keys=True)
        with self._lock:
            if key not in self._made:
                self._made[key] = self._maker.submit(_make, entry.run.path)
                if len(self._made) > MOST:
                    self._made.popitem(last=False)
            self._made.move_to_end(key)
            return self._made[key]


def _make(run: Path) -> bytes:
    """Exports in a subprocess: torch's tracing temporarily patches all networks of its process."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "ganlib.export", str(run.resolve()), "--outline", "--out", folder],
            cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"}, check=True, capture_output=True, timeout=PATIENCE,
        )  # fmt: skip
        return (Path(folder) / "outline.onnx").read_bytes()


def _shipped(entry: Entry) -> Path:
    return entry.run.path / "onnx" / "outline.onnx"


@functools.cache
def _exporting() -> bool:
    return all(importlib.util.find_spec(name) for name in ("onnx", "onnxscript"))
