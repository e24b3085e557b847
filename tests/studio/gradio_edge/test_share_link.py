"""Tests `python app.py --share`: the tunnel's link, other visitors' permissions, and the message without a tunnel. The tunnel's
program is replaced by one with the same output."""

import json
import os
import socket
import subprocess
import sys
import time
from urllib.request import urlopen

import httpx
import pytest
from gradio import tunneling
from serving import ROOT, start_app

pytestmark = pytest.mark.slow
NOWHERE = {"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1,localhost"}
PROGRAM = """#!{python}
import pathlib, signal, sys, time
here = pathlib.Path(__file__)
signal.signal(signal.SIGTERM, lambda *_: (here.with_name("ended").touch(), sys.exit()))
here.with_name("told").write_text(" ".join(sys.argv[1:]))
print({says!r}, flush=True)
time.sleep(120)
"""
LOCAL = {"SPACE_ID": "", "GRADIO_SHARE": ""}


@pytest.fixture
def tunnel(tmp_path):
    """Writes the program to where Gradio looks for it; returns the environment for that, and its folder."""

    def put(says):
        folder = tmp_path / "gradio" / "frpc"
        folder.mkdir(parents=True)
        program = folder / tunneling.BINARY_FILENAME
        program.write_text(PROGRAM.format(python=sys.executable, says=says))
        program.chmod(0o755)
        return {"HF_HOME": str(tmp_path), "GRADIO_SHARE_SERVER_ADDRESS": "tunnel.example:7000"} | LOCAL, folder

    return put


@pytest.fixture
def app(checkpoints, make_run, tmp_path):
    """Starts `app.py --share` in a new interpreter: Gradio reads the tunnel's place at import."""
    make_run()
    command = [sys.executable, "app.py", "--share", "--checkpoints", str(checkpoints), "--jobs", str(tmp_path / "jobs")]

    def start(environment, *options):
        return subprocess.Popen(
            [*command, *options], cwd=ROOT, env=os.environ | LOCAL | environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    return start


def until(holds):
    """Whether `holds()` becomes true within a minute."""
    deadline = time.monotonic() + 60
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.1)
    return holds()


def asked(url, function, question):
    """Returns the answer of a server function of the page."""
    components = json.loads(urlopen(f"{url}/config", timeout=60).read())["components"]
    (component,) = [c["id"] for c in components if function in (c["props"].get("server_fns") or [])]
    body = {"data": question, "component_id": component, "fn_name": function, "session_hash": "a"}
    return httpx.post(f"{url}/gradio_api/component_server", json=body, timeout=60).raise_for_status().json()


def test_a_link(app, tunnel):
    environment, folder = tunnel("start proxy success: http://abc.gradio.live")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process, url = app(environment, "--host", "127.0.0.1", "--port", str(port)), f"http://127.0.0.1:{port}"
    assert process.stdout.readline() == f"Open https://abc.gradio.live (or, on this machine, {url}).\n"
    assert process.stdout.readline().startswith("Whoever has this link can train on this machine")
    arguments = (folder / "told").read_text()
    assert "--server_addr tunnel.example:7000" in arguments and f"-l {port} " in arguments
    assert asked(url, "publish", {"what": "way"}) == {"way": "off", "owner": None}  # no token is requested
    assert "gradio.s3" not in urlopen(url, timeout=60).read().decode()  # the page's scripts are from this app
    process.terminate()
    process.communicate(timeout=60)
    assert until(lambda: (folder / "ended").exists())  # the tunnel ends with the app


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        (None, "Could not get share link from Gradio API Server"),
        (
            "login to server failed: EOF",
            "Could not create share URL. Please check the appended log from frpc for more information",
        ),
    ],
)
def test_a_tunnel_that_cannot_be_had(app, tunnel, says, reason):
    out, said = app(tunnel(says)[0] if says else NOWHERE).communicate(timeout=600)
    assert "Open" not in out and said == (
        f"--share: Gradio's tunnel can't be had ({reason}); check the connection to the internet, or leave out --share.\n"
    )


def test_without_it_the_start_says_what_there_is(checkpoints, make_run, tmp_path):
    make_run()
    process, url = start_app(checkpoints, tmp_path, **LOCAL)
    assert until(lambda: "Open" in (tmp_path / "log").read_text())
    assert (
        tmp_path / "log"
    ).read_text() == f"Open {url} (--share gives it a public link, --root-path a place behind a proxy).\n"
    assert asked(url, "publish", {"what": "way"}) == {"way": "token", "owner": None}
    process.terminate()
    process.wait(20)
