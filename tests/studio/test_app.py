"""Tests app.py in its own process: its error messages and exit codes."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import prefork
import pytest

from app import _parser, _root_path, main
from ganlib import UserError

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


@pytest.fixture
def app(tmp_path):
    """`app(*arguments)` runs app.py; returns its exit code and stderr."""

    def app(*arguments):
        said = tmp_path / "stderr"
        return prefork.start("app.py", *arguments, stdout=tmp_path / "stdout", stderr=said).wait(120), said.read_text().strip()

    return app


def test_a_port_that_is_taken(app, checkpoints, make_run):
    make_run()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        jobs = checkpoints.with_name("jobs")
        code, said = app("--host", "127.0.0.1", "--port", port, "--checkpoints", checkpoints, "--jobs", jobs)
    assert (code, said) == (2, f"Can't listen at 127.0.0.1, port {port}; try another --port.")


def test_a_folder_that_is_not_there(app, tmp_path):
    code, said = app("--checkpoints", tmp_path / "none")
    assert (code, said) == (2, f"There is no folder {tmp_path / 'none'}; give --checkpoints a folder of runs.")


def test_a_folder_of_trainings_that_cannot_be(app, checkpoints, make_run):
    make_run()
    code, said = app("--checkpoints", checkpoints, "--jobs", __file__)
    assert (code, said) == (2, f"{__file__} can't be written (File exists); name another folder with --jobs.")


def test_mcp_without_its_package(checkpoints, make_run, tmp_path):
    make_run()
    (tmp_path / "mcp.py").write_text("raise ImportError('as if it were not installed')")
    ended = subprocess.run(
        [sys.executable, "app.py", "--mcp", "--checkpoints", checkpoints],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr.strip()) == (
        2,
        '--mcp needs a package that is not here; install it with pip install "gradio[mcp]".',
    )


@pytest.mark.parametrize(("value", "asked"), [("1", True), ("0", False), ("", False)])
def test_a_space_asks_for_webgpu_by_its_variable(monkeypatch, value, asked):
    monkeypatch.setenv("STUDIO_WEBGPU", value)
    assert _parser().parse_args([]).webgpu is asked


def test_a_space_says_where_trainings_are_kept_by_its_variable(monkeypatch):
    assert _parser().parse_args([]).keep is None
    monkeypatch.setenv("STUDIO_KEEP", "/trainings")
    assert _parser().parse_args([]).keep == Path("/trainings")


def test_a_space_says_which_run_opens_first_by_its_variable(monkeypatch):
    assert _parser().parse_args([]).first is None
    monkeypatch.setenv("STUDIO_FIRST", "mnist")
    assert _parser().parse_args([]).first == "mnist"
    assert _parser().parse_args(["--first", "fashion"]).first == "fashion"


def test_what_is_to_open_first_must_be_there(tmp_path):
    with pytest.raises(UserError, match=f"^There is no mnist in {tmp_path}; --first .or STUDIO_FIRST. takes a run's name"):
        main(["--checkpoints", str(tmp_path), "--first", "mnist"])


@pytest.mark.parametrize(("value", "asked"), [("True", True), ("true", True), ("False", False), ("", False)])
def test_gradios_variable_asks_for_a_link(monkeypatch, value, asked):
    monkeypatch.setenv("GRADIO_SHARE", value)
    assert _parser().parse_args([]).share is asked


def test_gradios_variable_says_where_a_proxy_serves_the_page(monkeypatch):
    monkeypatch.setenv("GRADIO_ROOT_PATH", "/gan")
    assert _parser().parse_args([]).root_path == "/gan"
    assert _parser().parse_args(["--root-path", "/other"]).root_path == "/other"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("", ""), ("/", ""), ("/gan", "/gan"), ("/gan/", "/gan"), ("/a/b", "/a/b"),
        ("https://example.org/gan/", "https://example.org/gan"), ("http://example.org:8080", "http://example.org:8080"),
    ],
)  # fmt: skip
def test_a_root_path(given, meant):
    assert _root_path(given) == meant


@pytest.mark.parametrize("given", ["gan", "//gan", "/a b", "/gan?x", "/gan#x", "ftp://example.org/gan", "https://"])
def test_what_is_no_root_path(given):
    with pytest.raises(UserError, match="is neither a path such as /gan nor a whole address"):
        _root_path(given)
