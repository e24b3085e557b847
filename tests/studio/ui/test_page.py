"""Tests the page's handlers: menus that follow the run, and notices in place of unavailable content."""

import pytest

from studio import menus
from studio.browser.onnxruntime_web import CDN, OnnxRuntimeWeb
from studio.library import Library
from studio.page import build
from studio.server import launch_settings
from studio.ui import components, theme


def test_labels_are_offered_where_the_run_has_them(checkpoints, make_run):
    make_run("tiny")
    make_run("plain", class_names=None)
    library = Library(checkpoints)
    tiny, plain = library.find("tiny"), library.find("plain")
    assert menus.labels(tiny, "zh", "mixed_labels") == [("混合", -1), ("cat", 0), ("dog", 1), ("owl", 2)]
    assert menus.labels(plain, "en", "mixed_labels") == [] and menus.labels(None, "en", "mixed_labels") == []
    every = [("mixed", menus.MIXED), ("every label, one row each", menus.ALL)]
    assert menus.grid_labels(tiny, "en") == [*every, ("cat", 0), ("dog", 1), ("owl", 2)]
    assert menus.grid_labels(plain, "en") == []
    assert [menus.by_rows(tiny, label) for label in (menus.ALL, menus.MIXED, 1)] == [True, False, False]
    assert not menus.by_rows(plain, menus.ALL)
    assert [menus.chosen(tiny, label) for label in (2, 3, -1, -2, None, "0", [], False)] == [2, *[None] * 7]


def test_damaged_runs_are_marked_in_the_menu(checkpoints, make_run):
    (make_run("sick").path / "config.json").write_text("{")
    assert menus.runs(Library(checkpoints).entries(), "en") == [("sick (damaged)", "sick")]
    assert menus.runs(Library(checkpoints).entries(), "zh") == [("sick（已损坏）", "sick")]


@pytest.mark.parametrize("value", [None, "9", float("nan"), [], {}])
def test_what_is_no_number_is_the_default(value):
    assert components.within(value, 0, 10, 4) == 4


def test_numbers_are_brought_into_their_range():
    assert [components.within(value, 0, 10, 4) for value in (-1, 11, float("inf"), 10**400, 3)] == [0, 10, 10, 10, 3]


class TestCareful:
    def drawn(self, library, name, images=None):
        def handler(entry, images):
            library.generator(entry, entry.snapshot(images))
            return {"png": "..."}

        return components.with_notices(library, handler)(name, images)

    def test_without_runs_it_says_how_to_train_one(self, checkpoints):
        notice = self.drawn(Library(checkpoints), None)["notice"]
        assert notice["say"] == "no_runs" and "train.py" in notice["detail"]

    def test_an_unknown_run_is_gone(self, checkpoints, make_run):
        make_run()
        assert self.drawn(Library(checkpoints), "../tiny")["notice"]["say"] == "gone"

    def test_a_damaged_last_snapshot_gives_way_to_the_one_before(self, checkpoints, make_run, flip_a_byte):
        flip_a_byte(make_run().path / "snapshots/000000128.safetensors")
        library = Library(checkpoints)
        shown = self.drawn(library, "tiny")
        assert shown["png"] and shown["notice"]["say"] == "damaged_partly"

    def test_a_damaged_snapshot_that_was_chosen_is_told(self, checkpoints, make_run, flip_a_byte):
        flip_a_byte(make_run().path / "snapshots/000000128.safetensors")
        assert self.drawn(Library(checkpoints), "tiny", 128)["notice"]["say"] == "damaged_moment"


@pytest.mark.slow
def test_the_sliders_of_a_run_that_has_gone(checkpoints, make_run):
    make_run()
    page = build(Library(checkpoints))
    (sliders,) = [function.fn for function in page.fns.values() if getattr(function.fn, "__name__", "") == "_sliders"]
    assert [update["visible"] for update in sliders("gone", menus.ALL)] == [False, True]
    assert [update["visible"] for update in sliders("tiny", menus.ALL)] == [True, False]


def test_an_open_menu_keeps_its_lines(checkpoints, make_run):
    for name in ("a", "b"):
        make_run(name)
    entries = Library(checkpoints).entries()
    assert menus.runs(entries, "en", ["b", "gone", "a"]) == [("b", "b"), ("gone", "gone"), ("a", "a")]


@pytest.mark.slow
def test_only_the_endpoints_are_public(checkpoints, make_run):
    make_run()
    page = build(Library(checkpoints))
    public = [fn.api_name for fn in page.fns.values() if fn.api_visibility != "private"]
    assert sorted(public) == ["compare", "drag", "explore", "interpolate", "project", "sample"]


@pytest.mark.parametrize("runtime", [None, OnnxRuntimeWeb(), OnnxRuntimeWeb(webgpu=True)])
def test_the_page_asks_nothing_of_the_network_but_its_runtime(runtime):
    settings = launch_settings(runtime=runtime)
    text = settings["head"] + settings["css"] + theme.Paper()._get_theme_css()
    for known in ("http://www.w3.org", CDN):
        text = text.replace(known, "")
    assert not any(scheme in text for scheme in ("http://", "https://", "@import"))
