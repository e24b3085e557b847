"""Tests the public endpoints with the real client against a launched app."""

import base64
import inspect
import io
import json
from pathlib import Path
from urllib.request import Request, urlopen

import av
import gradio as gr
import numpy as np
import pytest
from gradio_client import Client
from PIL import Image

from ganlib import latents, sample
from studio.library import Library
from studio.page import build
from studio.server import launch_settings


@pytest.fixture
def page(checkpoints, make_run, monkeypatch, tmp_path):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "served"))
    make_run("tiny")
    make_run("plain", class_names=None)
    make_run("new", moments=())
    (make_run("sick").path / "config.json").write_text("{")
    return build(Library(checkpoints))


@pytest.fixture
def client(page, tmp_path):
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, **launch_settings())
    yield Client(url, verbose=False, download_files=str(tmp_path / "downloads"))
    page.close()


@pytest.fixture
def refusal(page):
    """Returns an endpoint's error message for these values."""
    endpoints = {function.api_name: function.fn for function in page.fns.values()}

    def refusal(endpoint="/sample", **values):
        endpoint = endpoints[endpoint.strip("/")]
        told = inspect.signature(endpoint).bind(**{"run": "tiny"} | values)
        told.apply_defaults()
        with pytest.raises(gr.Error) as caught:
            endpoint(*told.args)
        return caught.value.message

    return refusal


def refused(client, endpoint="/sample", **values):
    """The same over the network."""
    with pytest.raises(Exception) as caught:
        client.predict(api_name=endpoint, **{"run": "tiny"} | values)
    return str(caught.value)


def settings(picture):
    return json.loads(picture.text["ganlib"])


@pytest.mark.slow
def test_endpoints(client, refusal, checkpoints, tmp_path):
    """One app for all endpoints, since launching takes the time."""
    named = client.view_api(return_format="dict")["named_endpoints"]
    assert set(named) == {"/sample", "/compare", "/explore", "/interpolate", "/project", "/drag"}

    with Image.open(client.predict("tiny", api_name="/sample")) as picture:
        assert picture.format == "PNG"
        assert settings(picture) == {
            "run": "tiny", "epoch": 2.0, "images": 128, "seed": 0, "truncation": 1.0, "label": None, "num": 64,
        }  # fmt: skip
    with Image.open(client.predict("tiny", 1, 10, 7, 0.5, "dog", api_name="/sample")) as picture:
        assert settings(picture)["label"] == 1 and settings(picture)["images"] == 64
        chosen = picture.tobytes()
    with Image.open(client.predict("tiny", 1, 10, 7, 0.5, 1, api_name="/sample")) as picture:
        assert picture.tobytes() == chosen
    with Image.open(client.predict("plain", num=4, api_name="/sample")) as picture:
        assert picture.size == (4 * 30 + 2, 32)
    with Image.open(client.predict("tiny", api_name="/compare")) as picture:
        assert picture.size == (3 * 30 + 2, 8 * 30 + 2) and settings(picture)["epochs"] == [0, 1, 2]
    with Image.open(client.predict("plain", [0, 2], num=3, api_name="/compare")) as picture:
        assert picture.size == (2 * 30 + 2, 3 * 30 + 2)

    for name in ("../tiny", "/etc/passwd", "elsewhere", "", None, 7, ["tiny"]):
        assert "There is no run with this name" in refusal(run=name)
    stolen = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}
    for endpoint in ("/sample", "/compare"):
        assert "passwd" not in refused(client, endpoint, run=stolen)
    for name in ("../tiny", None, 7, ["tiny"]):
        assert "There is no run with this name" in refused(client, run=name)
    assert "num must be a whole number from 1 to 256" in refused(client, num="9")
    assert "truncation must be a number" in refused(client, truncation=10**400)
    assert "each of sliders must be a number from -10 to 10." in refused(client, "/explore", sliders=[0, "1"])
    assert "seeds must be a list of 2 to 32 seeds." in refused(client, "/interpolate", seeds=[0] * 10**5)
    assert "damaged" in (told := refused(client, run="sick")) and str(checkpoints) not in told
    assert "no snapshots yet" in refusal(run="new")
    assert "damaged" in refusal(run="sick") and str(checkpoints) not in refusal(run="sick")
    for num in (0, -1, 257, 10**9, 1.5, "9", True, None):
        assert "num must be a whole number from 1 to 256" in refusal(num=num)
    for seed in (-1, 2**32, 0.5, "x", None):
        assert "seed must be" in refusal(seed=seed)
    for truncation in (-1, 5, 10**400, "1", None, [1]):
        assert "truncation must be a number" in refusal(truncation=truncation)
    for label in ("bear", 3, -1, "../cat"):
        assert "has no label" in refusal(label=label)
    assert "label must be" in refusal(label=["cat"]) and "label must be" in refusal(label="x" * 1000)
    assert "without labels" in refusal(run="plain", label=0)
    for epochs in ([], "all", [0] * 17, {}):
        assert "epochs must be a list" in refusal("/compare", epochs=epochs)
    for epoch in (-1, 10**400):
        assert "epochs must be a number" in refusal("/compare", epochs=[epoch])
    assert "num must be" in refusal("/compare", num=17)

    told = _raw(client, "sample", '["tiny", null, 4, 0, NaN, null]') + _raw(
        client, "sample", '["tiny", Infinity, 4, 0, 1, null]'
    )
    assert "truncation must be a number" in told and "epoch must be a number" in told
    assert "Traceback" not in told

    explored(client, refusal, checkpoints)
    interpolated(client, refusal)

    served = list((tmp_path / "served").rglob("*.png"))
    assert served and all(path.is_relative_to(tmp_path) for path in served)


def explored(client, refusal, checkpoints):
    with Image.open(client.predict("tiny", 1, 10, 7, 0.5, api_name="/sample")) as picture:
        sampled = np.asarray(picture)[2:30, 32:60]  # the second of ten pictures, in three columns
    with Image.open(client.predict("tiny", 1, 7, 1, truncation=0.5, api_name="/explore")) as picture:
        assert (np.asarray(picture)[2:30, 2:30] == sampled).all()
        inside = settings(picture)
    assert inside["from"] == [{"seed": 7, "index": 1}] and inside["labels"] == [1] and inside["images"] == 64

    sliders = [2.0, 0.0, -3.5]
    with Image.open(client.predict("tiny", 1, 7, 1, sliders, "owl", api_name="/explore")) as picture:
        pixels, inside = np.asarray(picture), settings(picture)
    library = Library(checkpoints)
    entry = library.find("tiny")
    z = latents.sample(2, 8, 7)[1:] + np.float32(sliders) @ library.directions(entry, entry.snapshot(64))[:3]
    expected = sample.draw(entry.run.generator(entry.snapshot(64)), z, np.array([2]))
    assert (pixels[2:30, 2:30] == expected[0, 0]).all()
    assert np.allclose(np.frombuffer(base64.b64decode(inside["z"]), "<f4"), z, atol=1e-6)
    assert inside["sliders"] == sliders and inside["from"] == [None]

    for sliders in ("far", {}, 2.0, [0] * 11, [0] * 10**5):
        assert "sliders must be a list of 0 to 10 numbers." in refusal("/explore", sliders=sliders)
    for step in (10.5, -11, "1", None, True, [1]):
        assert "each of sliders must be a number from -10 to 10." in refusal("/explore", sliders=[0, step])
    assert "8 principal directions" in refusal("/explore", sliders=[0] * 9 + [1])
    for index in (-1, 256, 0.5, "x", None):
        assert "index must be a whole number from 0 to 255." in refusal("/explore", index=index)
    assert "There is no run with this name" in refusal("/explore", run="../tiny")
    told = _raw(client, "explore", '["tiny", NaN, 0, 0, null, null, 1]') + _raw(
        client, "explore", '["tiny", null, 0, 0, [NaN], null, 1]'
    )
    assert "epoch must be a number" in told and "each of sliders must be a number" in told


def interpolated(client, refusal):
    for kind in ("webp", "gif"):
        with Image.open(client.predict("tiny", frames=6, seconds=1, kind=kind, api_name="/interpolate")) as film:
            assert film.format == kind.upper() and film.n_frames == 6 and film.width % 28 == 0
            size = film.size
    open_path = {"seeds": [5, 6], "labels": ["cat", 2], "mode": "lerp", "closed": False}
    path = client.predict("tiny", 0, **open_path, frames=5, seconds=0.5, kind="mp4", api_name="/interpolate")
    with av.open(path) as film:
        shown = [frame.to_ndarray(format="gray") for frame in film.decode(video=0)]
    assert path.endswith("tiny-untrained-lerp.mp4") and len(shown) == 5 and abs(shown[0].shape[1] - size[0]) <= 1
    assert Path(client.predict("plain", frames=2, api_name="/interpolate")).suffix == ".webp"

    for seeds in ([], [1], list(range(33)), [0] * 10**5, "all", 3, {}):
        assert "seeds must be a list of 2 to 32 seeds." in refusal("/interpolate", seeds=seeds)
    for seed in (-1, 2**32, 0.5, "x", None, True, [1]):
        assert "each of seeds must be a whole number" in refusal("/interpolate", seeds=[0, seed])
    for labels in ([], ["cat"], "cat", ["cat"] * 4, {}):
        assert "labels must be a list of 3 labels, one for each of seeds." in refusal("/interpolate", labels=labels)
    for label in ("bear", 3, -1, None):
        assert "has no label" in refusal("/interpolate", labels=[0, 1, label])
    assert "without labels" in refusal("/interpolate", run="plain", labels=[0, 1, 2])
    for frames in (1, 481, 10_000, 2.5, "9", True, None):
        assert "frames must be a whole number from 2 to 480." in refusal("/interpolate", frames=frames)
    for seconds in (0.4, 61, "1", None, True):
        assert "seconds must be a number from 0.5 to 60." in refusal("/interpolate", seconds=seconds)
    for mode in ("cubic", None, 1, ["lerp"]):
        assert "mode must be one of slerp, lerp." in refusal("/interpolate", mode=mode)
    for kind in ("exe", "../x", None, ["gif"]):
        assert "kind must be one of webp, gif, mp4." in refusal("/interpolate", kind=kind)
    for closed in ("yes", 1, None):
        assert "closed must be true or false." in refusal("/interpolate", closed=closed)
    assert "There is no run with this name" in refusal("/interpolate", run="/etc/passwd")
    told = _raw(client, "interpolate", '["tiny", null, [0, NaN], null, "slerp", 9, 1, true, 1, "gif"]') + _raw(
        client, "interpolate", '["tiny", null, null, null, "slerp", 9, NaN, true, 1, "gif"]'
    )
    assert "each of seeds must be" in told and "seconds must be a number" in told and "Traceback" not in told


def _raw(client, endpoint, data):
    """Returns the response to a call with values that gradio_client wouldn't send."""
    url = f"{client.src.rstrip('/')}/gradio_api/call/{endpoint}"
    request = Request(url, f'{{"data": {data}}}'.encode(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=10) as answer:
        event = json.load(answer)["event_id"]
    with urlopen(f"{url}/{event}", timeout=10) as answer:
        return answer.read().decode()


def picture_file(image):
    """Returns a PNG as base64, as a client sends it."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


@pytest.mark.slow
def test_a_picture_is_found_and_dragged(client, checkpoints):
    run = Library(checkpoints).find("tiny").run
    drawn, _ = sample.images(run, run.generator(), 1, 3, "owl")
    facts, strip = client.predict(api_name="/project", run="tiny", picture=picture_file(drawn[0, 0]))
    assert facts["rmse"] < 1 and not facts["far"] and len(facts["z"]) == 8 and facts["odder_than"] is None
    shown = Image.open(strip)
    assert shown.size == (3 * 28 + 4, 28) and (np.asarray(shown)[:, :28] == drawn[0, 0]).all()
    given, _ = client.predict(api_name="/project", run="tiny", picture=picture_file(drawn[0, 0]), label="cat", prior=0)
    assert given["label"] == 0
    moved, strip = client.predict(api_name="/drag", run="tiny", z=facts["z"], pairs=[[10, 10, 14, 10]], label="owl", radius=4)
    assert moved["label"] == 2 and len(moved["z"]) == 8 and moved["z"] != facts["z"]
    assert Image.open(strip).size == (3 * 28 + 4, 28)
    left = np.zeros((28, 28), np.uint8)
    left[:, :14] = 255
    half = {
        "picture": picture_file(np.where(left, drawn[0, 0], 0)),
        "mask": picture_file(left),
        "z": facts["z"],
        "label": "owl",
    }
    painted, _ = client.predict(api_name="/project", run="tiny", **half, prior=0)
    assert painted["rmse"] < 1 and painted["label"] == 2
    held, _ = client.predict(
        api_name="/drag", run="tiny", z=facts["z"], label="owl", pairs=[[20, 10, 24, 10]], mask=picture_file(left), prior=0
    )
    assert held["rmse"] < 1


def test_mistakes_of_projection_are_told(refusal):
    assert refusal("/project", picture="no base64!").startswith("picture must be the file of a picture of at most")
    assert refusal("/project", picture=base64.b64encode(b"no picture").decode()).startswith("picture is no picture")
    square = picture_file(np.zeros((28, 28), np.uint8))
    assert refusal("/project", picture=square, prior=-1) == "prior must be a number from 0 to 1000."
    assert refusal("/project", picture=square, epoch=0.0).endswith("it draws nothing to find; choose a later one.")
    small = picture_file(np.zeros((20, 28), np.uint8))
    size = "mask must be as large as the {}, 28 x 28 pixels, not 28 x 20."
    assert refusal("/project", picture=square, mask=small) == size.format("picture")
    assert refusal("/drag", z=[0.0] * 8, pairs=[[1, 1, 2, 2]], mask=small) == size.format("run's pictures")
    assert refusal("/project", picture=square, mask=square) == "mask must not be all black: no pixel would count."
    assert refusal("/project", picture=square, z=[0.0]) == "z must be a list of 8 numbers."
    assert refusal("/drag", z=[0.0], pairs=[[1, 1, 2, 2]]) == "z must be a list of 8 numbers."
    assert refusal("/drag", z=[0.0] * 8, pairs=[[1, 1, 2]]) == "each of pairs must be a list of 4 numbers: x, y, x, y."
    assert refusal("/drag", z=[0.0] * 8, pairs=[[1, 1, 99, 2]]) == "x must be a number from 0 to 28."
