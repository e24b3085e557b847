"""Tests which runs are listed, how damaged ones are reported, and how many generators are cached."""

import json
import sys
import threading
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest

from ganlib import UserError
from ganlib.files import DamagedFile
from ganlib.runs.run import Run
from studio.drawing import sheets
from studio.library import Library
from studio.ui import components


def test_a_new_run_and_a_new_snapshot_appear(checkpoints, make_run):
    library = Library(checkpoints)
    assert library.entries() == {} and library.first() is None
    make_run("a", moments=(0,))
    assert [snapshot.images for snapshot in library.find("a").snapshots] == [0]
    make_run("b")
    assert list(library.entries()) == ["a", "b"]
    run = library.find("a").run
    run.save_snapshot(run.generator(), 64)
    assert [snapshot.images for snapshot in library.find("a").snapshots] == [0, 64]


def test_an_unchanged_run_is_not_read_again(checkpoints, make_run):
    make_run("a")
    library = Library(checkpoints)
    assert library.find("a") is library.find("a")


@pytest.mark.parametrize(
    ("harm", "word"),
    [
        (lambda path: (path / "config.json").write_text("{"), "damage_config"),
        (lambda path: (path / "config.json").unlink(), "damage_config"),
        (lambda path: (path / "snapshots/000000064.safetensors").write_bytes(b"cut"), "damage_snapshot"),
    ],
)
def test_a_damaged_run_is_listed_with_its_reason_while_others_work(checkpoints, make_run, harm, word):
    make_run("whole")
    harm(make_run("sick").path)
    library = Library(checkpoints)
    sick = library.find("sick")
    assert sick.damage.word == word
    assert "sick" in sick.damage.detail and str(checkpoints) not in sick.damage.detail
    assert library.find("whole").damage is None
    assert library.first().name == "whole"


def test_whoever_asks_for_a_run_that_cannot_be_opened_is_told_why(checkpoints, make_run):
    (make_run("sick").path / "config.json").write_text("{")
    library = Library(checkpoints)
    for asked in (lambda entry: entry.run, library.discriminator):
        with pytest.raises(UserError, match=r"The run sick is damaged: sick/config\.json"):
            asked(library.find("sick"))


def test_the_whole_snapshots_of_a_damaged_run_stay(checkpoints, make_run):
    run = make_run()
    (run.path / "snapshots/000000064.safetensors").write_bytes(b"cut")
    assert [snapshot.images for snapshot in Library(checkpoints).find("tiny").snapshots] == [0, 128]


def test_damage_that_only_loading_shows_is_remembered(checkpoints, make_run, flip_a_byte):
    flip_a_byte(make_run().path / "snapshots/000000128.safetensors")
    library = Library(checkpoints)
    entry = library.find("tiny")
    assert entry.damage is None
    with pytest.raises(DamagedFile):
        library.generator(entry, entry.snapshot(128))
    again = library.find("tiny")
    assert again.damage.word == "damage_snapshot" and [s.images for s in again.snapshots] == [0, 64]


def test_a_run_that_has_just_begun_is_not_damaged(checkpoints, make_run):
    make_run("new", moments=())
    library = Library(checkpoints)
    new = library.find("new")
    assert new.damage is None and new.snapshots == () and components.remarks(new)["notice"]["say"] == "begun"
    make_run("trained")
    assert library.first().name == "trained"


@pytest.mark.parametrize("broken", ["open", "snapshots", "generator"])
def test_what_nobody_foresaw_damages_one_run_only(checkpoints, make_run, monkeypatch, broken):
    make_run("sick")
    make_run("whole")
    whole = getattr(Run, broken)

    def fail(run, *values):
        if "sick" in str(run):
            raise ZeroDivisionError("odd")
        return whole(run, *values)

    monkeypatch.setattr(Run, broken, fail)
    library = Library(checkpoints)
    for name in ("sick", "whole"):
        entry = library.find(name)
        for snapshot in entry.snapshots[:1]:
            with nullcontext() if name == "whole" else pytest.raises(DamagedFile):
                library.generator(entry, snapshot)
    damage = library.find("sick").damage
    assert "sick" in damage.detail and "odd" in damage.detail and str(checkpoints) not in damage.detail
    assert library.find("whole").damage is None


def test_a_shipped_run_opens_first(checkpoints, make_run):
    (make_run("a").path / "state.safetensors").write_bytes(b"")
    make_run("b")
    assert Library(checkpoints).first().name == "b"


def test_the_run_that_is_asked_for_opens_first_unless_it_is_damaged(checkpoints, make_run):
    asked = make_run("b").path
    make_run("a")
    (asked / "state.safetensors").write_bytes(b"")
    assert Library(checkpoints, first="b").first().name == "b"
    assert Library(checkpoints, first="c").first().name == "a"
    (asked / "config.json").write_text("{")
    assert Library(checkpoints, first="b").first().name == "a"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_is_no_text_is_listed_as_one(checkpoints, make_run):
    make_run().path.rename(checkpoints / "r\udcff")
    library = Library(checkpoints)
    assert list(library.entries()) == ["r?"]
    library.find("r?").run.snapshots()[0].path.unlink()
    json.dumps(
        [library.find("r?").shown, library.without_paths(UserError(f"{checkpoints}/r\udcff/x is gone."))], ensure_ascii=False
    ).encode()


@pytest.mark.parametrize("name", ["../tiny", "/etc", "tiny/", "tiny/../tiny", ".", "", "elsewhere", None, 3, ["tiny"], {}])
def test_only_listed_names_are_runs(checkpoints, make_run, name):
    make_run()
    with pytest.raises(UserError, match="tiny"):
        Library(checkpoints).find(name)


def test_networks_are_loaded_once_and_a_bounded_few_are_kept(checkpoints, make_run):
    make_run()
    size = sum(tensor.nbytes for tensor in Library(checkpoints).find("tiny").run.generator().state_dict().values())
    library = Library(checkpoints, most_bytes=2 * size)
    entry = library.find("tiny")
    first, second, third = entry.snapshots
    kept = library.generator(entry, first)
    assert library.generator(entry, first) is kept
    library.generator(entry, second)
    assert library.generator(entry, first) is kept  # used again, so the second is the least recently used
    library.generator(entry, third)
    assert library.generator(entry, first) is kept
    assert len(library._networks) == 2


def test_many_threads_share_one_generator(checkpoints, make_run):
    make_run()
    library = Library(checkpoints)
    entry = library.find("tiny")
    found = []
    threads = [threading.Thread(target=lambda: found.append(library.generator(entry, entry.snapshots[0]))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(generator) for generator in found}) == 1


class TestDrawing:
    def test_rows_share_their_latents_and_columns_their_label(self, checkpoints, make_run):
        make_run()
        library = Library(checkpoints)
        entry = library.find("tiny")
        value = sheets.every_label(library, entry, entry.snapshot(None), columns=4, seed=1, truncation=0.8)
        assert value["rows"] == ["cat", "dog", "owl"] and value["num"] == 12 and value["size"] == (122, 92)
        assert value["file"] == "tiny-epoch2-seed1.png"

    def test_truncation_0_is_one_picture(self, checkpoints, make_run):
        make_run(class_names=None)
        library = Library(checkpoints)
        entry = library.find("tiny")
        z = sheets.latents_of(library, entry, entry.snapshot(None), 5, seed=0)
        images = sheets.images_of(library, entry, entry.snapshot(None), z, None, truncation=0)
        assert (images == images[0]).all()

    def test_latents_are_drawn_only_for_a_generator_that_takes_them(self, checkpoints, make_run):
        run = make_run()
        run.save_config(replace(run.config, recipe=replace(run.config.recipe, latent_dim=60_000)))
        library = Library(checkpoints)
        entry = library.find("tiny")
        with pytest.raises(DamagedFile):
            sheets.latents_of(library, entry, entry.snapshot(None), 10**9, seed=0)

    def test_a_damaged_history_is_no_missing_one(self, checkpoints, make_run):
        history = make_run().path / "history.jsonl"
        library = Library(checkpoints)
        assert sheets.losses(library, library.find("tiny"))["curves"].startswith("<svg")
        history.write_text("{\n{\n")
        told = sheets.losses(library, library.find("tiny"))
        assert told["reason"] == "damage_history" and told["detail"].startswith("tiny/history.jsonl")
        history.unlink()
        assert sheets.losses(library, library.find("tiny")) == {"curves": ""}

    def test_a_strip_holds_the_latents_in_rows(self, checkpoints, make_run):
        make_run()
        library = Library(checkpoints)
        entry = library.find("tiny")
        images = sheets.strip_images(library, entry, entry.snapshots, num=4, seed=0, label=1)
        z = sheets.latents_of(library, entry, entry.snapshots[2], 4, seed=0)
        last = sheets.images_of(library, entry, entry.snapshots[2], z, np.full(4, 1))
        assert (images[2::3] == last).all()

    def test_many_snapshots_are_spread_from_first_to_last(self, checkpoints, make_run):
        make_run(moments=range(0, 64 * 30, 64))
        entry = Library(checkpoints).find("tiny")
        chosen = [snapshot.images for snapshot in sheets.spread(entry.snapshots, 8)]
        assert len(chosen) == 8 and chosen == sorted(set(chosen))
        assert chosen[0] == 0 and chosen[1] == 64 and chosen[-1] == 64 * 29
        assert np.diff(chosen)[:3].max() <= np.diff(chosen)[-1]
