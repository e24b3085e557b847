"""A copy of the project that a test extends by a row in one of its tables."""

import filecmp
import os
import shutil
import subprocess
import sys
from pathlib import Path

from serving import address, free_port

ROOT = Path(__file__).parents[1]
COPIED = ("ganlib", "studio", "docs", "train.py", "app.py")


class ScratchCopy:
    """A copy of the files that the project's commands need, in `folder`/project."""

    def __init__(self, folder: Path):
        self.path, self._folder, self._app = folder / "project", folder, None
        self.path.mkdir()
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, self.path / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(ROOT / name, self.path / name)
        self._environment = os.environ | {
            "GANLIB_CACHE": str(folder / "cache"), "GRADIO_TEMP_DIR": str(folder / "gradio"), "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip

    def insert(self, file: str, table: str, row: str, before: str = "") -> None:
        """Inserts the first row of a table, which begins with the lines `table`, and the code that it needs before the table."""
        text = (self.path / file).read_text(encoding="utf-8")
        assert text.count(table) == 1, f"{file} has no such table"
        (self.path / file).write_text(text.replace(table, f"{before}{table}{row}"), encoding="utf-8")

    def write(self, file: str, text: str) -> None:
        """Writes a new file."""
        (self.path / file).parent.mkdir(exist_ok=True)
        (self.path / file).write_text(text, encoding="utf-8")

    def touched(self) -> list[str]:
        """Returns the changed and new files."""
        names = [path.relative_to(self.path) for path in self.path.rglob("*") if path.is_file()]
        changed = [name for name in names if not _same(self.path / name, ROOT / name)]
        return sorted(name.as_posix() for name in changed)

    def run(self, *command: object) -> str:
        """Runs a command of the copy, which must succeed; returns its output."""
        command = [sys.executable, *map(str, command)]
        done = subprocess.run(command, cwd=self.path, env=self._environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def serve(self, checkpoints: Path) -> str:
        """Starts the copy's app over a folder of runs; returns its URL."""
        port, log = free_port(), self._folder / "log"
        command = [sys.executable, "app.py", "--host", "127.0.0.1", "--port", str(port), "--checkpoints", str(checkpoints)]
        command += ["--jobs", str(self._folder / "jobs"), "--runtime", "off"]
        with open(log, "w") as writing:
            self._app = subprocess.Popen(command, cwd=self.path, stdout=writing, stderr=writing, env=self._environment)
        return address(self._app, port, log)

    def end(self) -> None:
        if self._app:
            self._app.terminate()
            self._app.wait(20)


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and filecmp.cmp(one, other, shallow=False)
