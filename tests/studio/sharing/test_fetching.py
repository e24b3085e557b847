"""Tests opening runs from a local Hub; the client's stored token belongs to someone else."""

from dataclasses import replace

import pytest
from synchronous import blocking_ask

from ganlib.runs.run import Run
from studio.jobs.request import validated
from studio.learning.real_images import RealImages
from studio.library import Library
from studio.limits import Limits
from studio.sharing import fetching
from studio.sharing.fetching import Fetching
from studio.web.questions import Questions


@pytest.fixture
def put(hub_server, make_run):
    """Adds a small run to the Hub."""

    def put(repo, **settings):
        run = make_run(repo.replace("/", "-"))
        files = {path.relative_to(run.path).as_posix(): path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
        hub_server.add(repo, files, **settings)

    return put


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path / "none")


@pytest.fixture
def fetch(library):
    """Polls until the run is downloaded, as the page does; returns the last answer."""
    ask = blocking_ask(Questions(library, Fetching(library, Limits())))

    def fetch(name, ask=ask):
        while not (answer := ask({"what": "fetch", "name": name})).get("error") and not answer["there"]:
            pass
        return answer

    fetch.ask = ask
    return fetch


def test_a_fetched_run_is_listed_and_drawn_like_any_other(fetch, library, put, hub_server):
    put("someone/tiny")
    assert fetch("someone/tiny") == {"run": "someone/tiny", "there": True, "snapshots": 3}
    assert list(library.entries()) == ["someone/tiny"]
    about = fetch.ask({"what": "about", "run": "someone/tiny"})
    assert about["run"] == "someone/tiny" and len(about["moments"]) == 3
    z = fetch.ask({"what": "latents", "run": "someone/tiny", "num": 2, "seed": 1})["z"]
    drawn = fetch.ask({"what": "draw", "run": "someone/tiny", "images": 64, "z": z, "labels": [0, 1]})
    assert drawn["num"] == 2
    assert fetch.ask({"what": "png", "run": "someone/tiny", "z": z, "labels": [0, 1]})["file"].startswith("someone-tiny-")
    asked = len(hub_server.requests)
    assert fetch("someone/tiny")["there"] and len(hub_server.requests) == asked


def test_a_run_that_grows_is_followed(fetch, library, put, hub_server, monkeypatch):
    put("someone/tiny")
    whole = hub_server.files("someone/tiny")
    last = "snapshots/000000128.safetensors"
    hub_server.add("someone/tiny", {path: content for path, content in whole.items() if path != last})
    assert fetch("someone/tiny")["snapshots"] == 2
    ask = lambda: fetch.ask({"what": "fetch", "name": "someone/tiny", "grown": True})  # noqa: E731
    assert ask()["snapshots"] == 2
    hub_server.add("someone/tiny", whole)
    asked = len(hub_server.requests)
    assert ask()["snapshots"] == 2 and len(hub_server.requests) == asked  # looked for a moment ago
    monkeypatch.setattr(fetching, "LOOK", 0)
    hub_server.fail("GET /api/models/someone/tiny")
    assert ask() == {"run": "someone/tiny", "there": True, "snapshots": 2}  # the Hub has trouble: what is here stays
    while ask()["snapshots"] < 3:
        pass
    assert [moment["images"] for moment in fetch.ask({"what": "about", "run": "someone/tiny"})["moments"]] == [0, 64, 128]
    asked = len(hub_server.requests)
    assert ask()["snapshots"] == 3 and len(hub_server.requests) == asked  # it has reached its length


def test_the_address_of_its_page_names_it_too(fetch, put, hub_server):
    put("someone/tiny")
    assert fetch(f" {hub_server.url}/someone/tiny/ ")["run"] == "someone/tiny"


def test_a_run_of_a_folder_and_one_from_the_hub_stand_side_by_side(put, checkpoints, hub_server):
    put("someone/tiny")
    library = Library(checkpoints)
    ask = blocking_ask(Questions(library, Fetching(library, Limits())))
    while not ask({"what": "fetch", "name": "someone/tiny"})["there"]:
        pass
    assert list(library.entries()) == ["someone-tiny", "someone/tiny"]
    assert [entry.shipped for entry in library.entries().values()] == [True, False]


@pytest.mark.parametrize("name", ["tiny", "a/b/c", "../tiny", "someone/../tiny", "~secret", "a/b@", "", None, 7, "x" * 501])
def test_what_is_no_name_is_refused_in_a_sentence(fetch, name):
    assert fetch(name)["error"].endswith(".")


@pytest.mark.slow
def test_a_missing_run_is_told_and_can_be_tried_again(fetch, put, hub_server):
    assert "The Hub has no someone/tiny that you may read" in fetch("someone/tiny")["error"]
    put("someone/tiny")
    assert fetch("someone/tiny")["there"]


@pytest.mark.slow
@pytest.mark.parametrize(("variable", "value"), [("SPACE_ID", "someone/gan"), ("GRADIO_SHARE", "True")])
def test_an_own_private_run_opens_on_ones_own_machine_but_not_in_public(fetch, put, monkeypatch, variable, value):
    put("someone/secret", private=True)
    monkeypatch.setenv(variable, value)
    assert fetch("someone/secret")["error"] == "The Hub has no public run someone/secret; check the name."
    monkeypatch.delenv(variable)
    assert fetch("someone/secret")["there"]


@pytest.mark.slow
def test_runs_share_a_bounded_room(library, put, hub_server):
    put("someone/one"), put("someone/two")
    size = sum(map(len, hub_server.files("someone/one").values()))
    ask = blocking_ask(Questions(library, Fetching(library, Limits(hub_bytes=size + 100))))
    while not ask({"what": "fetch", "name": "someone/one"})["there"]:
        pass
    refused = {}
    while "error" not in refused:
        refused = ask({"what": "fetch", "name": "someone/two"})
    assert "100 are allowed here" in refused["error"] and list(library.entries()) == ["someone/one"]


def test_what_is_refused_once_it_was_fetched_takes_room_too(library, put, hub_server):
    put("someone/bad")
    files = hub_server.files("someone/bad")
    last = "snapshots/000000128.safetensors"
    hub_server.add("someone/bad", files | {last: files[last].replace(b'"shape"', b'"shapf"')})
    rooms = Fetching(library, Limits())
    ask, left = blocking_ask(Questions(library, rooms)), rooms._left
    while "error" not in (refused := ask({"what": "fetch", "name": "someone/bad"})):
        pass
    assert "can't be opened" in refused["error"] and left - rooms._left >= sum(map(len, files.values()))


def test_damage_found_later_tells_nothing_of_where_the_cache_lies(fetch, library, put, flip_a_byte, tmp_path):
    put("someone/tiny")
    fetch("someone/tiny")
    run = library.find("someone/tiny").run
    flip_a_byte((run.path / "snapshots" / "000000128.safetensors").resolve())
    told = fetch.ask({"what": "latents", "run": "someone/tiny", "num": 1, "seed": 1})["error"]
    assert "checksum" in told and str(tmp_path) not in told


def test_a_folder_of_this_machine_that_a_strangers_config_names_is_not_looked_into(fetch, library, put, tmp_path):
    put("someone/tiny")
    fetch("someone/tiny")
    entry = library.find("someone/tiny")
    config = replace(entry.run.config, source=str(tmp_path))
    reader = RealImages()
    assert reader.of(replace(entry, opened=Run(entry.run.path, config))).state == "away" and not reader._sets


def test_a_training_starts_from_it_by_its_name_on_the_hub(fetch, library, put):
    put("someone/tiny")
    fetch("someone/tiny")
    library.find("someone/tiny").run.path.joinpath("discriminator.safetensors").touch()
    request = {"run": "someone/tiny", "images": 64, "minutes": 1, "source": {"kind": "built-in", "name": "digits"}}
    order = validated(request, library, Limits(), {"digits": ("0", "1")})
    assert order.arguments()[:2] == ["--init-from", "someone/tiny@1"]
