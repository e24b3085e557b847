#!/usr/bin/env bash
# Starlette 1.10.0: where the client has left by the time its request is read, FileResponse ends without a body and without an
# exception, after it has sent status 200 and the file's Content-Length. Starlette 1.0.0 sent the whole file. It ends only where
# the server declares ASGI's spec_version below 2.4, as uvicorn 0.54.0 does (2.3). A middleware that collects responses and keeps them, as for compressing files once, then keeps an empty file with
# status 200, and all who come later get it. The ASGI document leaves to a server what it does with what is sent after a
# disconnect; a middleware between has to look for the last message, whose more_body is false.
#
# Seen (status, Content-Length, bytes of the body, whether it was said to be complete):
#   starlette 1.0.0, spec_version 2.3: 200, 5000, 5000, complete
#   starlette 1.10.0, spec_version 2.3: 200, 5000, 0, not complete
#   starlette 1.10.0, spec_version 2.4: 200, 5000, 5000, complete
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cat > "$place/leave.py" <<'PY'
import asyncio
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from starlette.responses import FileResponse
from uvicorn.protocols.http import h11_impl


async def sent(spec_version):
    messages = []
    file = Path(tempfile.mkdtemp()) / "a.js"
    file.write_bytes(b"x" * 5000)

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        messages.append(message)

    scope = {"type": "http", "method": "GET", "path": "/a.js", "headers": [], "asgi": {"version": "3.0", "spec_version": spec_version}}
    await FileResponse(file)(scope, receive, send)
    start, *parts = messages
    body = b"".join(part["body"] for part in parts)
    complete = bool(parts) and not parts[-1].get("more_body", False)
    return start["status"], int(dict(start["headers"])[b"content-length"]), len(body), complete


assert '"spec_version": "2.3"' in Path(h11_impl.__file__).read_text(), "uvicorn has changed"
for spec_version, complete in zip(sys.argv[1::2], sys.argv[2::2]):
    status, length, size, seen = asyncio.run(sent(spec_version))
    print(f"starlette {version('starlette')}, spec_version {spec_version}: {status}, {length}, {size}, {'' if seen else 'not '}complete")
    assert (status, length) == (200, 5000) and seen == (complete == "complete") and size == 5000 * seen, "this has changed"
PY
for starlette in "1.0.0 2.3 complete" "1.10.0 2.3 not 2.4 complete"; do
  "${PYTHON:-python3}" -m venv --clear "$place/venv"
  "$place/venv/bin/pip" install --quiet --disable-pip-version-check "starlette==${starlette%% *}" uvicorn==0.54.0 anyio==4.12.1
  # shellcheck disable=SC2086
  "$place/venv/bin/python" "$place/leave.py" ${starlette#* }
done
