"""Tests a run on disk: what it stores, what it refuses, and the effect of damage."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from conftest import TINY, plan, shapes, untrained
from safetensors.torch import save_file

from ganlib import UserError, files
from ganlib.files import DamagedFile
from ganlib.planning.plan import unused_path
from ganlib.planning.resuming import newest
from ganlib.runs import card, checkpoint_files
from ganlib.runs.config import Config
from ganlib.runs.run import Run


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished tiny run, copied by each test that damages it."""
    from ganlib.training.trainer import Trainer

    run = Run.create(tmp_path_factory.mktemp("runs") / "run", plan(shapes(), snapshot_at=(1, 2)))
    list(Trainer(run, shapes(), torch.device("cpu")).events())
    return run.path


@pytest.fixture
def run(finished, tmp_path):
    return Run.open(shutil.copytree(finished, tmp_path / "run"))


@pytest.mark.slow
def test_layout(run):
    names = {str(path.relative_to(run.path)) for path in run.path.rglob("*") if path.is_file()}
    moments = ("000000000", "000000112", "000000208", "000000320")
    assert names == {
        *("config.json", "history.jsonl", "curves.svg", "README.md", "discriminator.safetensors", *checkpoint_files.NAMES[:2]),
        *(f"snapshots/{moment}.safetensors" for moment in moments),
        *(f"grids/{moment}.webp" for moment in moments),
    }


def test_config_survives_json():
    config = plan(shapes(), snapshot_at=(1.0, 2.5), commands=("python train.py",))
    assert Config.from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format_version": 2}, "format_version is 2"),
        ({"format_version": None}, "format_version"),
        ({"image_size": "28"}, "image_size can't be '28'"),
        ({"seed": True}, "seed can't be True"),
        ({"seed": float("nan")}, "seed"),
        ({"class_names": [1, 2]}, "class_names"),
        ({"surprise": 1}, "unknown setting 'surprise'"),
        ({"recipe": None}, "recipe is no JSON object"),
        ({"recipe": {"name": "x"}}, "summary"),
        ({"dataset_size": None}, "dataset_size"),
        ({"dataset_size": 0}, "dataset_size must be positive"),
        ({"snapshot_every": 10**400}, "snapshot_every can't be"),
        ({"weights_dtype": "complex64"}, "weights_dtype"),
    ],
)
def test_a_config_that_is_none(run, change, message):
    file = run.path / "config.json"
    files.write_json(file, files.read_json(file) | change)
    with pytest.raises(DamagedFile, match=message) as error:
        Run.open(run.path)
    assert "config.json" in str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"loss": "magic"}, "'magic' is unknown"),
        ({"augment": ["blur"]}, "'blur' is unknown"),
        ({"batch_size": 0}, "batch_size must lie between"),
        ({"betas": [0.5]}, "betas can't be"),
        ({"latent": "cauchy"}, "latent can't be"),
        ({"latent_dim": 10**12}, "latent_dim must lie between"),
        ({"ema_half_life": -1}, "must be 0 or more"),
        ({"generator": {"family": ["x"]}}, "Unknown network family"),
        ({"generator": {"family": "dcgan", "image_size": [1]}}, "not \\[1\\]"),
        ({"generator": {"family": "dcgan", "width": 10**18}}, "no dcgan generator"),
    ],
)
def test_a_recipe_that_is_none(run, change, message):
    file = run.path / "config.json"
    config = files.read_json(file)
    files.write_json(file, config | {"recipe": config["recipe"] | change})
    with pytest.raises(DamagedFile, match=message):
        Run.open(run.path)


WRECKS = {
    "empty": lambda content: b"",
    "cut in half": lambda content: content[: len(content) // 2],
    "cut by a byte": lambda content: content[:-1],
    "foreign": lambda content: b"PK\x03\x04 this is a zip file of something else entirely" * 9,
    "a bit flipped": lambda content: content[:-9] + bytes([content[-9] ^ 4]) + content[-8:],
}


@pytest.mark.parametrize("wreck", WRECKS)
@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("snapshots/000000112.safetensors", lambda run: run.generator(run.snapshots()[1])),
        ("discriminator.safetensors", lambda run: run.discriminator()),
        ("state.safetensors", lambda run: run.checkpoint_files.read(run.checkpoint_files.last)),
    ],
)
def test_damaged_weights_are_refused_by_name(run, name, read, wreck):
    file = run.path / name
    file.write_bytes(WRECKS[wreck](file.read_bytes()))
    with pytest.raises(DamagedFile) as error:
        read(run)
    assert str(file) in str(error.value)
    if name != "snapshots/000000112.safetensors":
        run.generator()  # other snapshots still open


@pytest.mark.parametrize("wreck", ["empty", "cut in half", "cut by a byte", "foreign"])
def test_damaged_config_is_refused_by_name(run, wreck):
    file = run.path / "config.json"
    file.write_bytes(WRECKS[wreck](file.read_bytes().strip()))
    with pytest.raises(DamagedFile, match=r"config\.json"):
        Run.open(run.path)


def test_tensors_of_another_shape_are_refused_before_they_are_read(run):
    file = run.snapshots()[1].path
    tensors, settings = files.read_tensors(file)
    files.write_tensors(file, tensors | {"to_image.weight": torch.zeros(4, 3, 4, 4)}, settings)
    with pytest.raises(DamagedFile, match=r"to_image\.weight is \(4, 3, 4, 4\), should be \(4, 1, 4, 4\)"):
        run.generator(run.snapshots()[1])


def test_a_safetensors_file_of_another_program_is_refused(run):
    file = run.snapshots()[1].path
    save_file({"weight": torch.zeros(3)}, file)
    with pytest.raises(DamagedFile, match="no ganlib settings"):
        run.generator(run.snapshots()[1])


def test_a_config_that_asks_for_the_moon_takes_no_memory(run):
    file = run.path / "config.json"
    config = files.read_json(file)
    config["recipe"]["generator"]["width"] = 10**6
    files.write_json(file, config)
    with pytest.raises(DamagedFile, match="a billion parameters"):
        Run.open(run.path)


def test_whole_numbers_where_weights_should_be_are_refused(run):
    file = run.snapshots()[1].path
    tensors, settings = files.read_tensors(file)
    files.write_tensors(file, tensors | {"to_image.weight": torch.zeros(4, 1, 4, 4, dtype=torch.int64)}, settings)
    with pytest.raises(DamagedFile, match=r"to_image\.weight holds torch\.int64"):
        run.generator(run.snapshots()[1])


def test_history(run):
    whole = run.history()
    with open(run.path / "history.jsonl", "a") as file:
        file.write('{"images": 400, "g_lo')
    assert run.history() == whole
    lines = (run.path / "history.jsonl").read_text().splitlines()
    (run.path / "history.jsonl").write_text("\n".join([lines[0], "garbage", *lines]))
    with pytest.raises(DamagedFile, match="line 2"):
        run.history()
    for foreign in ('{"images": 5, "g_loss": "<b>"}', '{"images": 5, "g_loss": NaN}', '{"g_loss": 1}', "[5]"):
        (run.path / "history.jsonl").write_text("\n".join([foreign, *lines]))
        with pytest.raises(DamagedFile, match="line 1"):
            run.history()


def test_rewind_forgets_what_came_later(run):
    run.rewind(112)
    assert [snapshot.images for snapshot in run.snapshots()] == [0, 112]
    assert sorted(path.stem for path in run.path.glob("grids/*")) == ["000000000", "000000112"]
    assert all(line["images"] <= 112 for line in run.history())


def test_scores_of_one_reference(run):
    """Scores are merged with those against the same pictures, replace any others, and are removed by `rewind`."""
    digits, others = {"dataset": "mnist", "num": 60_000}, {"dataset": "others", "num": 60_000}
    run.save_scores(digits, {112: {"swd": (3.0, 10)}, 224: {"swd": (2.0, 10)}, None: {"swd": (1.0, 10)}})
    run.save_scores(digits, {112: {"diversity": (0.5, 10), "fid": (float("nan"), 10)}})
    swd, diversity = {"value": 3.0, "num": 10}, {"value": 0.5, "num": 10}
    assert run.scores()["snapshots"]["000000112"] == {"swd": swd, "diversity": diversity}
    run.rewind(112)
    assert list(run.scores()["snapshots"]) == ["000000112"] and run.scores()["real"]["swd"]["value"] == 1.0
    run.save_scores(others, {224: {"swd": (3.0, 10)}})
    assert run.scores() == {"reference": others, "snapshots": {"000000224": {"swd": swd}}}


def test_snapshots_have_epochs_and_labels(run):
    assert [snapshot.label for snapshot in run.snapshots()] == ["untrained", "epoch 1.1", "epoch 2.1", "epoch 3.2"]
    assert run.snapshot().images == 320
    assert run.snapshot(2).images == 208
    assert run.snapshot(0).images == 0


def test_weights_are_float16_and_statistics_are_not(run):
    tensors, settings = files.read_tensors(run.snapshots()[-1].path)
    assert tensors["to_image.weight"].dtype == torch.float16
    assert tensors["norm.running_var"].dtype == torch.float32
    assert settings["images"] == 320 and settings["epoch"] == 3.2


def test_a_folder_in_use_is_not_overwritten(run):
    with pytest.raises(UserError, match="already exists"):
        Run.create(run.path, run.config)


def test_no_run_there(tmp_path):
    with pytest.raises(UserError, match="no run at"):
        Run.open(tmp_path / "nothing")
    with pytest.raises(UserError, match=r"no config\.json"):
        Run.open(tmp_path)
    with pytest.raises(UserError, match="no run that can be resumed"):
        newest(tmp_path)


def test_unused_path(tmp_path):
    assert unused_path(tmp_path, "mnist").name == "mnist"
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist-2").mkdir()
    assert unused_path(tmp_path, "mnist").name == "mnist-3"


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    file = tmp_path / "config.json"
    files.write(file, "old")
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        files.write(file, "new")
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_lineage_is_what_a_run_began_with():
    images = shapes()
    lineage = plan(images).lineage
    assert plan(images, length=9_999, snapshot_every=1.0, data_note="mine").lineage == lineage
    others = [
        plan(images, seed=4),
        plan(shapes(num=50)),
        plan(images, recipe=replace(TINY, latent_dim=9)),
        plan(shapes(classes=0)),
    ]
    assert len({lineage, *(other.lineage for other in others)}) == 5


@pytest.mark.parametrize(
    "name", ["config.json", "history.jsonl", "scores.json", "discriminator.safetensors", "state.safetensors"]
)
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_is_no_file_is_refused_instead_of_waited_for(tmp_path, name, kind):
    run = untrained(tmp_path / "run")
    path = run.path / name
    path.unlink(missing_ok=True)
    {"pipe": os.mkfifo, "device": lambda path: path.symlink_to("/dev/zero"), "folder": Path.mkdir}[kind](path)
    readers = {"config.json": lambda: Run.open(run.path), "history.jsonl": run.history, "scores.json": run.scores}
    with pytest.raises(UserError, match=name.replace(".", r"\.")):
        readers.get(
            name, run.discriminator if name[0] == "d" else lambda: run.checkpoint_files.read(run.checkpoint_files.last)
        )()


def test_only_files_that_are_called_as_ours_are_snapshots_and_pictures(tmp_path):
    run = untrained(tmp_path / "run")
    for name in ("1", "٦٤", "0000000000000320", "9" * 200, "-1", "000000320 "):
        (run.path / f"snapshots/{name}.safetensors").touch()
        (run.path / f"grids/{name}.webp").touch()
    assert [snapshot.images for snapshot in run.snapshots()] == [grid.images for grid in run.grids()] == [0, 320]
    assert run.generator() is not None


def test_what_could_not_be_written_again_is_damage(tmp_path):
    """A lone surrogate is valid in JSON and can't be encoded as UTF-8."""
    run = untrained(tmp_path / "run")
    config = run.path / "config.json"
    config.write_text(config.read_text().replace('"shapes"', r'"\ud800"'))
    with pytest.raises(DamagedFile, match="can't be written again"):
        Run.open(run.path)


def test_a_json_file_of_gigabytes_is_not_read(tmp_path):
    run = untrained(tmp_path / "run")
    with (run.path / "scores.json").open("wb") as file:
        file.truncate(10**10)
    with pytest.raises(DamagedFile, match="10,000,000,000 bytes"):
        run.scores()


def test_scores_of_moments_that_no_number_names(tmp_path):
    run = untrained(tmp_path / "run")
    table = {"swd": {"value": 1.0, "num": 9}}
    for moment in ("9" * 5000, "²", "٣", ""):
        scores = {"reference": {"dataset": "", "num": 0}, "snapshots": {moment: table}}
        (run.path / "scores.json").write_text(json.dumps(scores))
        with pytest.raises(DamagedFile, match="no measures by snapshot"):
            run.rewind(0)


def test_a_folder_in_a_snapshots_place_is_left_by_a_resumed_run(tmp_path):
    run = untrained(tmp_path / "run")
    (run.path / "snapshots/000000999.safetensors").mkdir()
    run.rewind(0)
    assert sorted(path.name for path in run.path.glob("snapshots/*")) == ["000000000.safetensors", "000000999.safetensors"]


def test_a_history_of_ages_makes_a_card(tmp_path):
    run = untrained(tmp_path / "run")
    for seconds in (1e300, -1e300):
        run.append_history({"images": 321, "seconds": seconds})
        assert "of training" in card.write(run, None if seconds > 0 else seconds)
