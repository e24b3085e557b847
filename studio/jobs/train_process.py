"""Runs train.py in a process of its own: yields its events as dictionaries, and how it ended.

The process has a lower priority than the page's drawing. It ends when nobody listens any more: a server that was
killed leaves a pipe without a reader, and the next line that train.py writes there is its last.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

TRAIN = Path(__file__).resolve().parents[2] / "train.py"
LOG = "log"  # what train.py says beside its events, in the job's folder
NICENESS = 10
WHOLE = getattr(signal, "SIGUSR1", signal.SIGTERM)  # asks train.py to end with a snapshot; Windows has no such signal
MOST_LINE = 1_000_000  # characters of an event that is read
MOST_SAID = 4_000  # bytes of the log's end that tell why it ended


def train(arguments: list[str], folder: Path, environment: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Runs train.py in `folder`. Yields its events between {"event": "launched", "pid"} and {"event": "ended", "code", "said"}:
    the exit code, or minus the signal that killed it, and the last line of what it said. Kills it when it is closed."""
    with (folder / LOG).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, str(TRAIN), *arguments, "--log-to", "json"],
            cwd=folder, env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
            process_group=0,  # no session of its own: Linux would weigh its niceness in there alone
        )  # fmt: skip
    assert process.stdout is not None  # it is a pipe
    try:
        _be_nice(process.pid)
        yield {"event": "launched", "pid": process.pid}
        yield from events(process.stdout)
    except BaseException:  # closed before its end
        end(process.pid, signal.SIGKILL)
        raise
    finally:
        process.stdout.close()
        code = process.wait()
    yield {"event": "ended", "code": code, "said": _last_words(folder / LOG)}


def end(pid: int, number: int) -> None:
    """Sends a signal to a process of `train`; one that is gone needs none."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def events(lines: Any) -> Iterator[dict[str, Any]]:
    """The JSON objects with an `event` among lines of bytes."""
    while line := lines.readline(MOST_LINE):
        with contextlib.suppress(ValueError):
            event = json.loads(line)
            if isinstance(event, dict) and isinstance(event.get("event"), str):
                yield event


def _be_nice(pid: int) -> None:
    """Before it has threads, which inherit it. Where a system knows no niceness it is as it is."""
    with contextlib.suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, pid, NICENESS)


def _last_words(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - MOST_SAID))
            lines = file.read().decode(errors="replace").replace("\r", "\n").splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
