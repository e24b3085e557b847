"""A small Hub on the loopback that the real huggingface_hub client talks to: repositories, commits, large files, tokens.

python tests/hub_server.py --port 8123 --folder hub      # then HF_ENDPOINT=http://127.0.0.1:8123 HF_HUB_DISABLE_XET=1

With a folder, each OWNER/NAME (a Space: spaces/OWNER/NAME) in it is a repository when the server begins, and the head of
`main` is written there after every commit. `TOKENS` lists users and permissions. Tests in the same process start it as
`with HubServer() as hub` and use `hub.fail(...)`, `hub.add(...)`, `hub.commits(...)`; others POST the arguments of `fail`
as JSON to /test/fail, and GET /test/requests.
"""

import argparse
import base64
import hashlib
import json
import os
import re
import socket
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import hub_jobs
import hub_spaces
import uvicorn
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOKENS = {  # owner, and whether it may write
    "hf_someone": ("someone", True),
    "hf_reader": ("someone", False),
    "hf_other": ("other", True),
}
KINDS = {"models": "", "datasets": "datasets/", "spaces": "spaces/"}
LARGE = (".safetensors", ".webp", ".png", ".zip", ".bin", ".pt")
REPO = r"(?P<kind>models|datasets|spaces)/(?P<repo>[^/]+/[^/]+)"
OF_KIND = r"(?P<kind>datasets/|spaces/|)(?P<repo>[^/]+/[^/]+)"


class Refusal(Exception):
    """An error response in the Hub's format."""

    def __init__(self, status: int, message: str, code: str = ""):
        headers = {"X-Error-Message": message} | ({"X-Error-Code": code} if code else {})
        self.response = JSONResponse({"error": message}, status, headers)


@dataclass
class Repository:
    """A repository: branches and tags point to commits, each with all of its files."""

    private: bool = False
    refs: dict[str, str] = field(default_factory=dict)
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    hardware: str | None = None  # of a Space, as all below
    volumes: list[dict[str, str]] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)

    def commit(self, branch: str, files: dict[str, bytes], message: str) -> str:
        sha = hashlib.sha1(f"{branch} {message} {len(self.messages)} {sorted(files)}".encode()).hexdigest()
        self.commits[sha], self.refs[branch] = files, sha
        self.messages.append(message)
        return sha

    def squash(self, branch: str) -> None:
        """Makes the branch one commit, and forgets those that nothing refers to any more."""
        old = self.refs[branch]
        self.commit(branch, self.commits[old], "squashed")
        if old not in self.refs.values():
            del self.commits[old]

    def find(self, revision: str) -> str:
        sha = self.refs.get(revision, revision)
        if sha not in self.commits:
            raise Refusal(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return sha


@dataclass
class Failure:
    """A failure of the next `times` requests whose "METHOD path" matches: a status, or the end of this process."""

    pattern: str
    times: int = 1
    status: int = 503
    die: bool = False


def is_large(path: str, size: int) -> bool:
    return path.endswith(LARGE) or size > 10_000_000


def git_oid(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class HubServer:
    """The server; as a context manager it runs in a thread."""

    def __init__(self, port: int = 0, folder: Path | None = None, listening: socket.socket | None = None):
        self.repositories: dict[tuple[str, str], Repository] = {}
        self.buckets: dict[str, bool] = {}  # whether it is private, by name
        self.large: dict[str, bytes] = {}
        self.failures: list[Failure] = []
        self.requests: list[str] = []
        self.jobs = hub_jobs.Jobs(self)
        self.folder = folder
        if folder:
            self._read(folder)
        self._socket = listening or socket.create_server(("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        app = Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "HEAD", "POST", "PUT", "DELETE"])])
        kept = {"timeout_keep_alive": 3600}  # no connection ends just when its client, idle for a while, asks again
        self.server = uvicorn.Server(
            uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=1, **kept)
        )

    def __enter__(self) -> "HubServer":
        self._thread = threading.Thread(target=self.run, daemon=True)
        self._thread.start()
        while not self.server.started:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self._thread.join(10)

    def run(self) -> None:
        self.server.run(sockets=[self._socket])

    # ------------------------------------------------------------------------------------------ for tests

    def clear(self) -> None:
        """Deletes everything."""
        for memory in (self.repositories, self.buckets, self.large, self.failures, self.requests):
            memory.clear()
        self.jobs.clear()

    def add(self, repo: str, files: dict[str, bytes], private: bool = False, kind: str = "models") -> str:
        """Adds a commit of exactly these files to a repository; returns the commit."""
        repository = self.repositories.setdefault((kind, repo), Repository(private))
        return repository.commit("main", files, "added")

    def files(self, repo: str, revision: str = "main", kind: str = "models") -> dict[str, bytes]:
        repository = self.repositories[kind, repo]
        return repository.commits[repository.find(revision)]

    def commits(self, repo: str, kind: str = "models") -> list[str]:
        """Returns the messages of its commits, oldest first."""
        return self.repositories[kind, repo].messages

    def fail(self, pattern: str, times: int = 1, status: int = 503, die: bool = False) -> None:
        """Makes the next `times` requests whose "METHOD path" contains `pattern` fail with `status` or end the process."""
        self.failures.append(Failure(pattern, times, status, die))

    # ------------------------------------------------------------------------------------------ answering

    async def _answer(self, request: Request) -> Response:
        path = request.scope["raw_path"].decode()
        asked = f"{request.method} {path}"
        self.requests.append(asked)
        try:
            if not path.startswith("/test/"):
                self._fail(asked)
            for method, pattern, handler in ROUTES:
                if re.fullmatch(method, request.method) and (found := re.fullmatch(pattern, path)):
                    groups = {name: unquote(value) for name, value in found.groupdict().items()}
                    return handler(self, request, await request.body(), **groups)
            raise Refusal(404, f"No such page: {asked}")
        except Refusal as refusal:
            return refusal.response

    def _fail(self, asked: str) -> None:
        for failure in self.failures:
            if failure.times and re.search(failure.pattern, asked):
                failure.times -= 1
                if failure.die:
                    os._exit(1)
                raise Refusal(failure.status, "The server has trouble")

    def _user(self, request: Request) -> tuple[str | None, bool]:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token and token not in TOKENS:
            raise Refusal(401, "Invalid credentials in Authorization header")
        return TOKENS.get(token, (None, False))

    def _repository(self, request: Request, kind: str, repo: str, write: bool = False) -> Repository:
        user, writes = self._user(request)
        repository = self.repositories.get((kind, repo))
        if repository is None or (repository.private and user != repo.partition("/")[0]):
            raise Refusal(404 if user else 401, "Repository not found", "RepoNotFound")
        if write:
            self._check_writes(repo.partition("/")[0], user, writes)
        return repository

    def _check_writes(self, owner: str, user: str | None, writes: bool) -> None:
        if user is None:
            raise Refusal(401, "Invalid username or password.")
        if not writes or user != owner:
            raise Refusal(403, f"You don't have the required permissions to write to {owner}")

    def check_writes(self, request: Request, owner: str) -> None:
        self._check_writes(owner, *self._user(request))

    def of_space(self, request: Request, repo: str) -> Repository:
        """Returns a Space whose settings the caller may see and change."""
        return self._repository(request, "spaces", repo, write=True)

    def refusal(self, status: int, message: str) -> Refusal:
        return Refusal(status, message)

    def whoami(self, request: Request, body: bytes) -> Response:
        user, writes = self._user(request)
        if user is None:
            raise Refusal(401, "Invalid username or password.")
        token = {"displayName": "a token", "role": "write" if writes else "read"}
        return JSONResponse({"type": "user", "name": user, "orgs": [], "auth": {"accessToken": token}})

    def validate_yaml(self, request: Request, body: bytes) -> Response:
        content = json.loads(body)["content"]
        front = re.match(r"---\n(.*?)\n---\n", content, re.DOTALL)
        try:
            data = yaml.safe_load(front[1]) if front else None
        except yaml.YAMLError as error:
            return JSONResponse({"errors": [{"message": str(error)}], "warnings": []}, 400)
        warnings = [] if data else [{"message": "empty or missing yaml metadata in repo card"}]
        return JSONResponse({"errors": [], "warnings": warnings})

    def create(self, request: Request, body: bytes) -> Response:
        asked = json.loads(body)
        user, writes = self._user(request)
        owner = asked.get("organization") or user
        self._check_writes(owner, user, writes)
        kind, repo = f"{asked.get('type') or 'model'}s", f"{owner}/{asked['name']}"
        url = f"{self.url}/{KINDS[kind]}{repo}"
        if (kind, repo) in self.repositories:
            return JSONResponse({"error": "You already created this repo", "url": url}, 409)
        private = asked.get("visibility") == "private" or bool(asked.get("private"))
        repository = self.repositories[kind, repo] = Repository(private)
        repository.commit("main", {".gitattributes": b"*.safetensors filter=lfs\n"}, "initial commit")
        return JSONResponse({"url": url, "name": repo})

    def info(self, request: Request, body: bytes, kind: str, repo: str, revision: str = "main") -> Response:
        repository = self._repository(request, kind, repo)
        sha = repository.find(revision)
        siblings = [{"rfilename": path} for path in repository.commits[sha]]
        told = {"id": repo, "sha": sha, "private": repository.private, "siblings": siblings, "tags": [], "gated": False}
        return JSONResponse(told)

    def tree(self, request: Request, body: bytes, kind: str, repo: str, revision: str) -> Response:
        repository = self._repository(request, kind, repo)
        files = repository.commits[repository.find(revision)]
        return JSONResponse([_entry(path, content) for path, content in files.items()])

    def paths_info(self, request: Request, body: bytes, kind: str, repo: str, revision: str) -> Response:
        repository = self._repository(request, kind, repo)
        files = repository.commits[repository.find(revision)]
        paths = json.loads(body)["paths"] if body[:1] == b"{" else [unquote(p[6:]) for p in body.decode().split("&")]
        return JSONResponse([_entry(path, files[path]) for path in paths if path in files])

    def refs(self, request: Request, body: bytes, kind: str, repo: str) -> Response:
        repository = self._repository(request, kind, repo)
        branches = [{"name": n, "ref": f"refs/heads/{n}", "targetCommit": sha} for n, sha in repository.refs.items()]
        return JSONResponse({"branches": branches, "converts": [], "tags": []})

    def point(self, request: Request, body: bytes, kind: str, repo: str, name: str) -> Response:
        """Creates a branch, or a tag of the revision in `name`."""
        repository = self._repository(request, kind, repo, write=True)
        asked = json.loads(body or b"{}")
        new, start = (asked["tag"], name) if "tag" in asked else (name, asked.get("startingPoint") or "main")
        if new in repository.refs:
            raise Refusal(409, f"Reference already exists: {new}")
        repository.refs[new] = repository.find(start)
        return JSONResponse({})

    def squash(self, request: Request, body: bytes, kind: str, repo: str, branch: str) -> Response:
        repository = self._repository(request, kind, repo, write=True)
        repository.find(branch)
        repository.squash(branch)
        return JSONResponse({})

    def preupload(self, request: Request, body: bytes, kind: str, repo: str, revision: str) -> Response:
        repository = self._repository(request, kind, repo, write=True)
        files = repository.commits[repository.find(revision)]
        answers = []
        for asked in json.loads(body)["files"]:
            path, here = asked["path"], files.get(asked["path"])
            large = is_large(path, asked["size"])
            oid = None if here is None else (sha256 if large else git_oid)(here)
            answers.append({"path": path, "uploadMode": "lfs" if large else "regular", "shouldIgnore": False, "oid": oid})
        return JSONResponse({"files": answers})

    def batch(self, request: Request, body: bytes, kind: str, repo: str) -> Response:
        self._repository(request, _kind(kind), repo, write=True)
        objects = []
        for asked in json.loads(body)["objects"]:
            oid = asked["oid"]
            actions = {"upload": {"href": f"{self.url}/lfs/{oid}"}, "verify": {"href": f"{self.url}/lfs/verify"}}
            objects.append(asked | ({} if oid in self.large else {"actions": actions}))
        return JSONResponse({"transfer": "basic", "objects": objects})

    def put(self, request: Request, body: bytes, oid: str) -> Response:
        if sha256(body) != oid:
            raise Refusal(400, "The content is not what its sha256 says")
        self.large[oid] = body
        return Response()

    def verify(self, request: Request, body: bytes) -> Response:
        asked = json.loads(body)
        if len(self.large.get(asked["oid"], b"")) != asked["size"]:
            raise Refusal(404, "The object is not here")
        return JSONResponse({})

    def commit(self, request: Request, body: bytes, kind: str, repo: str, revision: str) -> Response:
        repository = self._repository(request, kind, repo, write=True)
        files = dict(repository.commits[repository.find(revision)])
        summary = ""
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            match line["key"]:
                case "header":
                    summary = value["summary"]
                case "file":
                    files[value["path"]] = base64.b64decode(value["content"])
                case "lfsFile":
                    files[value["path"]] = self.large[value["oid"]]
                case "deletedFile":
                    del files[value["path"]]
                case "deletedFolder":
                    files = {p: c for p, c in files.items() if not p.startswith(value["path"].rstrip("/") + "/")}
        sha = repository.commit(revision, files, summary)
        if self.folder and revision == "main":
            self._write(self.folder / KINDS[kind] / repo, files)
        return JSONResponse({"commitUrl": f"{self.url}/{KINDS[kind]}{repo}/commit/{sha}", "commitOid": sha})

    def resolve(self, request: Request, body: bytes, kind: str, repo: str, revision: str, path: str) -> Response:
        repository = self._repository(request, _kind(kind), repo)
        sha = repository.find(revision)
        if path not in repository.commits[sha]:
            raise Refusal(404, "Entry not found", "EntryNotFound")
        content = repository.commits[sha][path]
        oid = sha256(content) if is_large(path, len(content)) else git_oid(content)
        headers = {"X-Repo-Commit": sha, "ETag": f'"{oid}"', "Accept-Ranges": "bytes"}
        if is_large(path, len(content)):
            headers |= {"X-Linked-Etag": f'"{oid}"', "X-Linked-Size": str(len(content))}
        return Response(content, 200, headers, "application/octet-stream")

    def test_fail(self, request: Request, body: bytes) -> Response:
        self.fail(**json.loads(body))
        return JSONResponse({})

    def test_requests(self, request: Request, body: bytes) -> Response:
        return JSONResponse(self.requests)

    # ------------------------------------------------------------------------------------------ the folder

    def _read(self, folder: Path) -> None:
        for kind, prefix in KINDS.items():
            for path in filter(Path.is_dir, (folder / prefix).glob("*/*")):
                files = {f.relative_to(path).as_posix(): f.read_bytes() for f in path.rglob("*") if f.is_file()}
                if kind != "models" or f"{path.parent.name}/" not in KINDS.values():
                    self.add(f"{path.parent.name}/{path.name}", files, kind=kind)

    def _write(self, folder: Path, files: dict[str, bytes]) -> None:
        for path in filter(Path.is_file, folder.rglob("*")):
            if path.relative_to(folder).as_posix() not in files:
                path.unlink()
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)


def _kind(prefix: str) -> str:
    return next(kind for kind, given in KINDS.items() if given == prefix)


def _entry(path: str, content: bytes) -> dict:
    entry = {"type": "file", "path": path, "size": len(content), "oid": git_oid(content)}
    if is_large(path, len(content)):
        entry["lfs"] = {"oid": sha256(content), "size": len(content), "pointerSize": 134}
    return entry


ROUTES = [
    ("GET", r"/api/whoami-v2", HubServer.whoami),
    ("POST", r"/api/validate-yaml", HubServer.validate_yaml),
    ("POST", r"/api/repos/create", HubServer.create),
    ("GET", rf"/api/{REPO}", HubServer.info),
    ("GET", rf"/api/{REPO}/revision/(?P<revision>[^/]+)", HubServer.info),
    ("GET", rf"/api/{REPO}/tree/(?P<revision>[^/]+)", HubServer.tree),
    ("GET", rf"/api/{REPO}/refs", HubServer.refs),
    ("POST", rf"/api/{REPO}/paths-info/(?P<revision>[^/]+)", HubServer.paths_info),
    ("POST", rf"/api/{REPO}/(?:branch|tag)/(?P<name>[^/]+)", HubServer.point),
    ("POST", rf"/api/{REPO}/super-squash/(?P<branch>[^/]+)", HubServer.squash),
    ("POST", rf"/api/{REPO}/preupload/(?P<revision>[^/]+)", HubServer.preupload),
    ("POST", rf"/api/{REPO}/commit/(?P<revision>[^/]+)", HubServer.commit),
    ("POST", rf"/{OF_KIND}\.git/info/lfs/objects/batch", HubServer.batch),
    ("PUT", r"/lfs/(?P<oid>\w+)", HubServer.put),
    ("POST", r"/lfs/verify", HubServer.verify),
    ("GET|HEAD", rf"/{OF_KIND}/resolve/(?P<revision>[^/]+)/(?P<path>.+)", HubServer.resolve),
    *hub_spaces.ROUTES,
    *hub_jobs.routes("jobs"),
    ("POST", r"/test/fail", HubServer.test_fail),
    ("GET", r"/test/requests", HubServer.test_requests),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="(default: a free one)")
    parser.add_argument("--folder", type=Path, help="of repositories, OWNER/NAME")
    parser.add_argument("--die-at", metavar="PATTERN", help='end at once at the first request, "METHOD path", that this is in')
    options = parser.parse_args()
    server = HubServer(options.port, options.folder)
    if options.die_at:
        server.fail(options.die_at, die=True)
    print(server.url, flush=True)
    server.run()


if __name__ == "__main__":
    main()
