"""Tests that an added data set, network family and tab, with their files, work everywhere."""

import json

import pytest
from driving import changed, picture, run_of, slide

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SMALL = ("--device", "cpu", "--set", "batch_size=8")
SET = """    "blocks": BuiltIn(28, 1, ("dark", "light"), "digits", "Blocks, by A. Painter (CC0)", "cc0-1.0", _read_blocks),
"""
READ_BLOCKS = '''def _read_blocks(root: Path, split: str) -> Arrays:
    """Needs no file: squares of one grey."""
    rng = np.random.default_rng(split == "train")
    labels = rng.integers(0, 2, 1200)
    greys = rng.integers(0, 100, 1200) + 150 * labels
    return np.broadcast_to(greys[:, None, None, None], (1200, 1, 28, 28)).astype(np.uint8), labels


'''
NETWORKS = '''"""Fully connected networks with GELU (Hendrycks & Gimpel 2016)."""

import torch
from torch import nn

from ganlib.networks import family
from ganlib.networks.conditioning import with_label
from ganlib.networks.layers import weighted_layers

SIZES = (28, 32)


class Generator(family.Generator):
    """A latent to an image. `units` of the hidden layer."""

    def __init__(self, image_size: int, channels: int, latent_dim: int = 64, units: int = 128, num_classes: int = 0):
        super().__init__()
        self.image_size, self.channels, self.latent_dim, self.num_classes = image_size, channels, latent_dim, num_classes
        self.first = nn.Linear(latent_dim + num_classes, units)
        self.hidden = nn.GELU()
        self.to_image = nn.Linear(units, channels * image_size**2)

    def features(self, z, labels=None):
        return self.first(with_label(z, labels, self.num_classes))

    def forward(self, z, labels=None):
        pixels = torch.tanh(self.to_image(self.hidden(self.features(z, labels))))
        return pixels.unflatten(1, (self.channels, self.image_size, self.image_size))


class Discriminator(family.Discriminator):
    """An image to a logit. `units` of the hidden layer."""

    def __init__(self, image_size: int, channels: int, units: int = 128, num_classes: int = 0):
        super().__init__()
        self.image_size, self.channels, self.num_classes = image_size, channels, num_classes
        self.hidden = nn.Sequential(nn.Linear(channels * image_size**2 + num_classes, units), nn.GELU())
        self.to_logit = nn.Linear(units, 1)

    def hidden_layers(self):
        return weighted_layers(self.hidden)

    def forward(self, images, labels=None):
        return self.to_logit(self.hidden(with_label(images.flatten(1), labels, self.num_classes))).squeeze(1)
'''
TAB = {
    "studio/ui/gallery.py": '''"""The Gallery tab: the name of the run on a wall."""

from studio.ui import components


class Gallery:
    """The tab's only part."""

    def __init__(self, library, wording, run):
        components.part("gallery", "wall", elem_id="wall")
''',
    "studio/words/gallery.py": '''"""The words of the Gallery tab."""

WORDS = {"gallery": ("Gallery", "画廊"), "gallery_run": ("Now on the wall:", "正在展出：")}
''',
    "studio/static/gallery/parts.js": 'export { wall } from "./wall.js";\n',
    "studio/static/gallery/wall.js": """import { engine } from "../page/engine.js";
import { studio } from "../page/studio.js";

export const wall = (element) => {
  const speak = () => {
    studio.speak(element);
    element.querySelector("strong").textContent = engine.run()?.run ?? "";
  };
  engine.follow(speak);
  studio.follow(speak);
};
""",
    "studio/static/gallery/wall.html": '<p class="wall"><span data-word="gallery_run"></span> <strong></strong></p>\n',
    "studio/static/gallery/wall.css": ".wall strong { border: 7px solid var(--ink); }\n",
}


@pytest.fixture
def serve(copy):
    """The copy's app, in place of the project's."""
    return copy.serve


def learned(page):
    """Returns the chapter on the run's objective and networks once it is loaded."""
    page.evaluate("studio.go('learn')")
    lesson = page.locator("#lesson")
    lesson.locator(".term").first.wait_for()
    return lesson


def test_a_data_set_is_one_row(copy, open_page):
    copy.insert("ganlib/datasets/builtin.py", "BUILT_IN = {\n", SET, READ_BLOCKS)
    assert copy.touched() == ["ganlib/datasets/builtin.py"]
    out = copy.path / "checkpoints" / "painted"
    widths = ("--set", "generator.width=8", "--set", "discriminator.width=8")
    copy.run("train.py", "--dataset", "blocks", *SMALL, *widths, "--images", 64, "--out", out)
    config = json.loads((out / "config.json").read_text())
    assert (config["recipe"]["name"], config["class_names"], config["dataset_size"]) == ("digits", ["dark", "light"], 1200)
    card = (out / "README.md").read_text()
    assert "license: cc0-1.0" in card and "| Data | Blocks, by A. Painter (CC0); 1,200 images at 28 px, 2 classes |" in card
    assert "--dataset SET         blocks | mnist" in copy.run("train.py", "--help")
    copy.run("-m", "ganlib.evaluate", out, "--num", 100, "--metrics", "swd")

    page = open_page(out.parent)
    assert run_of(page)["classes"] == ["dark", "light"]
    picture(page)
    page.evaluate("studio.go('train')")
    page.locator("#train-form [name=train-set] option", has_text="blocks").wait_for(state="attached")
    sample = page.evaluate("studio.engine.ask({ what: 'train_sample', set: 'blocks', classes: ['light'] })")
    assert 400 < sample["of"] < 800
    lesson = learned(page)
    assert "28" in lesson.locator(".sizes").inner_text()
    verdict = page.locator("#verdict")
    verdict.scroll_into_view_if_needed()
    verdict.locator(".asking input").first.check()
    verdict.locator(".tile").first.wait_for()  # real pictures of the set, and generated ones


def test_a_network_family_is_a_file_and_a_row(copy, open_page):
    copy.write("ganlib/networks/gelu.py", NETWORKS)
    imported = "from ganlib.networks import gelu\n\n"
    copy.insert("ganlib/networks/__init__.py", "FAMILIES: dict[str, Family] = {\n", '    "gelu": gelu,\n', imported)
    assert copy.touched() == ["ganlib/networks/__init__.py", "ganlib/networks/gelu.py"]
    out = copy.path / "checkpoints" / "smooth"
    families = [f"--set={role}.family=gelu" for role in ("generator", "discriminator")]
    train = ("train.py", "--dataset", "digits", *SMALL)
    copy.run(*train, *families, "--set", "generator.units=24", "--images", 64, "--out", out)
    assert json.loads((out / "config.json").read_text())["recipe"]["generator"] == {"family": "gelu", "units": 24}
    copy.run("train.py", "--resume", out, "--images", 80)
    copy.run(*train, "--init-from", out, "--freeze", 1, "--images", 16, "--out", copy.path / "tuned")
    copy.run("-m", "ganlib.export", out, "--outline")

    page = open_page(out.parent)
    assert run_of(page)["run"] == "smooth"
    picture(page)
    page.locator("#explore .axis").first.wait_for()
    changed(page, lambda: slide(page, "#explore .axis", 1.5), "#explore")
    lesson = learned(page)
    assert "generator.family=gelu, discriminator.family=gelu, generator.units=24" in lesson.locator(".summary").inner_text()
    for role, total in (("generator", 74 * 24 + 24 + 24 * 784 + 784), ("discriminator", 794 * 128 + 128 + 129)):
        table = lesson.locator(f".anatomies .{role} table")
        assert table.locator("tbody th", has_text="GELU").count() == 1
        assert f"{total:,}" in table.locator("tfoot").inner_text()


def test_a_tab_is_a_class_its_words_and_its_folder(copy, open_page, shipped):
    for file, text in TAB.items():
        copy.write(file, text)
    copy.insert("studio/page.py", "from studio.ui.generate import Generate\n", "", "from studio.ui.gallery import Gallery\n")
    copy.insert("studio/page.py", '"train": Train, "learn": Learn,\n', '    "gallery": Gallery,\n')
    assert copy.touched() == sorted([*TAB, "studio/page.py"])

    page = open_page(shipped)
    run = run_of(page)["run"]
    page.locator("#tab-gallery-button").click()
    wall = page.locator("#wall .wall")
    wall.wait_for()
    assert page.locator("#tab-gallery-button").inner_text() == "Gallery"
    page.wait_for_function("run => document.querySelector('#wall strong').textContent === run", arg=run)
    assert wall.inner_text() == f"Now on the wall: {run}"
    assert wall.locator("strong").evaluate("mark => getComputedStyle(mark).borderTopWidth") == "7px"
    assert page.evaluate("studio.view.get().tab") == "gallery"
    address = page.url.split("#")[0]
    page.goto("about:blank")
    page.goto(f"{address}#tab=gallery")
    page.locator("#tab-gallery-button[aria-selected=true]").wait_for()
    page.locator("#switches .speech").click()
    page.locator("#tab-gallery-button", has_text="画廊").wait_for()
    page.locator("#wall", has_text="正在展出").wait_for()
