"""The settings of Spaces on the local Hub in `hub_server.py`: hardware, volumes, variables; and the buckets for volumes."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


def runtime(hub: Any, request: Request, body: bytes, repo: str) -> Response:
    return JSONResponse(_runtime(hub.of_space(request, repo)))


def hardware(hub: Any, request: Request, body: bytes, repo: str) -> Response:
    space = hub.of_space(request, repo)
    space.hardware = json.loads(body)["flavor"]
    return JSONResponse(_runtime(space))


def volumes(hub: Any, request: Request, body: bytes, repo: str) -> Response:
    """Replaces all volumes, as the Hub does."""
    space = hub.of_space(request, repo)
    space.volumes = json.loads(body)["volumes"]
    return JSONResponse(_runtime(space))


def variables(hub: Any, request: Request, body: bytes, repo: str) -> Response:
    space = hub.of_space(request, repo)
    if body:
        asked = json.loads(body)
        space.variables[asked["key"]] = asked["value"]
    return JSONResponse({key: {"value": value} for key, value in space.variables.items()})


def _runtime(space: Any) -> dict[str, Any]:
    told = {"stage": "BUILDING", "hardware": {"requested": space.hardware, "current": None}, "storage": None, "gcTimeout": None}
    return told | ({"volumes": space.volumes} if space.volumes else {})


def create_bucket(hub: Any, request: Request, body: bytes, bucket: str) -> Response:
    hub.check_writes(request, bucket.partition("/")[0])
    url = f"{hub.url}/buckets/{bucket}"
    if bucket in hub.buckets:
        return JSONResponse({"error": "This bucket exists", "url": url}, 409)
    hub.buckets[bucket] = json.loads(body).get("visibility") == "private"
    return JSONResponse({"url": url})


def bucket(hub: Any, request: Request, body: bytes, bucket: str) -> Response:
    if bucket not in hub.buckets:
        raise hub.refusal(404, "Bucket not found")
    told = {"id": bucket, "private": hub.buckets[bucket], "createdAt": "2026-01-01T00:00:00.000Z", "size": 0, "totalFiles": 0}
    return JSONResponse(told)


SPACE = r"/api/spaces/(?P<repo>[^/]+/[^/]+)"
BUCKET = r"/api/buckets/(?P<bucket>[^/]+/[^/]+)"
ROUTES = [
    ("GET", rf"{SPACE}/runtime", runtime),
    ("POST", rf"{SPACE}/hardware", hardware),
    ("PUT", rf"{SPACE}/volumes", volumes),
    ("GET|POST", rf"{SPACE}/variables", variables),
    ("POST", BUCKET, create_bucket),
    ("GET", BUCKET, bucket),
]
