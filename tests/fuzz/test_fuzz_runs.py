"""Fuzzes the files of runs and their names: each is read, or refused with one sentence."""

import json
import os
import shutil
import struct
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from conftest import plan, shapes
from fuzzing import HOSTILE_TEXTS, anything, fuzzed, mutations
from hypothesis import strategies as st
from synchronous import blocking_ask

from ganlib import UserError, files
from ganlib.directions import marking
from ganlib.runs import card
from ganlib.runs.config import Config
from ganlib.runs.run import Run
from ganlib.training import previews
from ganlib.training.trainer import Trainer
from ganlib.units.measuring import of_snapshot
from studio.drawing import sheets
from studio.library import Library
from studio.web.questions import Questions, about

SHIPPED = [json.loads(path.read_text()) for path in sorted(Path(__file__).parents[2].glob("checkpoints/*/config.json"))]


LAST = 320  # images of the last snapshot


class Place:
    """A folder with an intact run, and a place for a damaged copy."""

    thorough = False

    def __init__(self, folder):
        self.whole, self.runs = folder / "whole", folder / "runs"
        self.images = shapes(64)
        run = Run.create(self.whole, plan(self.images, length=320, snapshot_at=(4, 5)))
        list(Trainer(run, self.images, torch.device("cpu")).events())
        run.save_config(plan(self.images, length=640))
        last = run.snapshot()
        run.save_units(last, {stage.name: found for stage, found in of_snapshot(run, last, 1)}, 1)
        gradient = [0.25] * run.config.recipe.latent_dim
        run.save_directions(last, {"slant": {"r2": 0.5, "gradient": gradient}, "digit 3": {"r2": 0.1, "gradient": gradient}})
        run.save_marked_directions(last, {"own": {"marked": {"more": 2, "less": 1, "right": None}, "gradient": gradient}})
        self.lineage = run.config.lineage
        run.save_scores(
            {"dataset": "shapes", "num": 9}, {None: {"swd": (1.0, 9)}, 320: {"swd": (2.0, 9), "diversity": (0.5, 9)}}
        )
        self.files = {
            path.relative_to(self.whole).as_posix(): path.read_bytes() for path in self.whole.rglob("*.*") if path.is_file()
        }

    def damaged(self, files=None):
        """Copies the intact run with `files` (bytes by path) replaced."""
        shutil.rmtree(self.runs, ignore_errors=True)
        path = self.runs / "damaged"
        for name, content in (self.files | (files or {})).items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
        return path


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(previews, "STATISTICS_PIXELS", 0)
        yield Place(tmp_path_factory.mktemp("fuzz"))


def as_json(value):
    """Returns JSON as Python writes it, lone surrogates as escapes."""
    return json.dumps(value).encode()


def read(place, path):
    """Calls everything that reads a run; each may refuse it with one sentence. The page must show it in any case."""
    run = None
    with refusing():
        run = Run.open(path)
    readers = [
        lambda: [run.generator(snapshot) for snapshot in run.snapshots()], lambda: run.discriminator(), lambda: run.check_weights(),
        lambda: run.history(), lambda: run.scores(), lambda: run.best(), lambda: resumed(place, run), lambda: run.grids(), lambda: run.config.lineage,
        lambda: run.save_text("README.md", card.write(run)), lambda: [run.units(snapshot) for snapshot in run.snapshots()],
        lambda: run.directions(),
    ]  # fmt: skip
    for reader in readers if run else ():
        with refusing():
            reader()
    library = Library(path.parent)
    entry = library.find(files.writable(path.name))
    assert entry.damage is None or len(entry.damage.detail) > 10
    page = [sheets.losses(library, entry), sheets.scores(entry)] if entry.opened else []
    ask = blocking_ask(Questions(library))
    slow = ("report", "judge", "lesson") if place.thorough else ()
    for what in ("about", "latents", "album", "directions", "units", *slow):
        page.append(ask({"what": what, "run": entry.name, "images": LAST, "num": 1, "seed": 0, "language": "en"}))
        assert page[-1].get("error") != "The server could not answer this.", what
    if entry.snapshots:
        page.append(about(entry))
    json.dumps(page, allow_nan=False, ensure_ascii=False).encode()  # must be valid JSON


def resumed(place, run):
    """Resumes it for one step."""
    run.check_weights()  # a config may name a billion parameters: only networks whose weights exist are built
    trainer = Trainer(run, place.images, torch.device("cpu"), resume=True)
    assert isinstance(trainer.images, int) and trainer.images >= 0


class refusing(suppress):
    """Accepts a UserError of one sentence; raises anything else."""

    def __init__(self):
        super().__init__(UserError)

    def __exit__(self, kind, error, trace):
        if isinstance(error, UserError):
            told = str(error)
            assert told and (told[-1] in ".!?" or "train.py" in told) and len(told) < 20_000  # some end with a command to copy
        return super().__exit__(kind, error, trace)


@pytest.mark.slow
@fuzzed(60, 10_000, value=anything)
def test_any_json_is_a_config_or_a_sentence(place, value):
    with suppress(ValueError):
        Config.from_json(value)
    for inside in (
        {"format_version": 1, "recipe": value},
        SHIPPED[0] | {"recipe": SHIPPED[0]["recipe"] | {"generator": value}},
    ):
        with suppress(ValueError):
            Config.from_json(inside)


@pytest.mark.slow
@fuzzed(12, 3_000, config=st.sampled_from(SHIPPED).flatmap(mutations))
def test_a_config_in_which_something_was_changed(place, config):
    read(place, place.damaged({"config.json": as_json(config)}))


@fuzzed(6, 1_000, data=st.data())
def test_settings_of_networks_that_are_none(place, data):
    config = json.loads(place.files["config.json"])
    for player in ("generator", "discriminator"):
        settings = config["recipe"][player]
        names = st.sampled_from(
            [
                "width",
                "widths",
                "norm",
                "slope",
                "bias",
                "most",
                "blocks",
                "dropout",
                "image_size",
                "channels",
                "num_classes",
                "latent_dim",
            ]
        )
        settings["family"] = data.draw(st.sampled_from(["dcgan", "dcgan-96", "infogan", "mlp", "resnet", "upsample"]))
        settings |= data.draw(st.dictionaries(names, anything | st.lists(st.integers(-3, 2000), max_size=4), max_size=3))
    read(place, place.damaged({"config.json": as_json(config)}))


@pytest.mark.slow
@fuzzed(
    6,
    1_000,
    content=st.binary(max_size=200) | anything.map(as_json),
    name=st.sampled_from(["config.json", "history.jsonl", "scores.json", "directions.json"]),
)
def test_any_bytes_in_a_text_file(place, content, name):
    read(place, place.damaged({name: content}))


WEIGHTS = [
    "snapshots/000000320.safetensors",
    "discriminator.safetensors",
    "state.safetensors",
    "units/000000320.safetensors",
]


@pytest.mark.slow
@fuzzed(
    6,
    1_000,
    data=st.data(),
    name=st.sampled_from([*WEIGHTS, "history.jsonl", "scores.json", "directions.json", "config.json", "grids/000000320.webp"]),
)
def test_bytes_that_were_changed_or_lost(place, data, name):
    content = bytearray(place.files[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, min(len(content), 4000)) | st.integers(0, len(content)))
        content[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content))) :]
    read(place, place.damaged({name: bytes(content)}))


@pytest.mark.slow
@fuzzed(6, 1_000, data=st.data(), name=st.sampled_from(WEIGHTS))
def test_headers_of_weights_that_lie(place, data, name):
    content = place.files[name]
    end = 8 + struct.unpack("<Q", content[:8])[0]
    header = data.draw(mutations(json.loads(content[8:end])))
    if (
        isinstance(told := header.get("__metadata__"), dict)
        and isinstance(told.get("ganlib"), str)
        and data.draw(st.booleans())
    ):
        with suppress(ValueError):
            told["ganlib"] = json.dumps(data.draw(mutations(json.loads(told["ganlib"]))))
    raw = as_json(header)
    length = data.draw(st.just(len(raw)) | st.integers(0, 2**64 - 1))
    read(place, place.damaged({name: struct.pack("<Q", length) + raw + content[end:]}))


@pytest.mark.slow
@fuzzed(6, 1_000, data=st.data())
def test_lines_and_scores_that_were_changed(place, data):
    lines = [json.loads(line) for line in place.files["history.jsonl"].splitlines()]
    scores = json.loads(place.files["scores.json"])
    changed = b"\n".join(as_json(line) for line in data.draw(mutations(lines)))
    read(place, place.damaged({"history.jsonl": changed, "scores.json": as_json(data.draw(mutations(scores)))}))


@fuzzed(12, 3_000, data=st.data())
def test_directions_that_were_changed(place, data):
    """Those of a run, and the same as a file that Generate saved."""
    kept = files.without_checksum(json.loads(place.files["directions.json"]))
    path = place.damaged({"directions.json": as_json(data.draw(mutations(kept)))})
    read(place, path)
    own = {"lineage": place.lineage, "snapshots": {"000000320": {"own": kept["snapshots"]["000000320"]["own"]}}}
    saved = path / "own.json"
    saved.write_bytes(as_json(data.draw(mutations(own))))
    with refusing():
        for table in marking.of_file(saved, Run.open(path)).values():
            assert all(marking.described(name, row, table) for name, row in table.items())


names = st.one_of(
    st.sampled_from(
        ["٦٤", "²", "1", "-1", "0x10", "1e9", "000000320 ", "9" * 200, "00000000000000320", "..", "\n", "\udcff", "<b>"]
    ),
    st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=60),
)


@pytest.mark.slow
@fuzzed(
    6,
    1_000,
    names=st.lists(names, min_size=1, max_size=4),
    kind=st.sampled_from(["file", "folder", "pipe", "loop", "zeros", "copy"]),
)
def test_files_whose_names_or_kinds_no_run_has(place, names, kind):
    path = place.damaged()
    for name in names:
        for odd in (path / "snapshots" / f"{name}.safetensors", path / "grids" / f"{name}.webp"):
            with suppress(OSError):  # a name that is too long
                put(odd, kind, path)
    read(place, path)


@pytest.mark.slow
@fuzzed(
    6,
    200,
    name=st.sampled_from(["config.json", "history.jsonl", "scores.json", "directions.json", *WEIGHTS, "grids/000000320.webp"]),
    kind=st.sampled_from(["folder", "pipe", "loop", "zeros"]),
)
def test_files_that_are_none(place, name, kind):
    path = place.damaged()
    (path / name).unlink()
    put(path / name, kind, path)
    read(place, path)


def put(path, kind, run):
    """Puts at `path` something other than a plain file, an empty file, or a copy of another file."""
    match kind:
        case "file":
            path.touch()
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "loop":
            path.symlink_to(path)
        case "zeros":
            path.symlink_to("/dev/zero")
        case "copy":
            shutil.copyfile(run / WEIGHTS[0], path)


@pytest.mark.slow
@fuzzed(4, 500, name=st.sampled_from(HOSTILE_TEXTS).map(lambda text: text.replace("\0", "").replace("/", "")[:200]) | names)
def test_folders_with_hostile_names(place, name):
    path = place.damaged()
    with suppress(OSError, UnicodeEncodeError):
        path = path.rename(path.with_name(f"x{name}"))
    read(place, path)
