"""Tests runs to and from the Hub, with its own client against a server on the loopback."""

import json
from dataclasses import replace

import pytest
from conftest import untrained

from ganlib import UserError, hub
from ganlib.hub.names import in_layout
from ganlib.runs.run import Run


@pytest.fixture
def run(tmp_path):
    return untrained(tmp_path / "run")


@pytest.mark.slow
def test_push_and_pull(run, hub_server, tmp_path):
    address = hub.push(run.path, "someone/shapes")
    assert address == f"{hub_server.url}/someone/shapes"
    files = hub_server.files("someone/shapes")
    assert "state.safetensors" not in files and {"config.json", "history.jsonl", "README.md", "curves.svg"} < set(files)
    pulled = hub.run_at("someone/shapes")
    assert pulled.name == "someone/shapes" and tmp_path / "hub-cache" in pulled.path.parents
    assert [s.images for s in pulled.snapshots()] == [s.images for s in run.snapshots()]
    for snapshot, original in zip(pulled.snapshots(), run.snapshots(), strict=True):
        assert snapshot.path.read_bytes() == original.path.read_bytes()
    assert pulled.discriminator().state_dict().keys() == run.discriminator().state_dict().keys()
    assert pulled.history() == run.history() and len(pulled.grids()) == len(run.grids())


@pytest.mark.slow
def test_a_second_push_makes_no_commit_and_a_longer_run_sends_what_is_new(run, hub_server):
    hub.push(run.path, "someone/shapes")
    assert hub_server.commits("someone/shapes") == ["initial commit", "epoch 3.2, 320 images"]
    hub_server.requests.clear()
    hub.push(run.path, "someone/shapes")
    assert len(hub_server.commits("someone/shapes")) == 2
    run.save_snapshot(run.generator(), 336)
    hub.push(run.path, "someone/shapes")
    assert len(hub_server.commits("someone/shapes")) == 3
    assert sum(request.startswith("PUT /lfs") for request in hub_server.requests) == 1  # only the new snapshot
    assert run.snapshots()[-1].path.name in {path.rpartition("/")[2] for path in hub_server.files("someone/shapes")}


@pytest.mark.slow
def test_damaged_weights_stay_here_and_whole_ones_there(run, hub_server):
    hub.push(run.path, "someone/shapes")
    before = hub_server.files("someone/shapes")
    damaged = [run.snapshots()[-1].path, run.path / "discriminator.safetensors"]
    for path in damaged:
        path.write_bytes(path.read_bytes()[:-1])
    hub.push(run.path, "someone/shapes")
    after = hub_server.files("someone/shapes")
    assert {name: after[name] for name in before if name.endswith(".safetensors")} == {
        name: content for name, content in before.items() if name.endswith(".safetensors")
    }
    hub.push(run.path, "someone/new")
    assert "snapshots/000000000.safetensors" in hub_server.files("someone/new")
    assert hub_server.files("someone/new").keys().isdisjoint(path.relative_to(run.path).as_posix() for path in damaged)


@pytest.mark.slow
def test_what_is_pulled_is_what_was_pushed_last(run, hub_server, tmp_path):
    """An earlier run's files in the repository are deleted; others that its owner added stay."""
    hub_server.add("someone/shapes", {"notes.txt": b"mine", "LICENSE": b"..."})
    hub.push(run.path, "someone/shapes")
    other = untrained(tmp_path / "other", moments=(0, 16, 32))
    hub.push(other.path, "someone/shapes")
    files = hub_server.files("someone/shapes")
    here = {path.relative_to(other.path).as_posix() for path in other.path.rglob("*") if path.is_file()}
    assert set(files) == {"notes.txt", "LICENSE"} | {path for path in here if in_layout(path)}
    assert {path.name for path in hub.pull("someone/shapes").iterdir()}.isdisjoint({"notes.txt", "LICENSE"})


@pytest.mark.slow
def test_revisions(run, hub_server):
    address = hub.push(run.path, "someone/shapes", revision="v2")
    assert address.endswith("/someone/shapes/tree/v2") and set(hub_server.files("someone/shapes")) == {".gitattributes"}
    assert hub.run_at("someone/shapes@v2").snapshots()
    with pytest.raises(UserError, match="no run of ours: it has no config"):
        hub.pull("someone/shapes")
    with pytest.raises(UserError, match=r"^someone/shapes on the Hub has no revision v3\.$"):
        hub.pull("someone/shapes@v3")


@pytest.mark.slow
def test_a_private_repository_is_its_owner_s(run, hub_server, monkeypatch):
    hub.push(run.path, "someone/shapes", private=True)
    assert hub.pull("someone/shapes")
    for token in ("hf_other", False):
        with pytest.raises(UserError, match="The Hub has no someone/shapes that you may read"):
            hub.pull("someone/shapes", token=token)
    monkeypatch.setenv("HF_TOKEN", "")
    with pytest.raises(UserError, match="that you may read"):
        hub.pull("someone/shapes")


def test_private_is_not_put_into_what_is_public(run, hub_server):
    hub_server.add("someone/shapes", {})
    with pytest.raises(UserError, match="is on the Hub already and is public"):
        hub.push(run.path, "someone/shapes", private=True)
    assert hub_server.files("someone/shapes") == {}


def test_another_kind_of_model_is_left_alone(run, hub_server):
    hub_server.add("someone/bert", {"config.json": b"{}", "model.safetensors": b"..."})
    with pytest.raises(UserError, match="holds another kind of model"):
        hub.push(run.path, "someone/bert")
    assert len(hub_server.commits("someone/bert")) == 1


@pytest.mark.parametrize(
    ("token", "repo", "sentence"),
    [
        ("hf_wrong", "someone/shapes", "The Hub doesn't know the token"),
        ("hf_reader", "someone/shapes", "The token may not do this with someone/shapes: use one with write permission"),
        ("hf_someone", "other/shapes", "The token may not do this with other/shapes"),
        ("", "someone/shapes", "The Hub doesn't know the token: run `hf auth login`"),
    ],
)
def test_who_may_not_push(token, repo, sentence, run, hub_server, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", token)
    with pytest.raises(UserError, match=sentence) as refused:
        hub.push(run.path, repo)
    assert "\n" not in str(refused.value) and (not token or token not in str(refused.value))
    assert not hub_server.repositories


@pytest.mark.parametrize("token", ["hf_with space", "hf_\nline", "hf_ü"])
def test_a_token_that_is_none_is_not_repeated(token, run, hub_server):
    with pytest.raises(UserError, match=r"^The token holds characters that none has; copy it anew\.$"):
        hub.push(run.path, "someone/shapes", token=token)


@pytest.mark.slow
def test_a_given_token_is_used_and_kept_nowhere(run, hub_server, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "")
    hub.push(run.path, "other/shapes", token="hf_other")
    assert not any(b"hf_other" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert not any(b"hf_other" in content for content in hub_server.files("other/shapes").values())


@pytest.mark.slow
def test_nothing_tells_of_this_machine_s_folders(run, hub_server):
    commands = (
        "python train.py --dataset /secret/cats --out=/jobs/secret-id/run --init-from ../secret/mnist",
        "python train.py --resume '~/secret/the run'",
        "python train.py --data-note 'from /them",
    )
    run.save_config(replace(run.config, source="/secret/cats", commands=commands))
    hub.push(run.path, "someone/shapes")
    files = hub_server.files("someone/shapes")
    assert not any(b"secret" in content for content in files.values())
    config = json.loads(files["config.json"])
    assert config["source"] == "cats"
    assert config["commands"][:2] == [
        "python train.py --dataset cats --out=run --init-from mnist",
        "python train.py --resume 'the run'",
    ]
    assert Run.open(run.path).config.source == "/secret/cats"


@pytest.mark.slow
def test_offline_afterwards(run, hub_server, monkeypatch):
    hub.push(run.path, "someone/shapes")
    folder = hub.pull("someone/shapes")
    hub_server.fail("GET /api/models", times=2)
    assert hub.pull("someone/shapes") == folder  # the Hub is down
    with pytest.raises(hub.Unreachable, match=r"The Hub has trouble \(HTTP 503\) with someone/other; try again later"):
        hub.pull("someone/other")
    hub_server.requests.clear()
    assert hub.pull("someone/shapes", local_files_only=True) == folder
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert hub.pull("someone/shapes") == folder and hub_server.requests == []
    with pytest.raises(hub.Unreachable, match="HF_HUB_OFFLINE"):
        hub.pull("someone/other")
    with pytest.raises(UserError, match="HF_HUB_OFFLINE"):
        hub.push(run.path, "someone/shapes")


@pytest.mark.slow
def test_an_interrupted_download_is_finished_later(run, hub_server):
    hub.push(run.path, "someone/shapes")
    hub_server.fail(r"GET .*/resolve/.*/discriminator\.safetensors", status=500)
    with pytest.raises(hub.Unreachable, match=r"The Hub has trouble \(HTTP 500\)"):
        hub.pull("someone/shapes")
    assert Run.open(hub.pull("someone/shapes")).discriminator()


def test_no_network(run, monkeypatch, hub_server):
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    for ask in (lambda: hub.pull("someone/shapes"), lambda: hub.push(run.path, "someone/shapes")):
        with pytest.raises(
            hub.Unreachable, match=r"^The Hub can't be reached for someone/shapes .* check the network, or HF_ENDPOINT"
        ):
            ask()


def test_a_run_without_snapshots_is_not_pushed(run, hub_server):
    for snapshot in run.snapshots():
        snapshot.path.unlink()
    with pytest.raises(UserError, match="has no snapshots yet"):
        hub.push(run.path, "someone/shapes")
    assert not hub_server.requests


@pytest.mark.parametrize(
    "text", ["mnist", "a/b/c", "../up", "someone/", "some one/mnist", "someone/mnist@", "a/b@../c", "/tmp"]
)
def test_what_is_no_name(text):
    assert not hub.is_name(text)
    with pytest.raises(UserError, match="is not a name on the Hub"):
        hub.pull(text)


def test_a_folder_comes_before_the_hub(monkeypatch, tmp_path):
    untrained(tmp_path / "runs/mine")
    monkeypatch.chdir(tmp_path)
    assert hub.run_at("runs/mine").path == Run.open("runs/mine").path
    with pytest.raises(UserError, match="There is no run at runs/other"):
        hub.run_at("runs/other")
