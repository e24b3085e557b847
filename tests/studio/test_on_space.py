"""Tests `python app.py` as a Space with OAuth: signed-in visitors publish with their own token, and the Space's token reads
nothing."""

import base64
import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import itsdangerous
import pytest

ROOT = Path(__file__).parents[2]
SECRET = "secret"
SPACE = {
    "SYSTEM": "spaces", "SPACE_ID": "someone/gan", "OAUTH_CLIENT_ID": "id", "OAUTH_CLIENT_SECRET": SECRET,
    "OAUTH_SCOPES": "openid profile contribute-repos", "OPENID_PROVIDER_URL": "http://127.0.0.1:9",
}  # fmt: skip
pytestmark = pytest.mark.slow


@pytest.fixture
def app(checkpoints, make_run, hub_server, tmp_path):
    """A client of the app over one run. The environment contains a Hub token, as a Space's may."""
    make_run("tiny")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "app.py", "--host", "127.0.0.1", "--port", str(port), "--checkpoints", str(checkpoints)]
    environment = os.environ | SPACE | {"HF_TOKEN": "hf_someone", "GRADIO_TEMP_DIR": str(tmp_path / "gradio")}
    with open(tmp_path / "log", "w") as log:
        process = subprocess.Popen(
            [*command, "--jobs", str(tmp_path / "jobs")], cwd=ROOT, stdout=log, stderr=log, env=environment
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield _started(client, process, tmp_path / "log")
    finally:
        process.terminate()
        process.wait(20)


def _started(client, process, log):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            client.get("/config").raise_for_status()
            return client
        except httpx.HTTPError:
            time.sleep(0.2)
    pytest.fail(f"app.py did not start: {log.read_text()}")


def ask(app, function, question, cookie=None):
    """Sends a question to a server function of the page's components, as the page does."""
    components = app.get("/config").json()["components"]
    (component,) = [c["id"] for c in components if function in (c["props"].get("server_fns") or [])]
    body = {"data": question, "component_id": component, "fn_name": function, "session_hash": "a"}
    headers = {"Cookie": f"session={cookie}"} if cookie else {}
    return app.post("/gradio_api/component_server", json=body, headers=headers).raise_for_status().json()


def signed_in(token, expires=3600):
    """Returns the cookie of a signed-in visitor, signed with the Space's secret as Gradio does."""
    user = {"name": "Other", "preferred_username": "other", "profile": "", "picture": ""}
    info = {"access_token": token, "scope": "", "expires_at": time.time() + expires, "userinfo": user}
    key = hashlib.sha256(f"{SECRET}-v4".encode()).hexdigest()
    return itsdangerous.TimestampSigner(key).sign(base64.b64encode(json.dumps({"oauth_info": info}).encode())).decode()


def test_publishing_takes_the_visitors_own_token(app, hub_server):
    question = {"what": "publish", "visitor": "0" * 32, "run": "tiny", "name": "other/cats", "private": False}
    cookie = signed_in("hf_other")
    assert ask(app, "publish", {"what": "way"}) == {"way": "account", "owner": None}
    assert ask(app, "publish", {"what": "way"}, cookie) == {"way": "account", "owner": "other"}
    for nobody in (None, signed_in("hf_other", expires=-1), cookie[:-1]):
        assert ask(app, "publish", question, nobody) == {"error": "Sign in with Hugging Face first."}
    begun = {"what": "publication"} | ask(app, "publish", question, cookie)
    while not (answer := ask(app, "publish", begun)).get("address"):
        assert "error" not in answer
        time.sleep(0.1)
    assert "snapshots/000000128.safetensors" in hub_server.files("other/cats")

    hub_server.add("someone/secret", hub_server.files("other/cats"), private=True)
    told = ask(app, "ask", {"what": "fetch", "name": "someone/secret"})
    assert told == {"error": "The Hub has no public run someone/secret; check the name."}
    assert ask(app, "ask", {"what": "fetch", "name": "other/cats"}).get("error") is None
