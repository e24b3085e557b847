"""Runs train.py in its own process: yields its events as dictionaries, then its exit code.

The process has a lower priority than the page's drawing. If the server is killed, the process ends at its next event, by the
broken pipe.
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
LOG = "log"  # file in the job's folder with train.py's stderr
NICENESS = 10
WHOLE = getattr(signal, "SIGUSR1", signal.SIGTERM)  # ends train.py with a snapshot; Windows lacks SIGUSR1
MOST_LINE = 1_000_000  # characters of one event
MOST_SAID = 4_000  # bytes at the log's end that are searched for the last message


def train(arguments: list[str], folder: Path, environment: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Runs train.py in `folder`. Yields {"event": "launched", "pid"}, its events, and {"event": "ended", "code", "said"}: the
    exit code, or minus the signal that killed it, and the last line of its log. Kills it if the generator is closed."""
    with (folder / LOG).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, str(TRAIN), *arguments, "--log-to", "json"],
            cwd=folder, env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
            process_group=0,  # not a new session: Linux's autogroups would apply its niceness within that session only
        )  # fmt: skip
    assert process.stdout is not None  # it is a pipe
    try:
        _lower_priority(process.pid)
        yield {"event": "launched", "pid": process.pid}
        yield from events(process.stdout)
    except BaseException:  # the generator was closed early
        end(process.pid, signal.SIGKILL)
        raise
    finally:
        process.stdout.close()
        code = process.wait()
    yield {"event": "ended", "code": code, "said": _last_line(folder / LOG)}


def end(pid: int, number: int) -> None:
    """Sends a signal to a process of `train`, if it still exists."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def events(lines: Any) -> Iterator[dict[str, Any]]:
    """Yields the JSON objects with an `event` among lines of bytes."""
    while line := lines.readline(MOST_LINE):
        with contextlib.suppress(ValueError):
            event = json.loads(line)
            if isinstance(event, dict) and isinstance(event.get("event"), str):
                yield event


def _lower_priority(pid: int) -> None:
    """Lowers the priority before the process has threads, which inherit it. Does nothing on systems without niceness."""
    with contextlib.suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, pid, NICENESS)


def _last_line(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - MOST_SAID))
            lines = file.read().decode(errors="replace").replace("\r", "\n").splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
