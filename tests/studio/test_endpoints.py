"""The public endpoints, through the real client against a launched app."""

import json
from urllib.request import Request, urlopen

import pytest
from gradio_client import Client
from PIL import Image

import studio


@pytest.fixture
def client(checkpoints, make_run, monkeypatch, tmp_path):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "served"))
    make_run("tiny")
    make_run("plain", class_names=None)
    make_run("new", moments=())
    (make_run("sick").path / "config.json").write_text("{")
    page = studio.build(studio.Library(checkpoints))
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, **studio.launch_settings())
    yield Client(url, verbose=False, download_files=str(tmp_path / "downloads"))
    page.close()


@pytest.fixture
def refusal(client):
    """The sentence with which a call is refused."""

    def refusal(endpoint="/sample", **values):
        with pytest.raises(Exception) as caught:
            client.predict(api_name=endpoint, **{"run": "tiny"} | values)
        return str(caught.value)

    return refusal


def settings(picture):
    return json.loads(picture.text["ganlib"])


@pytest.mark.slow
def test_endpoints(client, refusal, checkpoints, tmp_path):
    """One app for all: launching is what takes time."""
    named = client.view_api(return_format="dict")["named_endpoints"]
    assert set(named) == {"/sample", "/compare"}

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
        assert "passwd" not in refusal(endpoint, run=stolen)
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

    served = list((tmp_path / "served").rglob("*.png"))
    assert served and all(path.is_relative_to(tmp_path) for path in served)


def _raw(client, endpoint, data):
    """The answer to a call whose numbers no proper client would send."""
    url = f"{client.src.rstrip('/')}/gradio_api/call/{endpoint}"
    request = Request(url, f'{{"data": {data}}}'.encode(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=10) as answer:
        event = json.load(answer)["event_id"]
    with urlopen(f"{url}/{event}", timeout=10) as answer:
        return answer.read().decode()
