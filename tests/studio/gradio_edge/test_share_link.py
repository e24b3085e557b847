"""`python app.py --share`: the link that a tunnel gives, what strangers then may, and the sentence where there is no tunnel. The
tunnel's program is a stand-in that says what Gradio's does."""

import json
import os
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
    """Puts the program where Gradio looks for it; returns the environment in which it is found there, and its folder."""

    def put(says):
        folder = tmp_path / "gradio" / "frpc"
        folder.mkdir(parents=True)
        program = folder / tunneling.BINARY_FILENAME
        program.write_text(PROGRAM.format(python=sys.executable, says=says))
        program.chmod(0o755)
        return {"HF_HOME": str(tmp_path), "GRADIO_SHARE_SERVER_ADDRESS": "tunnel.example:7000"} | LOCAL, folder

    return put


def refused(checkpoints, tmp_path, environment):
    command = [sys.executable, "app.py", "--share", "--checkpoints", str(checkpoints), "--jobs", str(tmp_path / "jobs")]
    ended = subprocess.run(command, cwd=ROOT, env=os.environ | LOCAL | environment, capture_output=True, text=True, timeout=120)
    return ended.returncode, ended.stdout, ended.stderr.strip()


def until(holds):
    """Whether something comes to hold within a minute."""
    deadline = time.monotonic() + 60
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.1)
    return holds()


def asked(url, function, question):
    """What a server function of the page answers."""
    components = json.loads(urlopen(f"{url}/config", timeout=60).read())["components"]
    (component,) = [c["id"] for c in components if function in (c["props"].get("server_fns") or [])]
    body = {"data": question, "component_id": component, "fn_name": function, "session_hash": "a"}
    return httpx.post(f"{url}/gradio_api/component_server", json=body, timeout=60).raise_for_status().json()


@pytest.mark.parametrize("way", ["option", "variable"])
def test_a_link(checkpoints, make_run, tmp_path, tunnel, way):
    make_run()
    environment, folder = tunnel("start proxy success: http://abc.gradio.live")
    options, chosen = (["--share"], {}) if way == "option" else ([], {"GRADIO_SHARE": "True"})
    process, url = start_app(checkpoints, tmp_path, options=options, **environment | chosen)
    try:
        assert until(lambda: "Open" in (tmp_path / "log").read_text())
        said = (tmp_path / "log").read_text()
        assert f"Open https://abc.gradio.live (or, on this machine, {url})." in said
        assert "Whoever has this link can train on this machine" in said and "share=True" not in said
        arguments = (folder / "told").read_text()
        assert "--server_addr tunnel.example:7000" in arguments and f"-l {url.rpartition(':')[2]}" in arguments
        assert asked(url, "publish", {"what": "way"}) == {"way": "off", "owner": None}  # nobody is asked for a token
        assert "gradio.s3" not in urlopen(url, timeout=60).read().decode()  # the page's scripts come from here
    finally:
        process.terminate()
        process.wait(30)
    assert until(lambda: (folder / "ended").exists())  # the tunnel ends with the app


def test_no_way_to_the_tunnel(checkpoints, make_run, tmp_path):
    make_run()
    code, out, said = refused(checkpoints, tmp_path, NOWHERE)
    assert (code, out) == (2, "")
    assert said == (
        "--share: Gradio's tunnel can't be had (Could not get share link from Gradio API Server); check the connection to the"
        " internet, or leave out --share."
    )


def test_a_tunnel_that_is_refused(checkpoints, make_run, tmp_path, tunnel):
    make_run()
    environment, _ = tunnel("login to server failed: EOF")
    code, out, said = refused(checkpoints, tmp_path, environment)
    assert code == 2 and "--share: Gradio's tunnel can't be had (Could not create share URL" in said
    assert said.count("\n") == 0 and "Open" not in out


def test_without_it_the_start_says_what_there_is(checkpoints, make_run, tmp_path):
    make_run()
    process, url = start_app(checkpoints, tmp_path, **LOCAL)
    try:
        assert until(lambda: "Open" in (tmp_path / "log").read_text())
        assert (
            tmp_path / "log"
        ).read_text() == f"Open {url} (--share gives it a public link, --root-path a place behind a proxy).\n"
        assert asked(url, "publish", {"what": "way"}) == {"way": "token", "owner": None}
    finally:
        process.terminate()
        process.wait(20)
