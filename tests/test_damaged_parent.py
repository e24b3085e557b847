"""Tests train.py --init-from with a damaged run: it starts from an intact snapshot, or refuses with one sentence."""

import sys

import pytest
from conftest import shapes_in, untrained

import train
from ganlib.cli import run_command
from ganlib.runs.run import Run
from ganlib.training import previews

SNAPSHOT, EARLIER, DISCRIMINATOR = (
    "snapshots/000000320.safetensors",
    "snapshots/000000000.safetensors",
    "discriminator.safetensors",
)


@pytest.fixture
def parent(tmp_path):
    """A run with two snapshots."""
    return untrained(tmp_path / "parent")


@pytest.fixture
def begin(parent, tmp_path, monkeypatch, capsys):
    """Starts a run from the parent's last snapshot, or that of an epoch; returns the exit code and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(previews, "STATISTICS_PIXELS", 0)
    pictures = str(shapes_in(tmp_path / "pictures"))

    def begin(epoch=""):
        arguments = [
            "--dataset",
            pictures,
            "--init-from",
            f"parent{epoch}",
            "--images",
            "16",
            "--device",
            "cpu",
            "--out",
            "child",
        ]
        monkeypatch.setattr(sys, "argv", ["train.py", *arguments])
        with pytest.raises(SystemExit) as ending:
            run_command(train.main)
        return ending.value.code or 0, capsys.readouterr().err

    return begin


def cut(path):
    path.write_bytes(path.read_bytes()[:-9])


@pytest.mark.parametrize(
    ("damaged", "epoch", "named"),
    [
        ([DISCRIMINATOR], "", DISCRIMINATOR),
        ([SNAPSHOT], "@3.2", SNAPSHOT),
        ([SNAPSHOT, EARLIER], "", SNAPSHOT),
        (["config.json"], "", "config.json"),
    ],
    ids=["discriminator", "the epoch that is named", "all snapshots", "config"],
)
def test_nothing_is_begun_with_what_is_damaged(parent, begin, tmp_path, damaged, epoch, named):
    for name in damaged:
        cut(parent.path / name)
    code, said = begin(epoch)
    sentence = said.splitlines()[-1]
    assert code == 2 and f"{named} is damaged" in sentence and "Traceback" not in said
    assert not (tmp_path / "child").exists()


def test_the_last_whole_snapshot_of_a_damaged_run_will_do(parent, begin, caplog):
    cut(parent.path / SNAPSHOT)
    assert begin()[0] == 0
    (told,) = [message for message in caplog.messages if "damaged" in message]
    assert SNAPSHOT in told and told.endswith("It is passed over.")
    child = Run.open("child")
    assert child.config.parent_images == 0 and child.snapshot().images == 16


@pytest.mark.parametrize("network", ["generator", "discriminator"])
def test_nothing_is_begun_with_what_is_no_number(parent, begin, tmp_path, network):
    broken = getattr(parent, network)()
    next(broken.parameters()).data[0] = float("nan")
    (parent.save_snapshot if network == "generator" else parent.save_discriminator)(broken, 320)
    code, said = begin()
    assert code == 2 and "no finite number; name another run or epoch" in said
    assert not (tmp_path / "child").exists()
