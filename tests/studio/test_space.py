"""Tests the Space: its front matter, its documented limits, and its files."""

import importlib.metadata
import re
from dataclasses import fields
from pathlib import Path

import pytest
from huggingface_hub import SpaceCard

from ganlib import UserError
from studio import space
from studio.library import Library
from studio.limits import Limits
from studio.sharing.accounts import SCOPE

COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}


@pytest.fixture(scope="module")
def settings():
    """Returns the README's front matter, parsed by the Hub's client."""
    return SpaceCard((space.ROOT / "README.md").read_text(encoding="utf-8")).data


def numbers(version):
    return tuple(map(int, version.split(".")))


def test_the_front_matter_starts_this_app(settings):
    assert settings.sdk == "gradio" and (space.ROOT / settings.app_file).is_file()
    assert numbers(settings.python_version) >= (3, 11)
    (lowest,) = re.findall(r"^gradio\[oauth\]>=([\d.]+),<[\d.]+$", (space.ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert numbers(lowest) <= numbers(settings.sdk_version)[: len(numbers(lowest))]
    assert numbers(settings.sdk_version) <= numbers(importlib.metadata.version("gradio"))


def test_the_front_matter_says_what_the_hub_shows(settings):
    assert settings.title == "GAN Studio" and settings.license == "mit"
    assert len(settings.emoji) == 1 and not settings.emoji.isascii()
    assert {settings.colorFrom, settings.colorTo} <= COLOURS
    assert len(settings.short_description) <= 60
    assert "gan" in settings.tags


def test_visitors_grant_no_more_than_publishing_and_training_in_jobs_need(settings):
    assert settings.hf_oauth is True
    assert settings.hf_oauth_scopes == ["contribute-repos", SCOPE]


def test_the_documented_limits_are_those_of_the_code():
    text = (space.ROOT / "docs" / "space.md").read_text(encoding="utf-8")
    told = {
        name: float(value.replace(",", "")) for name, value in re.findall(r"^\| `(STUDIO_\w+)` \| ([\d,.]+) \|", text, re.M)
    }
    assert told == {f"STUDIO_{field.name.upper()}": field.default for field in fields(Limits)}


class TestContents:
    def test_the_app_is_whole_and_nothing_else_is_there(self):
        held = space.contents([])
        assert {"README.md", "app.py", "train.py", "requirements.txt", "studio/__init__.py", "docs/theory.en.md"} <= held.keys()
        assert {
            "ganlib/assets/mnist-train.npz",
            "studio/static/page/studio.js",
            "ganlib/assets/digit-classifier.safetensors",
            "ganlib/assets/efficientnet-lite0.safetensors",
            "ganlib/assets/efficientnet-lite0-LICENSE.md",
        } <= held.keys()
        assert all(path.is_file() for path in held.values())
        assert not [path for path in held if re.search(r"tests|__pycache__|checkpoints|requirements-dev|(^|/)\.", path)]

    def test_a_run_comes_without_its_state_and_whatever_else_lies_there(self, checkpoints, make_run):
        folder = make_run("tiny").path
        (folder / "state.safetensors").write_bytes(b"state")
        (folder / "snapshots" / "000000064.safetensors.partial").write_bytes(b"half")
        (folder / "token.txt").write_text("secret")
        held = space.contents([Library(checkpoints).find("tiny")])
        moments = [f"checkpoints/tiny/snapshots/{images:09d}.safetensors" for images in (0, 64, 128)]
        of_the_run = [path for path in held if path.startswith("checkpoints/")]
        assert of_the_run == ["checkpoints/tiny/config.json", "checkpoints/tiny/history.jsonl", *moments]
        assert held["checkpoints/tiny/config.json"] == Path(folder / "config.json")


class TestPublish:
    """With the local Hub and the client's stored token."""

    @pytest.fixture
    def held(self, tmp_path):
        """Returns the files of a small Space by path."""

        def held(**files):
            made = {}
            for number, (path, text) in enumerate(files.items()):
                made[path.replace("__", "/")] = tmp_path / f"{number} {text}"
                made[path.replace("__", "/")].write_text(text)
            return made

        return held

    @pytest.mark.slow
    def test_it_is_made_and_brought_up_to_date_in_one_commit_each(self, hub_server, held):
        url = space.publish("someone/gan", held(README="one", studio__a="a", checkpoints__mnist__config="run"))
        assert url == f"{hub_server.url}/spaces/someone/gan"
        there = hub_server.files("someone/gan", kind="spaces")
        hub_server.add("someone/gan", there | {"notes.txt": b"mine"}, kind="spaces")
        space.publish("someone/gan", held(README="two", studio__a="a", checkpoints__faces__config="run"))
        there = hub_server.files("someone/gan", kind="spaces")
        assert there.keys() == {".gitattributes", "README", "studio/a", "checkpoints/faces/config", "notes.txt"}
        assert there["README"] == b"two"
        assert hub_server.commits("someone/gan", kind="spaces") == [
            "initial commit",
            "Update GAN Studio",
            "added",
            "Update GAN Studio",
        ]

    @pytest.mark.slow
    def test_without_changes_there_is_no_commit(self, hub_server, held):
        for _ in range(2):
            space.publish("someone/gan", held(README="one"))
        assert len(hub_server.commits("someone/gan", kind="spaces")) == 2

    def test_hardware_is_asked_for(self, hub_server, held):
        space.publish("someone/gan", held(README="one"), hardware="zero-a10g")
        assert hub_server.repositories["spaces", "someone/gan"].hardware == "zero-a10g"

    @pytest.mark.slow
    def test_a_private_space_is_private_and_a_public_one_gets_nothing_private(self, hub_server, held):
        space.publish("someone/hidden", held(README="one"), private=True)
        assert hub_server.repositories["spaces", "someone/hidden"].private
        space.publish("someone/gan", held(README="one"))
        with pytest.raises(UserError, match="there and public"):
            space.publish("someone/gan", held(README="secret"), private=True)
        assert hub_server.files("someone/gan", kind="spaces")["README"] == b"one"

    def test_a_bucket_is_made_and_mounted_beside_other_volumes(self, hub_server, held):
        space.publish("someone/gan", held(README="one"))
        there = hub_server.repositories["spaces", "someone/gan"]
        theirs = {"type": "dataset", "source": "someone/set", "mountPath": "/set", "readOnly": True}
        there.volumes, there.variables = [theirs], {"STUDIO_MINUTES": "60"}
        for _ in range(2):
            space.keep_trainings("someone/gan", "someone/kept")
        assert hub_server.buckets == {"someone/kept": True}
        assert there.volumes == [theirs, {"type": "bucket", "source": "someone/kept", "mountPath": "/trainings"}]
        assert there.variables == {"STUDIO_MINUTES": "60", "STUDIO_KEEP": "/trainings"}
        changes = [line for line in hub_server.requests if line.startswith(("PUT", "POST")) and "/spaces/" in line]
        assert sum(line.endswith(("/volumes", "/variables")) for line in changes) == 2  # the second time it isn't restarted

    def test_buckets_that_are_refused(self, hub_server, held):
        space.publish("someone/gan", held(README="one"))
        there = hub_server.repositories["spaces", "someone/gan"]
        hub_server.buckets |= {"someone/open": False, "someone/kept": True}
        with pytest.raises(UserError, match="someone/open is there and public"):
            space.keep_trainings("someone/gan", "someone/open")
        with pytest.raises(UserError, match="write permission"):
            space.keep_trainings("someone/gan", "other/kept")
        with pytest.raises(UserError, match="OWNER/NAME"):
            space.keep_trainings("someone/gan", "kept")
        there.volumes = [{"type": "model", "source": "someone/model", "mountPath": "/trainings"}]
        with pytest.raises(UserError, match="has someone/model at /trainings already; take that off"):
            space.keep_trainings("someone/gan", "someone/kept")
        assert len(there.volumes) == 1 and not there.variables

    def test_another_owners_space_is_refused_in_a_sentence(self, hub_server, held):
        with pytest.raises(UserError, match="write permission"):
            space.publish("other/gan", held(README="one"))

    def test_no_name_is_refused_in_a_sentence(self, hub_server, held):
        with pytest.raises(UserError, match="OWNER/NAME"):
            space.publish("gan", held(README="one"))


@pytest.mark.slow
def test_the_command_uploads_the_app_with_the_chosen_runs(hub_server, checkpoints, make_run, capsys):
    for name in ("cats", "dogs", "owls"):
        make_run(name)
    space.main(["someone/gan", "--checkpoints", str(checkpoints), "--runs", "cats,owls", "--bucket", "someone/kept"])
    there = hub_server.files("someone/gan", kind="spaces")
    assert {path.split("/")[1] for path in there if path.startswith("checkpoints/")} == {"cats", "owls"}
    assert there["app.py"] == (space.ROOT / "app.py").read_bytes()
    out = capsys.readouterr().out
    assert "with cats, owls" in out and "Trainings of the page are kept in the bucket someone/kept" in out
    assert hub_server.repositories["spaces", "someone/gan"].variables == {"STUDIO_KEEP": "/trainings"}


@pytest.mark.parametrize("runs", ["nothing", "cats,", "../cats"])
def test_the_command_refuses_runs_that_are_not_there(hub_server, checkpoints, make_run, runs):
    make_run("cats")
    with pytest.raises(UserError, match="no run with this name"):
        space.main(["someone/gan", "--checkpoints", str(checkpoints), "--runs", runs])
    assert ("spaces", "someone/gan") not in hub_server.repositories
