"""A copy of the project that a test extends by a row in one of its tables."""

import filecmp
import shutil
from pathlib import Path

import prefork
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
                shutil.copytree(ROOT / name, self.path / name)
            else:
                shutil.copy2(ROOT / name, self.path / name)
        self._environment = {
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
        names = [path.relative_to(self.path) for path in self.path.rglob("*") if path.is_file() and path.suffix != ".pyc"]
        changed = [name for name in names if not _same(self.path / name, ROOT / name)]
        return sorted(name.as_posix() for name in changed)

    def run(self, *command: object) -> str:
        """Runs a command of the copy, which must succeed; returns its output."""
        said = {name: self._folder / name for name in ("stdout", "stderr")}
        for file in said.values():
            file.write_text("")
        code = self._start(*command, **said).wait()
        assert code == 0, said["stderr"].read_text(encoding="utf-8")
        return said["stdout"].read_text(encoding="utf-8")

    def serve(self, checkpoints: Path) -> str:
        """Starts the copy's app over a folder of runs; returns its URL."""
        port, log = free_port(), self._folder / "log"
        options = ["--host", "127.0.0.1", "--port", port, "--checkpoints", checkpoints, "--runtime", "off"]
        self._app = self._start("app.py", *options, "--jobs", self._folder / "jobs", stdout=log, stderr=log)
        return address(self._app, port, log)

    def _start(self, *command, **said):
        return prefork.start(*command, cwd=self.path, environment=self._environment, root=self.path, **said)

    def end(self) -> None:
        if self._app:
            self._app.terminate()
            self._app.wait(20)


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and filecmp.cmp(one, other, shallow=False)
