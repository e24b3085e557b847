"""Tests a flipped bit or a truncated end in any file of a run: it reads as written, or is refused by name."""

import random
import shutil
import subprocess

import pytest
import torch
from comparing import content, stopped_after
from conftest import plan, shapes

from ganlib import UserError, files, pictures
from ganlib.files import DamagedFile
from ganlib.runs import card
from ganlib.runs.run import Run
from ganlib.training import trainer as trainer_module
from ganlib.training.trainer import Trainer

CPU = torch.device("cpu")
FLIPS = 60  # per file
CUTS = 12


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run with all possible files, copied by each test."""
    run = Run.create(tmp_path_factory.mktemp("runs") / "run", plan(shapes(), length=16 * 60, snapshot_at=(1,)))
    list(Trainer(run, shapes(), CPU).events())
    run.save_scores({"dataset": "shapes", "num": 100}, {960: {"swd": (3.25, 100)}, None: {"swd": (1.5, 100)}})
    run.save_text("README.md", card.write(run))
    return run.path


@pytest.fixture
def run(finished, tmp_path):
    return Run.open(shutil.copytree(finished, tmp_path / "run"))


def weights(network):
    return {name: tensor.numpy().tobytes() for name, tensor in network.state_dict().items()}


def tensors_and_settings(path):
    tensors, settings = files.read_tensors(path)
    return {name: tensor.numpy().tobytes() for name, tensor in tensors.items()}, settings


def pixels(run):
    (grid,) = [grid for grid in run.grids() if grid.images == 960]
    if not pictures.is_whole_webp(grid.path.read_bytes()):
        raise DamagedFile(grid.path, "")
    return True


READ = {
    "config.json": lambda run: Run.open(run.path).config,
    "scores.json": lambda run: {
        name: value for name, value in run.scores().items() if name in ("reference", "real", "snapshots")
    },
    "snapshots/000000960.safetensors": lambda run: (
        weights(run.generator(run.snapshots()[-1])),
        files.read_settings(run.snapshots()[-1].path)["epoch"],
    ),
    "discriminator.safetensors": lambda run: weights(run.discriminator()),
    "state.safetensors": lambda run: tensors_and_settings(run.path / "state.safetensors"),
    "grids/000000960.webp": pixels,
}


def flipped(content, rng):
    place = rng.randrange(len(content))
    return content[:place] + bytes([content[place] ^ 1 << rng.randrange(8)]) + content[place + 1 :]


def cut(content, rng):
    return content[: rng.randrange(len(content.rstrip()))]  # a missing final newline is no damage


def damaged_versions(file):
    """Yields the file's content with one damage after the other."""
    rng, content = random.Random(file.name), file.read_bytes()
    for harm in [flipped] * FLIPS + [cut] * CUTS:
        file.write_bytes(harm(content, rng))
        yield


@pytest.mark.slow
@pytest.mark.parametrize("name", READ)
def test_damage_is_found_or_changes_nothing(run, name):
    whole, refused = READ[name](run), 0
    for _ in damaged_versions(run.path / name):
        try:
            assert READ[name](run) == whole
        except DamagedFile as error:
            assert name in str(error)
            refused += 1
    assert refused > FLIPS // 2


@pytest.mark.slow
def test_damage_of_a_history_costs_its_last_line_at_most(run):
    whole, refused = run.history(), 0
    for _ in damaged_versions(run.path / "history.jsonl"):
        try:
            found = [{name: value for name, value in line.items() if name in whole[0]} for line in run.history()]
            assert found == whole[: len(found)]
        except DamagedFile as error:
            assert "take it out to go on without it" in str(error)
            refused += 1
    assert refused


@pytest.mark.parametrize("name", ["README.md", "curves.svg", "grids/000000960.webp"])
def test_what_is_drawn_from_the_rest_can_be_lost(run, name):
    (run.path / name).write_bytes(b"\xff\x00")
    run.config = Run.open(run.path).config
    assert run.generator() and run.history() and run.discriminator()
    assert "epoch 9.6" in card.write(run)


def test_the_last_whole_snapshot_stands_in_for_damaged_ones(run, caplog):
    last, before = run.snapshots()[-1], run.snapshots()[-2]
    last.path.write_bytes(last.path.read_bytes()[:-1])
    assert run.snapshot() == before
    assert run.snapshot() == before
    (told,) = caplog.messages
    assert str(last.path) in told and told.endswith("It is passed over.")
    assert weights(run.generator()) == weights(run.generator(before))
    with pytest.raises(DamagedFile, match=last.path.name):
        run.generator(run.snapshot(last.epoch))  # a snapshot requested by its epoch
    for snapshot in run.snapshots():
        snapshot.path.write_bytes(b"")
    with pytest.raises(DamagedFile, match=last.path.name):
        run.snapshot()


@pytest.mark.slow
def test_a_damaged_state_is_refused_with_the_ways_to_go_on(tmp_path, monkeypatch):
    monkeypatch.setattr(trainer_module, "LOG_STEPS", 2)
    config, images = plan(shapes(), length=16 * 40, snapshot_at=(5,)), shapes()
    whole, run = (Run.create(tmp_path / name, config) for name in ("whole", "run"))
    list(Trainer(whole, images, CPU).events())
    stopped_after(35, run, images)
    before = {path: path.read_bytes() for path in run.path.glob("s*/*")}
    run.checkpoint_files.last.write_bytes(run.checkpoint_files.last.read_bytes()[:-1])
    with pytest.raises(
        UserError, match=r"state\.safetensors is damaged.* --dataset shapes --init-from .*; or go back .*: mv "
    ) as told:
        Trainer(Run.open(run.path), images, CPU, resume=True)
    assert before == {path: path.read_bytes() for path in before}

    subprocess.run(str(told.value).rpartition(": ")[2].split(), check=True)
    trainer = Trainer(Run.open(run.path), images, CPU, resume=True)
    assert trainer.images < 35 * 16
    list(trainer.events())
    assert content(run.path) == content(whole.path)

    run.checkpoint_files.good.unlink(missing_ok=True)
    run.checkpoint_files.last.write_bytes(b"cut")
    with pytest.raises(UserError, match=r"A new run can begin with its last snapshot: .*run$"):
        Trainer(Run.open(run.path), images, CPU, resume=True)


def test_lines_that_a_history_has_lost_are_told_of(run, caplog):
    file = run.path / "history.jsonl"
    file.write_text("")
    run.config = Run.open(run.path).config
    Trainer(run, shapes(), CPU, resume=True)
    assert caplog.messages == [f"{file} lacks the last 2 lines that were written before; the training goes on without them."]


def test_a_config_changed_by_hand_is_believed_without_its_checksum(run):
    file = run.path / "config.json"
    file.write_text(file.read_text().replace('"seed": 3', '"seed": 4'))
    with pytest.raises(DamagedFile, match='changed by hand, take its entry "crc32" out'):
        Run.open(run.path)
    lines = [line for line in file.read_text().splitlines() if '"crc32"' not in line]
    file.write_text("\n".join(lines).replace('"format_version": 1,', '"format_version": 1'))
    assert Run.open(run.path).config.seed == 4
