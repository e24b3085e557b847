"""Tests ganlib.pretrained with huggingface_hub's conventions, and the model card."""

import re

import numpy as np
import pytest
import torch
import yaml
from conftest import TINY, untrained
from huggingface_hub import ModelCard, PyTorchModelHubMixin
from PIL import Image

from ganlib import UserError, hub, sample
from ganlib.pretrained import PretrainedGenerator
from ganlib.runs import card
from ganlib.runs.run import Run


@pytest.fixture
def run(tmp_path):
    run = untrained(tmp_path / "run")
    reference, scores = {"dataset": "shapes", "num": 100}, {320: {"swd": (12.5, 64), "diversity": (0.7, 64)}}
    run.save_scores(reference, scores)
    return run


def equal(one, other):
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


@pytest.mark.slow
def test_from_the_hub(run, hub_server):
    hub.push(run.path, "someone/shapes", revision="v2")
    hub.push(run.path, "someone/shapes")
    generator = PretrainedGenerator.from_pretrained("someone/shapes", revision="v2")
    assert isinstance(generator, PyTorchModelHubMixin) and not generator.training
    assert equal(generator.network, run.generator()) and generator.run.name == "someone/shapes@v2"
    early = PretrainedGenerator.from_pretrained("someone/shapes", epoch=0)
    assert equal(early.network, run.generator(run.snapshots()[0]))
    z, labels = torch.zeros(2, 8), torch.tensor([0, 1])
    assert torch.equal(generator(z, labels), run.generator()(z, labels))
    images = generator.sample(5, seed=3, label="b", truncation=0.5)
    assert images.shape == (5, 1, 28, 28) and images.dtype == np.uint8
    assert np.array_equal(images, sample.images(run, run.generator(), 5, 3, "b", 0.5)[0])
    with pytest.raises(UserError, match="The Hub has no someone/none"):
        PretrainedGenerator.from_pretrained("someone/none")


@pytest.mark.slow
def test_saved_and_pushed_as_a_run(run, hub_server, tmp_path):
    generator = PretrainedGenerator.from_pretrained(run.path)
    with torch.no_grad():
        next(generator.network.parameters()).add_(1)  # trained further elsewhere
    generator.save_pretrained(tmp_path / "saved")
    saved = Run.open(tmp_path / "saved")
    assert [snapshot.images for snapshot in saved.snapshots()] == [320] and saved.history() == run.history()
    assert not equal(saved.generator(), run.generator())
    assert equal(saved.generator(), PretrainedGenerator.from_pretrained(tmp_path / "saved").network)
    named = PretrainedGenerator.from_pretrained(pretrained_model_name_or_path=tmp_path / "saved")  # the mixin's parameter
    assert equal(saved.generator(), named.network)

    hub.push(run.path, "someone/shapes")
    address = generator.push_to_hub("someone/shapes", commit_message="Trained on elsewhere")
    assert address == f"{hub_server.url}/someone/shapes"
    assert hub_server.commits("someone/shapes")[-1] == "Trained on elsewhere"
    assert [path for path in hub_server.files("someone/shapes") if path.startswith("snapshots/")] == [
        "snapshots/000000320.safetensors"
    ]
    assert equal(PretrainedGenerator.from_pretrained("someone/shapes").network, saved.generator())
    assert generator.save_pretrained(tmp_path / "again", push_to_hub=True, repo_id="someone/again").endswith("someone/again")


@pytest.mark.slow
def test_the_card_on_the_hub(run, hub_server, tmp_path, monkeypatch):
    """Its front matter is valid on the Hub, its pictures exist, its example runs."""
    hub.push(run.path, "someone/shapes")
    files = hub_server.files("someone/shapes")
    text = files["README.md"].decode()
    data = ModelCard(text).data
    assert (data.model_name, data.license, data.library_name) == ("shapes", "unknown", "ganlib")
    [first, second] = data.eval_results
    assert (first.metric_type, first.metric_value, first.metric_args) == ("swd", 12.5, {"samples": 64})
    assert (second.metric_name, second.dataset_name) == ("Diversity, 1 - mean SSIM of pairs", "shapes")
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", text)
    assert pictures == ["grids/000000320.webp", "curves.svg"] and set(pictures) < set(files)
    example = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    assert len([line for line in example.splitlines() if line]) == 5
    monkeypatch.chdir(tmp_path)
    exec(example, {})
    with Image.open("samples.png") as picture:
        assert picture.size == (2 + 8 * 30, 2 + 8 * 30)
    sample.main(re.search(r"python -m ganlib.sample (.*)", text)[1].split())
    with Image.open("shapes.png") as picture:
        assert "someone/shapes" in str(picture.info)


def test_a_card_without_measures_has_no_model_index(tmp_path):
    text = card.write(untrained(tmp_path / "run"))
    front = yaml.safe_load(text.split("---")[1])
    assert "model-index" not in front and "base_model" not in front and TINY.name in front["tags"]


def test_the_card_of_a_fine_tuned_run_names_its_parent(tmp_path):
    """By its repository, if it has one."""
    for parent, base in (("someone/mnist@v2", "someone/mnist"), ("mnist", None)):
        text = card.write(untrained(tmp_path / parent, parent=parent, parent_images=1_440_000))
        assert yaml.safe_load(text.split("---")[1]).get("base_model") == base
        assert f"| Began as | {parent} after 1,440,000 images |" in text
