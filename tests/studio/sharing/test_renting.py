"""Tests trainings of the page in jobs of the local Hub: whose account, the price, the start, the end, and the failures.

The code of these jobs is a script of a few lines that prints the events of a training; job.sh is the project's own.
"""

import json
import time
from contextlib import closing

import gradio as gr
import pytest
from starlette.requests import Request

from ganlib.remote import code, job, tokens
from ganlib.remote.code import ROOT, SCRIPT
from studio.jobs.api import JobsApi
from studio.jobs.manager import JobManager
from studio.library import Library
from studio.limits import OAUTH, Limits
from studio.sharing.renting import Renting
from studio.uploads.api import Uploads

pytestmark = pytest.mark.slow  # a process or two for each job

VISITOR = "a" * 32
BEGUN = {
    "event": "begun", "run": "checkpoints/x", "images": 0, "total": 64, "minutes": None, "batch_size": 16,
    "dataset_size": 100, "parent": "", "notes": [],
}  # fmt: skip
SNAPSHOT = {"event": "snapshot", "images": 32, "epoch": 0.32, "grid": "checkpoints/x/grids/000000032.webp", "scores": {}}
BEGINNING = (
    f"import sys, time, os\nprint({json.dumps(BEGUN)!r})\nprint('A warning.')\nprint({json.dumps(SNAPSHOT)!r})\n"
    'print(\'{"event": "advanced", "images": 48, "seconds": 1}\', flush=True)\n'
)
FINISHED = 'print(\'{"event": "finished", "images": 64}\')\n'
TRAINING = {"recipe": "mlp", "source": {"kind": "built-in", "name": "digits"}, "length": 64}
WISH = {"request": TRAINING, "flavor": "t4-small", "minutes": 60, "name": "someone/shapes", "private": True}


@pytest.fixture
def script(hub_server, tmp_path, monkeypatch):
    """A function that makes a script the train.py of every job."""
    monkeypatch.setattr(job, "PAUSES", (0.05, 0.05))
    files = {"train.py": tmp_path / "train.py", SCRIPT: ROOT / SCRIPT, "requirements.txt": tmp_path / "empty"}
    (tmp_path / "empty").touch()
    monkeypatch.setattr(code, "checkout", lambda: files)
    return (tmp_path / "train.py").write_text


@pytest.fixture
def ask(checkpoints, make_run, tmp_path, stage):
    """Sends a question to the panel's server function, from this machine or with other headers, and as who signed in."""
    make_run("tiny")
    with closing(JobManager(tmp_path / "jobs", Limits(), "cpu", stage)) as jobs:
        library = Library(checkpoints, jobs=jobs)
        renting = Renting(library, JobsApi(library, jobs, Uploads(tmp_path / "uploads", jobs.limits)), at_home=True)

        def ask(what, signed_in=None, host="127.0.0.1:7860", origin=None, **question):
            headers = [(b"host", host.encode()), *([(b"origin", origin.encode())] if origin else [])]
            request = Request({"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers})
            name, token = signed_in or (None, None)
            profile = (
                gr.OAuthProfile({"name": name, "preferred_username": name, "profile": "", "picture": ""}) if name else None
            )
            asked = {"what": f"rent_{what}", "visitor": VISITOR} | question
            return renting.answer(asked, token, profile, request)

        yield ask


@pytest.fixture
def until(ask):
    """Polls a training until it meets the condition; returns its state, with the whole log."""

    def until(id, condition, **caller):
        deadline, lines = time.monotonic() + 60, []
        while True:
            state = ask("state", id=id, since=len(lines), **caller)
            lines += state["lines"]
            if condition(state):
                return state | {"lines": lines}
            assert time.monotonic() < deadline, state
            time.sleep(0.02)

    return until


def over(state):
    return state["over"]


@pytest.fixture
def on_space(monkeypatch, hub_server):
    """The environment of a Space with OAuth and the right to start jobs, whose code is on the Hub."""
    monkeypatch.setenv("SPACE_ID", "studios/gan")
    for name in OAUTH:
        monkeypatch.setenv(name, "set")
    monkeypatch.setenv("OAUTH_SCOPES", "openid profile contribute-repos jobs")
    files = {"train.py": (BEGINNING + FINISHED).encode(), SCRIPT: (ROOT / SCRIPT).read_bytes(), "requirements.txt": b""}
    hub_server.add("studios/gan", files, kind="spaces")


def visitor(name, token, scope="openid profile jobs", seconds=8 * 3600):
    return name, gr.OAuthToken(token, scope, int(time.time()) + seconds)


def test_the_offer_of_this_machine_s_account(ask, hub_server):
    assert ask("way") == {"way": "machine", "signed_in": True}
    offer = ask("offer")
    assert offer["owner"] == "someone" and offer["default"] == "t4-small" and offer["minutes"] == [10, 1440]
    assert [(one["name"], round(one["per_hour"], 2)) for one in offer["machines"]] == [("cpu-basic", 0.01), ("t4-small", 0.4)]


def test_a_training_to_its_end(ask, until, script, hub_server):
    script(BEGINNING + FINISHED)
    state = until(ask("start", **WISH)["id"], over)
    assert (state["stage"], state["said"], state["images"], state["total"]) == ("COMPLETED", "", 48, 64)
    assert state["repo"] == "someone/shapes" and state["snapshots"] == 1 and "A warning." in state["lines"]
    assert state["lines"].count("A warning.") == 1 and state["address"].startswith(f"{hub_server.url}/jobs/someone/")
    started = hub_server.jobs.last.spec
    assert started["flavor"] == "t4-small" and started["timeoutSeconds"] == 3600
    words = started["command"]
    assert words[words.index("--images") + 1] == "64" and "--minutes" not in words and "--private" in words
    assert hub_server.repositories["models", "someone/shapes"].private
    assert "hf_someone" not in json.dumps(started | {"secrets": {}}) + json.dumps(state)


def test_it_begins_with_a_run_of_this_machine(ask, until, script, hub_server, checkpoints, make_run):
    from ganlib import networks
    from ganlib.runs.run import Run

    run = Run.open(checkpoints / "tiny")
    run.save_discriminator(networks.build_discriminator(run.config.discriminator_settings()), 128)
    script(BEGINNING + FINISHED)
    request = TRAINING | {"run": "tiny", "images": 64}
    del request["recipe"]
    until(ask("start", **WISH | {"request": request})["id"], over)
    words = hub_server.jobs.last.spec["command"]
    assert words[words.index("--init-from") + 1] == "someone/gan-studio-run-tiny"
    assert "snapshots/000000064.safetensors" in hub_server.files("someone/gan-studio-run-tiny")


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("raise SystemExit('The set is empty.')", "The job failed with exit code 1: The set is empty."),
        ("os.kill(os.getpid(), 9)", "The job was killed, most likely because its memory was full"),
        ('print(\'{"event": "diverged", "images": 48, "message": "It has diverged."}\')\nsys.exit(1)', "It has diverged."),
    ],
)
def test_a_training_that_fails(ask, until, script, rest, said):
    script(BEGINNING + rest)
    state = until(ask("start", **WISH)["id"], over)
    assert state["stage"] == "ERROR" and state["said"].startswith(said)


def test_a_log_that_breaks_off_is_whole(ask, until, script, hub_server):
    hub_server.jobs.cuts = [3, 5]
    script(BEGINNING + "time.sleep(0.5)\n" + FINISHED)
    state = until(ask("start", **WISH)["id"], over)
    assert state["stage"] == "COMPLETED" and state["lines"].count("A warning.") == 1


def test_the_hub_stays_away(ask, until, script, hub_server):
    hub_server.fail("GET .*/logs", times=1000)
    script(BEGINNING + "time.sleep(60)")
    state = until(ask("start", **WISH)["id"], over)
    assert state["stage"] == "LOST" and "The Hub has trouble (HTTP 503)" in state["said"]
    hub_server.failures.clear()
    again = ask("jobs")["trainings"][0]  # opened again, it is followed anew
    assert again["job"] == state["job"] and until(again["id"], lambda state: state["images"] == 48)["stage"] == "RUNNING"


def test_it_is_cancelled(ask, until, script, hub_server):
    script(BEGINNING + "time.sleep(60)")
    id = ask("start", **WISH)["id"]
    until(id, lambda state: state["images"] == 48)
    assert ask("cancel", id=id) == {"cancelled": True}
    assert until(id, over)["said"] == "The job was cancelled." and hub_server.jobs.last.stage == "CANCELED"


def test_no_credit(ask, until, script, hub_server):
    hub_server.jobs.credit = False
    script(BEGINNING)
    state = until(ask("start", **WISH)["id"], over)
    assert state["stage"] == "ERROR" and state["said"].startswith("someone has no credit left for jobs; add some at https://")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"flavor": "t5-large"}, "The Hub has no machine 't5-large' for jobs"),
        ({"flavor": "--help"}, "The Hub has no machine '--help' for jobs"),
        ({"flavor": "l4x4"}, "A job trains on one GPU, and l4x4 has 4"),
        ({"name": "other/shapes"}, "The run goes to your own account: give someone/NAME."),
        ({"name": "shapes"}, "'shapes' is not a name on the Hub"),
        ({"name": "someone/--yes x"}, "'someone/--yes x' is not a name on the Hub"),
        ({"minutes": 5}, "minutes must be"),
        ({"minutes": 1e9}, "minutes must be"),
        ({"private": "yes"}, "private must be"),
        ({"request": TRAINING | {"recipe": "none"}}, "recipe must be one of"),
        ({"request": None}, "request must be an object"),
        ({"request": TRAINING | {"race": [{"r1": 0}, {"r1": 1}]}}, "A job trains one network, not a race"),
    ],
)
def test_what_is_refused(ask, hub_server, changes, sentence):
    assert ask("start", **WISH | changes)["error"].startswith(sentence)
    assert not hub_server.jobs.all and not hub_server.repositories


class TestWhoseAccount:
    def test_a_page_that_others_reach_offers_nothing(self, ask, hub_server, monkeypatch):
        refusal = {"error": "Trainings on the Hub's machines are offered on the machine itself, or on a Space with sign-in."}
        elsewhere = [
            {"host": "gan.example.org"}, {"host": "127.0.0.1.example.org"}, {"host": "192.168.0.5:7860"},
            {"origin": "https://example.org"}, {"origin": "null"}, {"origin": "http://127.0.0.1:9999"},
        ]  # fmt: skip
        for caller in elsewhere:
            assert ask("way", **caller)["way"] == "off" and ask("start", **WISH, **caller) == refusal
        monkeypatch.setenv("GRADIO_SHARE", "True")
        assert ask("way")["way"] == "off" and ask("jobs") == refusal
        assert hub_server.requests == []

    def test_this_page_s_own_origin_is_no_other(self, ask):
        assert ask("way", origin="http://127.0.0.1:7860")["way"] == "machine"
        assert ask("way", host="localhost:7860", origin="http://localhost:7860")["way"] == "machine"
        assert ask("way", host="[::1]:7860")["way"] == "machine"

    @pytest.mark.parametrize(("token", "sentence"), [("", "has no token of the Hub"), ("hf_reader", "may not start jobs")])
    def test_tokens_of_this_machine(self, ask, monkeypatch, token, sentence):
        monkeypatch.setenv("HF_TOKEN", token)
        assert sentence in ask("offer")["error"] and sentence in ask("start", **WISH)["error"]

    def test_a_visitor_of_a_space_pays_with_their_own_token(self, ask, until, on_space, hub_server):
        caller = {"host": "studios-gan.hf.space", "signed_in": visitor("other", "hf_other")}
        assert ask("way", host=caller["host"]) == {"way": "account", "signed_in": False}
        assert ask("start", **WISH, host=caller["host"]) == {"error": "Sign in with Hugging Face first."}
        assert ask("way", **caller)["signed_in"] and ask("offer", **caller)["owner"] == "other"
        id = ask("start", **WISH | {"name": "other/shapes"}, **caller)["id"]
        assert until(id, over, **caller)["stage"] == "COMPLETED"
        started = hub_server.jobs.last
        assert started.owner == "other" and started.spec["secrets"] == {"HF_TOKEN": "hf_other"}
        (volume,) = started.spec["volumes"]
        assert (volume["type"], volume["source"]) == ("space", "studios/gan")

        someone = caller | {"signed_in": visitor("someone", "hf_someone")}
        for what in ("state", "cancel"):
            assert "no longer known here" in ask(what, id=id, **someone)["error"]
        assert ask("jobs", **someone) == {"trainings": []} and len(ask("jobs", **caller)["trainings"]) == 1

    def test_a_sign_in_that_is_too_short_or_grants_too_little(self, ask, on_space, hub_server):
        short = {"host": "studios-gan.hf.space", "signed_in": visitor("other", "hf_other", seconds=1800)}
        wish = WISH | {"name": "other/shapes"}
        assert ask("start", **wish, **short)["error"].startswith("Your sign-in ends before the job: choose at most 2")
        little = {"host": "studios-gan.hf.space", "signed_in": visitor("other", "hf_other", scope="openid profile")}
        assert ask("start", **wish, **little)["error"] == "Your sign-in doesn't allow jobs: sign out, and in again."
        assert not hub_server.jobs.all

    def test_a_space_without_that_scope_offers_nothing(self, ask, on_space, monkeypatch):
        monkeypatch.setenv("OAUTH_SCOPES", "openid profile contribute-repos")
        assert ask("way", host="studios-gan.hf.space")["way"] == "off"


@pytest.mark.parametrize(
    ("token", "may"),
    [
        ({"role": "write"}, True),
        ({"role": "read"}, False),
        ({"role": "fineGrained", "fineGrained": {"scoped": [{"entity": {"name": "ann"}, "permissions": ["job.write"]}]}}, True),
        (
            {"role": "fineGrained", "fineGrained": {"scoped": [{"entity": {"name": "bob"}, "permissions": ["job.write"]}]}},
            False,
        ),
        ({"role": "fineGrained", "fineGrained": {"scoped": []}}, False),
        (None, True),
    ],
)
def test_what_the_hub_tells_of_a_token(token, may):
    assert tokens.may_start({"name": "ann", "auth": {"accessToken": token} if token else {}}) is may
