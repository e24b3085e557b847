"""ONNX graphs ("outlines", without weights) for the browser, of generators and discriminators: a run's own files, or exported
in a subprocess."""

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
from typing import Literal

from ganlib import UserError
from studio.library import Entry

Kind = Literal["outline", "discriminator"]  # of a graph: its file, and the option that exports it
ROOT = Path(__file__).parents[2]
MOST = 64  # cached graphs, a few thousand bytes each
MOST_BYTES = 1_000_000  # of one graph
PATIENCE = 120  # seconds for an export


def possible(entry: Entry) -> bool:
    """Whether the run has a graph, or one can be exported here."""
    return entry.opened is not None and (_shipped(entry, "outline").is_file() or _exporting())


class OnnxGraphs:
    """The graphs of runs, exported one at a time. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="outline")
        self._made: OrderedDict[str, Future[bytes]] = OrderedDict()

    def of(self, entry: Entry, kind: Kind) -> bytes | None:
        """Returns the graph of a run's generator or discriminator; None while it is being exported. Raises UserError if there
        is none."""
        if kind == "discriminator" and not entry.run.has_discriminator():
            raise UserError(f"The run {entry.name} has no discriminator.")
        path = _shipped(entry, kind)
        if path.is_file() and path.stat().st_size <= MOST_BYTES:
            return path.read_bytes()
        if not _exporting():
            raise UserError(f"The run {entry.name} has no outline, and making one needs onnx and onnxscript.")
        making = self._making(entry, kind)
        if not making.done():
            return None
        if error := making.exception():
            raise UserError(f"The outline of the run {entry.name} could not be made.") from error
        return making.result()

    def _making(self, entry: Entry, kind: Kind) -> "Future[bytes]":
        """Returns the export for this network; runs with the same one and dtype share it."""
        config = entry.run.config
        network = config.generator_settings() if kind == "outline" else config.discriminator_settings()
        key = json.dumps([kind, network, config.weights_dtype], sort_keys=True)
        with self._lock:
            if key not in self._made:
                self._made[key] = self._maker.submit(_make, entry.run.path, kind)
                if len(self._made) > MOST:
                    self._made.popitem(last=False)
            self._made.move_to_end(key)
            return self._made[key]


def _make(run: Path, kind: Kind) -> bytes:
    """Exports in a subprocess: torch's tracing temporarily patches all networks of its process."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "ganlib.export", str(run.resolve()), f"--{kind}", "--out", folder],
            cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"}, check=True, capture_output=True, timeout=PATIENCE,
        )  # fmt: skip
        return (Path(folder) / f"{kind}.onnx").read_bytes()


def _shipped(entry: Entry, kind: Kind) -> Path:
    return entry.run.path / "onnx" / f"{kind}.onnx"


@functools.cache
def _exporting() -> bool:
    return all(importlib.util.find_spec(name) for name in ("onnx", "onnxscript"))
