"""Runs our commands as forks of a process that has imported torch and Gradio, since the imports take longer than most tests.

`start("app.py", ...)` gives what `subprocess.Popen([sys.executable, "app.py", ...])` would: a process that runs the file as
`__main__`, to be killed, waited for and asked for its code. Run as a script, this file is the parent process: with "copy" that of
the commands of copies of the project, whose own modules are still to be imported.
"""

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]


class Forked:
    """A process started by `start`."""

    def __init__(self, pid: int, ask):
        self.pid, self.returncode, self._ask = pid, None, ask

    def poll(self) -> int | None:
        """Returns its exit code, or minus the signal that ended it; None while it runs."""
        if self.returncode is None:
            self.returncode = self._ask(poll=self.pid)
        return self.returncode

    def wait(self, timeout: float = 600) -> int:
        deadline = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            time.sleep(0.02)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def start(
    script, *arguments, stdout: Path, stderr: Path, cwd: Path = ROOT, environment: dict[str, str] | None = None, root=ROOT
) -> Forked:
    """Starts one of the scripts, or "-m" and a module, of our project or its copy at `root`; its output goes to files, which may
    be the same."""
    ask = _server() if root == ROOT else _server("copy")
    wanted = {
        "command": [script if script == "-m" else str(root / script), *map(str, arguments)],
        "root": str(root),
        "cwd": str(cwd),
        "stdout": str(stdout),
        "stderr": str(stderr),
    }
    return Forked(ask(start=wanted | {"environment": os.environ | (environment or {})}), ask)


@cache
def _server(*of):
    """Starts the parent process, which ends with this one. Returns a function that sends it a request."""
    command = [sys.executable, __file__, *of]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True)
    lock = threading.Lock()

    def ask(**question):
        with lock:
            print(json.dumps(question), file=server.stdin, flush=True)
            return json.loads(server.stdout.readline())

    @atexit.register
    def end():
        server.stdin.close()
        server.wait()

    return ask


def _serve() -> dict:
    """Answers requests until the connection closes. Returns, in each forked process only, the request for it."""
    codes = {}
    for line in sys.stdin:
        question = json.loads(line)
        if pid := question.get("poll"):
            if codes[pid] is None and (ended := os.waitpid(pid, os.WNOHANG))[0]:
                codes[pid] = os.waitstatus_to_exitcode(ended[1])
            answer = codes[pid]
        else:
            if not (answer := os.fork()):
                return question["start"]
            codes[answer] = None
        print(json.dumps(answer), flush=True)
    for pid in (pid for pid, code in codes.items() if code is None):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
    sys.exit()


def _become(wanted: dict) -> None:
    """Runs the script or module as `__main__`."""
    import runpy

    for descriptor, (path, flags) in enumerate(
        [(os.devnull, os.O_RDONLY), *((wanted[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND) for name in ("stdout", "stderr"))]
    ):
        os.dup2(os.open(path, flags), descriptor)
    os.environ.clear()
    os.environ.update(wanted["environment"])
    os.chdir(wanted["cwd"])
    sys.argv = wanted["command"]
    sys.path[0] = wanted["root"]
    if sys.argv[0] == "-m":
        del sys.argv[0]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(sys.argv[0], run_name="__main__")


def _forget_the_project() -> None:
    """Leaves only the libraries imported."""
    for name in [name for name in sys.modules if name.split(".")[0] in ("ganlib", "studio", "train")]:
        del sys.modules[name]


if __name__ == "__main__":
    sys.path[0] = str(ROOT)
    import studio.report
    import studio.server  # noqa: F401
    import train  # noqa: F401
    from studio.learning import formulas

    formulas.svg("x")  # imports its dependencies on the first call
    if sys.argv[1:] == ["copy"]:
        _forget_the_project()
    _become(_serve())
