"""Trains a tiny run into FOLDER/whole with train.py's own `main`, and others that are interrupted by a fault.

python faulty_trainer.py FOLDER FAULT=MOMENTS...

FAULT is `kill` (as kill -9), `full` (the disk is full), or `late`, which kills after a share of the time that the whole run
took. MOMENTS are comma-separated numbers: the n-th time that a file of the run is opened for writing or renamed, `all` of
these, or for `late` those shares.

At that moment a file that is opened accepts only a few more bytes (RLIMIT_FSIZE), and one that is to be renamed is not.
FOLDER/FAULT-MOMENT is the interrupted run, FOLDER/FAULT-MOMENT-resumed a copy that another process resumed to the end. Prints
a JSON object for each: `fault`, `folder`, how it `ended` (the exit code, or minus the signal) and what it printed (`told`),
and both of the resumed run: `resumed`, `said`.
"""

import errno
import json
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import huggingface_hub.repocard  # noqa: F401 - what a card needs is imported once, not by every child
import torch  # noqa: F401
from conftest import TINY, shapes_in

import train
from ganlib.cli import run_command
from ganlib.recipes import RECIPES
from ganlib.training import previews, trainer

FEW = 7  # bytes that are written before the disk is full or the process is killed
previews.STATISTICS_PIXELS = 0
trainer.LOG_STEPS = 6
RECIPES["tiny"] = TINY


class Touches:
    """An audit hook that counts how often a file of `folder` is opened for writing or renamed; at the n-th time it calls
    `strike` with the event and the file."""

    def __init__(self, folder: Path, number: int | None = None, strike: Callable[[str, str], None] | None = None):
        self._folder, self._number, self._strike = f"{folder}/", number, strike
        self.count = 0

    def __call__(self, event: str, arguments: tuple) -> None:
        if event not in ("open", "os.rename") or not str(arguments[0]).startswith(self._folder):
            return
        if event == "open" and not arguments[2] & (os.O_WRONLY | os.O_RDWR):
            return
        self.count += 1
        if self.count == self._number:
            self._strike(event, str(arguments[0]))


def kill(event: str, path: str) -> None:
    if event == "os.rename":
        os.kill(os.getpid(), signal.SIGKILL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores this signal; its default action ends the process
    no_more_than_a_few_bytes(path)


def full(event: str, path: str) -> None:
    if event == "os.rename":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
    no_more_than_a_few_bytes(path)


def no_more_than_a_few_bytes(path: str) -> None:
    size = os.path.getsize(path) if os.path.exists(path) else 0
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + FEW, resource.RLIM_INFINITY))


def process(arguments: list[str], hook: Touches | None = None, kill_after: float | None = None) -> tuple[int, str]:
    """Runs train.py with these arguments in a forked process. Returns its exit code, or minus the signal that killed it, and
    its output. With a hook, the last line is the hook's count, unless the process was killed."""
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.dup2(writer, 1), os.dup2(writer, 2)
        os.close(reader), os.close(writer)
        child(arguments, hook)
    os.close(writer)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(pid, signal.SIGKILL)
    with open(reader) as pipe:
        said = pipe.read()
    status = os.waitpid(pid, 0)[1]
    return os.waitstatus_to_exitcode(status), said


def child(arguments: list[str], hook: Touches | None) -> None:
    code = 1
    try:
        if hook:
            sys.addaudithook(hook)
        sys.argv = ["train.py", *arguments]
        run_command(train.main)
    except SystemExit as ending:
        code = ending.code or 0
    finally:
        if hook:
            print(hook.count)
        sys.stdout.flush()
        os._exit(code)


def killed_within(seconds: float, arguments: list[str], folder: Path) -> tuple[int, str]:
    """Runs `process` and kills it after `seconds`; halves them if it has finished by then, since the machine may be faster."""
    while (ended := process(arguments, kill_after=seconds))[0] == 0:
        shutil.rmtree(folder)
        seconds /= 2
    return ended


def chosen(moments: str, whole: Path, new: list[str]) -> list[str]:
    """Returns the given moments; for `all`, trains a run to count them."""
    if moments != "all":
        return moments.split(",")
    code, said = process([*new, str(whole)], Touches(whole))
    assert code == 0, said
    return [str(number + 1) for number in range(int(said.splitlines()[-1]))]


def main() -> None:
    folder = Path(sys.argv[1])
    os.environ["GANLIB_CACHE"] = str(folder / "cache")
    new = ["--dataset", str(shapes_in(folder / "pictures")), "--image-size", "28", "--recipe", "tiny", "--device", "cpu"]
    new += ["--images", "320", "--snapshot-at", "1,2", "--out"]
    began = time.monotonic()
    code, said = process([*new, str(folder / "whole")])
    seconds = time.monotonic() - began
    assert code == 0, said
    for fault, _, moments in (argument.partition("=") for argument in sys.argv[2:]):
        for moment in chosen(moments, folder / f"counted-{fault}", new):
            broken, resumed = folder / f"{fault}-{moment}", folder / f"{fault}-{moment}-resumed"
            if fault == "late":
                ended, told = killed_within(float(moment) * seconds, [*new, str(broken)], broken)
            else:
                hook = Touches(broken, int(moment), {"kill": kill, "full": full}[fault])
                ended, told = process([*new, str(broken)], hook)
            if broken.exists():
                shutil.copytree(broken, resumed)
            again = (
                ["--resume", str(resumed), "--device", "cpu"] if (resumed / "config.json").exists() else [*new, str(resumed)]
            )
            code, said = process(again)
            found = {"fault": fault, "folder": str(broken), "ended": ended, "told": told, "resumed": code, "said": said}
            print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
