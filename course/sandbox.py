"""Runs the cells of one notebook and checks its answers, in a process of its own with limits on time and memory.

`grade` is the side of the grader; `python -m course.sandbox` is the process. What comes back is JSON, one line a task, so that
what was done before an end by force counts. This guards a teacher's machine against endless loops and full memory, not against
malice: the code runs with the rights of whoever grades.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from course import tasks
from course.checking import Task, Text, Verdict, check, spoken
from ganlib import devices

ROOT = Path(__file__).parents[1]
IDLE = 4  # times its processor time that a cell may take by the clock
FILE_BYTES = 2**28  # of one file that a student's code writes
SKIPPED = re.compile(r"\s*(# (Experiment|实验)|check[.(])")  # also the cells that check: here all is checked
MAGIC = re.compile(r"^(\s*)[%!].*$", re.MULTILINE)  # what only a notebook understands
ENDED: Text = ("not reached: the notebook {why}.", "未能检查：笔记本{why}。")
OUT_OF_TIME: Text = ("took more than {seconds} s", "运行超过了 {seconds} 秒")
OUT_OF_MEMORY: Text = ("needed more than {memory} MB", "内存超过了 {memory} MB")
DIED: Text = ("ended its own process", "结束了自己的进程")
CELL_FAILED: Text = ("isn't defined; cell {cell} failed: {error}", "尚未定义；第 {cell} 个单元格出错：{error}")
MISSING: Text = ("isn't defined in any cell.", "没有任何单元格定义它。")


@dataclass(frozen=True)
class Limits:
    """What a notebook may take."""

    seconds: int = 120  # of processor time
    memory: int = 2000  # MB, beyond what Python and torch take themselves
    cell: int = 20  # seconds of processor time for one cell, and for one check


USUAL = Limits()


def grade(cells: Sequence[str], lab: str, language: str, limits: Limits) -> list[Verdict]:
    """Runs the sources of a notebook's code cells in a new process and returns a verdict for each task of the lab."""
    order = {"cells": list(cells), "lab": lab, "language": language, "limits": asdict(limits)}
    with tempfile.TemporaryDirectory(prefix="course-") as folder:
        results = Path(folder) / "results.jsonl"
        why = _run(order, results, limits)
        given = _read(results)
    left = spoken(ENDED, language, why=spoken(why or DIED, language, **asdict(limits)))
    return [_verdict(task, given.get(task.name), left) for task in tasks.of(lab)]


def _run(order: dict[str, Any], results: Path, limits: Limits) -> Text | None:
    """Runs the process until its end. Returns why it was ended by force, if it was."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    process = subprocess.Popen(
        [sys.executable, "-m", "course.sandbox", str(results)],
        cwd=results.parent, env=os.environ | threads | {"PYTHONPATH": str(ROOT)}, start_new_session=True,
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True, encoding="utf-8",
    )  # fmt: skip
    try:
        process.communicate(json.dumps(order), timeout=IDLE * limits.seconds + 60)  # importing torch isn't the student's time
    except subprocess.TimeoutExpired:
        return OUT_OF_TIME
    finally:
        _end(process)
    ended = signal.Signals(-process.returncode).name if process.returncode < 0 else ""
    return {"SIGXCPU": OUT_OF_TIME, "SIGKILL": OUT_OF_MEMORY}.get(ended)


def _end(process: subprocess.Popen) -> None:
    """Ends a process and those that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
    process.wait()


def _read(results: Path) -> dict[str, dict]:
    """Returns the lines that the process wrote, by task; a half line is none."""
    found = {}
    with suppress(OSError, UnicodeDecodeError):
        for line in results.read_text(encoding="utf-8").splitlines():
            with suppress(ValueError, TypeError, KeyError):
                told = json.loads(line)
                found[str(told["task"])] = {"passed": bool(told["passed"]), "reason": str(told["reason"])}
    return found


def _verdict(task: Task, told: dict | None, left: str) -> Verdict:
    if told is None:
        return Verdict(task.name, 0, task.points, left)
    return Verdict(task.name, task.points if told["passed"] else 0, task.points, told["reason"])


# ------------------------------------------------------------------------------------------ in the process


class TimeLimit(BaseException):
    """A cell or check has taken too long. No Exception, so that a student's `except` doesn't catch it."""


def main(results: Path) -> None:
    """Reads an order from stdin, runs its cells, and writes a line for each task once it is defined, and if it is never."""
    order = json.load(sys.stdin)
    language, limits = order["language"], Limits(**order["limits"])
    left = {task.name: task for task in tasks.of(order["lab"])}
    with results.open("w", encoding="utf-8") as out:
        _limit(limits)
        names: dict[str, Any] = {"__name__": "__main__"}
        failed = []
        for number, source in enumerate(order["cells"], 1):
            before = {name: names.get(name) for name in left}
            if error := _run_cell(number, source, names, limits):
                failed.append((source, spoken(CELL_FAILED, language, cell=number, error=_told(error, limits, language))))
            for name, task in left.items():
                if names.get(name) is not before[name]:
                    _write(out, _checked(task, names[name], limits, language))
        for name, task in left.items():
            if name not in names:
                reasons = [sentence for source, sentence in failed if re.search(rf"\b{name}\b", source)]
                _write(out, Verdict(name, 0, task.points, reasons[0] if reasons else spoken(MISSING, language)))
    os._exit(0)  # threads that a cell started don't matter


def _write(out: TextIO, verdict: Verdict) -> None:
    told = {"task": verdict.task, "passed": verdict.points == verdict.of, "reason": verdict.reason}
    print(json.dumps(told, ensure_ascii=False), file=out, flush=True)


def _limit(limits: Limits) -> None:
    """Limits this process's time, memory and files from now on, where the system can."""
    try:
        import resource
    except ImportError:  # Windows, where only the time is limited
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + limits.seconds
    wanted = {"RLIMIT_CPU": seconds, "RLIMIT_FSIZE": FILE_BYTES, "RLIMIT_CORE": 0}
    if (mapped := _mapped()) is not None:
        wanted["RLIMIT_AS"] = mapped + limits.memory * 10**6
    for name, value in wanted.items():
        with suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (value, value + (name == "RLIMIT_CPU")))


def _mapped() -> int | None:
    """Returns the bytes of this process's address space; None where Linux's /proc doesn't tell."""
    with suppress(OSError, ValueError):
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    return None


def _run_cell(number: int, source: str, names: dict[str, Any], limits: Limits) -> BaseException | None:
    """Runs a cell. Returns the error that ended it, if one did."""
    if SKIPPED.match(source):
        return None
    try:
        with _time_limit(limits.cell):
            exec(compile(MAGIC.sub(r"\1pass", source), f"<cell {number}>", "exec"), names)
    except BaseException as error:
        return error
    return None


def _checked(task: Task, answer: Any, limits: Limits, language: str) -> Verdict:
    try:
        with _time_limit(limits.cell):
            return check(task, answer, language)
    except BaseException as error:
        return Verdict(task.name, 0, task.points, _told(error, limits, language))


def _told(error: BaseException, limits: Limits, language: str) -> str:
    if devices.is_out_of_memory(error):
        return spoken(OUT_OF_MEMORY, language, memory=limits.memory)
    if isinstance(error, TimeLimit):
        return spoken(OUT_OF_TIME, language, seconds=limits.cell)
    return f"{type(error).__name__}: {error}"


@contextmanager
def _time_limit(seconds: int) -> Iterator[None]:
    """Raises TimeLimit in the body after `seconds` of processor time, or IDLE times as long by the clock, and again each
    second, where the system has such alarms. Beside other programs only the first is fair."""
    alarms = {"SIGPROF": ("ITIMER_PROF", seconds), "SIGALRM": ("ITIMER_REAL", IDLE * seconds)}
    known = {name: alarm for name, alarm in alarms.items() if hasattr(signal, name)}

    def late(*_: object) -> None:
        raise TimeLimit

    for name, (timer, after) in known.items():
        signal.signal(getattr(signal, name), late)
        signal.setitimer(getattr(signal, timer), after, 1)
    try:
        yield
    finally:
        for timer, _ in known.values():
            signal.setitimer(getattr(signal, timer), 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
