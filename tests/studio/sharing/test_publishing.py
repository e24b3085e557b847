"""Tests publishing from the page to a local Hub: the run, the token, and the messages on failure."""

import logging
import time

import gradio as gr
import pytest

from ganlib.hub import pull
from ganlib.runs.run import Run
from studio.library import Library
from studio.limits import OAUTH
from studio.sharing.publishing import Publishing

VISITOR = "0" * 32
PROFILE = {"name": "Someone", "preferred_username": "someone", "profile": "", "picture": ""}


@pytest.fixture
def ask(checkpoints, make_run):
    """Sends a question to the panel's server function; `may_publish` is its check of the visitor's own trainings."""
    make_run("tiny")
    publishing = Publishing(Library(checkpoints), lambda visitor, entry: visitor == VISITOR)

    def ask(what, signed_in=None, **question):
        token = gr.OAuthToken(signed_in, "", 0) if signed_in else None
        profile = gr.OAuthProfile(PROFILE) if signed_in else None
        return publishing.answer({"what": what} | question, token, profile)

    return ask


@pytest.fixture
def publish(ask):
    """Publishes the run and polls until the end, as the page does; returns the last answer."""

    def publish(signed_in=None, **question):
        asked = {"visitor": VISITOR, "run": "tiny", "name": "someone/cats", "private": False, "token": "hf_someone"} | question
        answer = begun = ask("publish", signed_in, **asked)
        while "error" not in answer and not answer.get("address"):
            answer = ask("publication", publication=begun["publication"])
            time.sleep(0.05)
        return answer

    return publish


@pytest.fixture
def on_space(monkeypatch):
    """The environment of a Space with OAuth."""
    monkeypatch.setenv("SPACE_ID", "someone/gan")
    for name in OAUTH:
        monkeypatch.setenv(name, "set")


class TestWithAToken:
    @pytest.mark.slow
    def test_what_is_published_is_the_run(self, publish, hub_server, checkpoints):
        assert publish()["address"] == f"{hub_server.url}/someone/cats"
        there, run = hub_server.files("someone/cats"), Run.open(checkpoints / "tiny")
        for snapshot in run.snapshots():
            assert there[f"snapshots/{snapshot.path.name}"] == snapshot.path.read_bytes()
        assert b"# cats" in there["README.md"]
        assert Run.open(pull("someone/cats")).config == run.config

    @pytest.mark.slow
    def test_a_second_time_there_is_no_new_commit(self, publish, hub_server):
        publish()
        commits = len(hub_server.commits("someone/cats"))
        assert publish()["address"] and len(hub_server.commits("someone/cats")) == commits

    @pytest.mark.slow
    def test_private_is_private(self, publish, hub_server):
        publish(private=True)
        assert hub_server.repositories["models", "someone/cats"].private

    @pytest.mark.slow
    def test_it_is_the_visitors_token_never_the_servers_own(self, publish, hub_server):
        assert publish(name="other/cats", token="hf_other")["address"]
        assert "choose a new name under your own account" in publish(token="hf_other")["error"]
        assert ("models", "someone/cats") not in hub_server.repositories

    def test_a_wrong_token_is_told_and_kept_out_of_the_log(self, publish, hub_server, caplog):
        caplog.set_level(logging.DEBUG)
        assert publish(token="hf_nobody7")["error"] == "The Hub doesn't know this token; copy it anew, or sign in again."
        assert "hf_nobody7" not in caplog.text

    def test_a_hub_in_trouble_is_told(self, publish, hub_server):
        hub_server.fail("POST /api/repos/create", times=100, status=500)
        assert "trouble" in publish()["error"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "cats"}, {"name": "a/b/c"}, {"name": ""}, {"name": None}, {"token": ""}, {"token": None}, {"token": "hf one"},
        {"private": "yes"}, {"run": "nothing"}, {"visitor": "me"},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_wrong_is_one_sentence_and_nothing_is_made(publish, hub_server, wrong):
    assert publish(**wrong)["error"].endswith(".")
    assert not hub_server.repositories


def test_only_who_made_a_run_may_publish_it(publish, hub_server):
    assert publish(visitor="1" * 32)["error"] == "Only who made this run may publish it."
    assert not hub_server.repositories


@pytest.mark.parametrize("question", [None, [], {"what": "publication", "publication": "x"}, {"what": "nothing"}, {"what": []}])
def test_what_is_no_question_is_answered_in_a_sentence(ask, question):
    question = question if isinstance(question, dict) else {"what": question}
    assert ask(**question)["error"].endswith(".")


class TestOnASpace:
    @pytest.mark.slow
    def test_one_publishes_with_the_token_of_who_signed_in(self, ask, publish, hub_server, on_space):
        assert ask("way") == {"way": "account", "owner": None}
        assert publish()["error"] == "Sign in with Hugging Face first."
        assert ask("way", "hf_someone") == {"way": "account", "owner": "someone"}
        assert publish("hf_someone", token="hf_nobody")["address"]
        assert publish("hf_other", name="other/cats")["address"]

    def test_without_sign_in_nobody_is_asked_for_a_token(self, ask, publish, hub_server, monkeypatch):
        monkeypatch.setenv("SPACE_ID", "someone/gan")
        assert ask("way")["way"] == "off"
        assert "no sign-in" in publish()["error"]
        assert not hub_server.repositories

    def test_off_a_space_a_token_is_asked_for(self, ask):
        assert ask("way") == {"way": "token", "owner": None}
