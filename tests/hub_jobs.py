"""Jobs of the local Hub in `hub_server.py`: each runs its command as processes of this machine, in a folder of its own.

Its "container" has the job's volumes, environment and secrets, an `uv` that finds every package installed already, and a
`timeout` whose seconds pass as fast as those of the job's time limit.
"""

import asyncio
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

UV = """#!/bin/sh
echo "uv $*"
case "$1" in venv) mkdir -p "$2/bin"; ln -s "{python}" "$2/bin/python";; esac
"""
PYTHON = '#!/bin/sh\nexec "{executable}" "$@"\n'
TIMEOUT = """#!/bin/sh
options="$1 $2 $3" seconds=$(awk "BEGIN {{ print $4 * {scale} }}")
shift 4
exec {timeout} $options "$seconds" "$@"
"""


def accelerator(model: str, quantity: str, vram: str) -> dict[str, str]:
    return {"type": "gpu", "model": model, "quantity": quantity, "vram": vram, "manufacturer": "Nvidia"}


# name, CPU, memory, accelerator, micro-dollars a minute
HARDWARE = [
    ("cpu-basic", "2 vCPU", "16 GB", None, 167),
    ("t4-small", "4 vCPU", "15 GB", accelerator("T4", "1", "16 GB"), 6667),
    ("l4x4", "48 vCPU", "186 GB", accelerator("L4", "4", "96 GB"), 63333),
]


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")[:23] + "Z"


@dataclass
class LocalJob:
    """A job: what was asked for, its process, the lines of its log, and how it stands."""

    owner: str
    spec: dict[str, Any]
    id: str = field(default_factory=lambda: secrets.token_hex(12))
    stage: str = "RUNNING"
    message: str | None = None
    lines: list[dict[str, str]] = field(default_factory=list)
    process: subprocess.Popen | None = None

    def end(self, stage: str, message: str | None = None, number: int = signal.SIGKILL) -> None:
        """Ends its processes for a reason of the Hub's."""
        if self.stage == "RUNNING":
            self.stage, self.message = stage, message
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, number)

    def told(self) -> dict[str, Any]:
        """Returns what the Hub tells of it: no secrets."""
        names = {"command": "command", "arguments": "arguments", "environment": "environment", "flavor": "flavor"}
        return {
            "id": self.id, "createdAt": now(), "dockerImage": self.spec["dockerImage"], "secrets": {},
            "owner": {"id": "1", "name": self.owner, "type": "user"},
            "status": {"stage": self.stage, "message": self.message},
        } | {name: self.spec.get(key) for name, key in names.items()}  # fmt: skip


class Jobs:
    """The jobs of a local Hub. `hub` has the repositories and knows the users."""

    def __init__(self, hub: Any):
        self._hub = hub
        self.clear()

    def clear(self) -> None:
        for job in getattr(self, "all", {}).values():
            job.end("DELETED")
        self.all: dict[str, LocalJob] = {}
        self.credit = True
        self.second = 1.0  # seconds that a second of a time limit takes
        self.code: dict[str, bytes] | None = None  # what every job has for its code instead
        self.cuts: list[int] = []  # lines after which the next connections to a log break off

    @property
    def last(self) -> LocalJob:
        return list(self.all.values())[-1]

    # ------------------------------------------------------------------------------------------ answering

    def hardware(self, request: Request, body: bytes) -> Response:
        return JSONResponse(
            [
                {
                    "name": name, "prettyName": name, "cpu": cpu, "ram": ram, "accelerator": gpu, "unitCostMicroUSD": cost,
                    "unitCostUSD": cost / 1e6, "unitLabel": "minute",
                }
                for name, cpu, ram, gpu, cost in HARDWARE
            ]
        )  # fmt: skip

    def start(self, request: Request, body: bytes, owner: str) -> Response:
        self._hub.check_writes(request, owner)
        if not self.credit:
            raise self._hub.refusal(
                402, "Pre-paid credit balance is insufficient - add more credits to your account to use Jobs."
            )
        job = LocalJob(owner, json.loads(body))
        self.all[job.id] = job
        threading.Thread(target=self._run, args=[job], daemon=True).start()
        return JSONResponse(job.told())

    def listed(self, request: Request, body: bytes, owner: str) -> Response:
        self._hub.check_writes(request, owner)
        stages = request.query_params.getlist("stage")
        told = [job.told() for job in self.all.values() if job.owner == owner and (not stages or job.stage in stages)]
        return JSONResponse(told)

    def info(self, request: Request, body: bytes, owner: str, id: str) -> Response:
        return JSONResponse(self._job(request, owner, id).told())

    def cancel(self, request: Request, body: bytes, owner: str, id: str) -> Response:
        self._job(request, owner, id).end("CANCELED", number=signal.SIGTERM)
        return JSONResponse({})

    def logs(self, request: Request, body: bytes, owner: str, id: str) -> Response:
        return StreamingResponse(self._events(self._job(request, owner, id)), media_type="text/event-stream")

    def _job(self, request: Request, owner: str, id: str) -> LocalJob:
        self._hub.check_writes(request, owner)
        if id not in self.all:
            raise self._hub.refusal(404, "Job not found")
        return self.all[id]

    async def _events(self, job: LocalJob) -> AsyncIterator[str]:
        most = self.cuts.pop(0) if self.cuts else None
        sent = 0
        while True:
            ended = job.stage != "RUNNING" and (job.process is None or job.process.poll() is not None)
            for line in job.lines[sent:]:
                if sent == most:
                    raise ConnectionResetError("the log breaks off")
                sent += 1
                yield f"data: {json.dumps(line)}\n\n"
            if ended and sent == len(job.lines):
                return
            await asyncio.sleep(0.01)

    # ------------------------------------------------------------------------------------------ running

    def _run(self, job: LocalJob) -> None:
        place = Path(tempfile.mkdtemp(prefix="job-"))
        limit = threading.Timer(job.spec["timeoutSeconds"] * self.second, job.end, ["ERROR", "Job timeout"])
        try:
            job.process = subprocess.Popen(
                self._command(job, place), cwd=place, env=self._environment(job, place), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", process_group=0,
            )  # fmt: skip
            limit.start()
            for line in job.process.stdout:
                job.lines.append({"timestamp": now(), "data": line.rstrip("\n")})
            code = job.process.wait()
            if job.stage == "RUNNING":
                code = code if code >= 0 else 128 - code
                job.message = f"Job failed with exit code: {code}. Reason: Error" if code else None
                job.stage = "ERROR" if code else "COMPLETED"
        finally:
            limit.cancel()
            shutil.rmtree(place, ignore_errors=True)

    def _command(self, job: LocalJob, place: Path) -> list[str]:
        words = job.spec["command"]
        for number, volume in enumerate(job.spec.get("volumes", ())):
            folder = place / f"volume-{number}"
            files = self.code or self._hub.files(volume["source"], volume["revision"], kind=f"{volume['type']}s")
            for name, content in files.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(content)
            words = [word.replace(volume["mountPath"], str(folder), 1) if word.startswith("/") else word for word in words]
        return words

    def _environment(self, job: LocalJob, place: Path) -> dict[str, str]:
        tools = place / "tools"
        tools.mkdir()
        scripts = {
            "uv": UV.format(python=tools / "python"),
            "python": PYTHON.format(executable=sys.executable),
            "timeout": TIMEOUT.format(scale=self.second, timeout=shutil.which("timeout")),
        }
        for name, text in scripts.items():
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)
        given = {
            "PATH": f"{tools}:{os.defpath}",
            "HOME": str(place),
            "GANLIB_CACHE": str(place / "cache"),
            "OMP_NUM_THREADS": "1",
        }
        return given | {"HF_HUB_DISABLE_XET": "1"} | job.spec["environment"] | job.spec.get("secrets", {})


def routes(name: str) -> list[tuple[str, str, Any]]:
    """Returns the routes of `hub_server`: method, pattern, and the handler of the Hub's attribute `name`."""

    def handler(method: str) -> Any:
        return lambda hub, *given, **groups: getattr(getattr(hub, name), method)(*given, **groups)

    job = r"/api/jobs/(?P<owner>[^/]+)/(?P<id>[^/]+)"
    return [
        ("GET", r"/api/jobs/hardware", handler("hardware")),
        ("POST", r"/api/jobs/(?P<owner>[^/]+)", handler("start")),
        ("GET", r"/api/jobs/(?P<owner>[^/]+)", handler("listed")),
        ("GET", job, handler("info")),
        ("GET", rf"{job}/logs", handler("logs")),
        ("POST", rf"{job}/cancel", handler("cancel")),
    ]
