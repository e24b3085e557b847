#!/usr/bin/env bash
# huggingface_hub 2.4.0: `fetch_job_logs(follow=True)` ends without its last lines, and without an error, when the connection
# breaks off and the job has ended before the next attempt: it asks whether the job has ended before it reconnects. Expected: it
# reconnects, as it does while the job runs, since its retries continue after the last line that it has seen.
#
# Seen: the log has 6 lines; kept: ['line 0', 'line 1', 'line 2'], after 1 connection
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check huggingface_hub==2.4.0
cd "$place"
cat > finding.py <<'PY'
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

JOB = {"id": "1", "owner": {"id": "1", "name": "me", "type": "user"}, "status": {"stage": "COMPLETED"}}
LINES = [f"line {number}" for number in range(6)]
connections = 0


class Hub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        global connections
        self.send_response(200)
        if not self.path.endswith("/logs"):
            body = json.dumps(JOB).encode()
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        connections += 1
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for line in LINES[: 3 if connections == 1 else None]:
            chunk = f"data: {json.dumps({'timestamp': '2026-01-01T00:00:00.000Z', 'data': line})}\n\n".encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        if connections > 1:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True  # the first time in the middle of the body

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ |= {"HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}", "HF_HUB_DISABLE_TELEMETRY": "1"}

from huggingface_hub import HfApi

kept = list(HfApi(token="hf_x").fetch_job_logs(job_id="1", namespace="me", follow=True))
print(f"the log has {len(LINES)} lines; kept: {kept}, after {connections} connection{'s' * (connections != 1)}")
assert kept == LINES[:3] and connections == 1
again = list(HfApi(token="hf_x").fetch_job_logs(job_id="1", namespace="me", follow=True))
assert again == LINES
PY
HOME="$place" venv/bin/python finding.py
