"""Keeps the folders of trainings in a second place, such as a bucket mounted in a Space, from which a new server takes them.

They are trained on the local disk: in a mounted bucket files are only written whole, which uploads them, and links are lost
(hf-mount's README, "Consistency model" and "Features").
"""

import logging
import os
import queue
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ganlib import files
from ganlib.runs.lock import LOCK
from studio.jobs.job import CACHE, RECORD

STATES = "*/state*.safetensors"  # of a run, which goes on from one if all that was written before is there
PATIENCE = 60.0  # seconds for the last copies when the server ends

log = logging.getLogger(__name__)


class Keeping:
    """Copies what has changed in the jobs of `folder` to `place`, one job at a time in a thread. Errors of `place` are logged,
    and what failed is copied at the job's next change."""

    def __init__(self, folder: Path, place: Path):
        self._folder, self._place = folder, place
        self._sent: dict[str, dict[str, tuple[int, int]]] = {}  # by job and file: time of change and size of what is there
        self._noted: queue.Queue[str | None] = queue.Queue()
        self._restore()
        self._thread = threading.Thread(target=self._work, name="keeping", daemon=True)
        self._thread.start()

    def note(self, id: str) -> None:
        """Has a job's folder copied, or deleted there if it is gone."""
        self._noted.put(id)

    def close(self) -> None:
        """Copies what was noted before, and ends."""
        self._noted.put(None)
        self._thread.join(PATIENCE)

    def _work(self) -> None:
        while (id := self._noted.get()) is not None:
            try:
                self._copy(self._folder / id, self._place / id)
            except OSError:
                log.exception("a training could not be kept in %s", self._place)

    def _copy(self, job: Path, kept: Path) -> None:
        if not job.is_dir():
            self._sent.pop(job.name, None)
            shutil.rmtree(kept, ignore_errors=True)
            return
        sent = self._sent.setdefault(job.name, {})
        with tempfile.TemporaryDirectory() as aside:
            states = {file: Path(shutil.copy2(file, Path(aside, str(number)))) for number, file in enumerate(job.glob(STATES))}
            here = {file.relative_to(job).as_posix(): states.get(file, file) for file in _files(job)}
            for name in sorted(here, key=lambda name: (name == RECORD, job / name in states)):
                with suppress(FileNotFoundError):  # deleted meanwhile
                    stat = here[name].stat()
                    if sent.get(name) != (stamp := (stat.st_mtime_ns, stat.st_size)):
                        (kept / name).parent.mkdir(parents=True, exist_ok=True)
                        files.copy(here[name], kept / name)
                        sent[name] = stamp
        for name in sent.keys() - here.keys():
            (kept / name).unlink(missing_ok=True)
            del sent[name]

    def _restore(self) -> None:
        """Takes the jobs that are kept and not here."""
        try:
            self._place.mkdir(parents=True, exist_ok=True)
            kept = [record.parent for record in self._place.glob(f"*/{RECORD}")]
        except OSError:
            log.exception("the trainings kept in %s can't be read", self._place)
            return
        for source in kept:
            if not (job := self._folder / source.name).exists():
                try:
                    shutil.copytree(source, job)
                except (OSError, shutil.Error):
                    log.exception("a training that was kept could not be taken")
                    shutil.rmtree(job, ignore_errors=True)


def _files(job: Path) -> Iterator[Path]:
    """Yields the job's files, other than what is prepared from its pictures and what is being written."""
    for folder, folders, names in os.walk(job):
        if Path(folder) == job:
            folders[:] = [name for name in folders if name != CACHE]
        paths = (Path(folder, name) for name in names if name != LOCK and not name.endswith(files.PARTIAL))
        yield from (path for path in paths if not path.is_symlink())
