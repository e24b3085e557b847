"""Tests the Train tab with the shipped digits: train on the sevens, watch, reopen, stop, download."""

import json
import re
import shutil
import zipfile

import pytest
from driving import fits, run_of, until
from test_access import AXE

PHONE = {"width": 390, "height": 844}
pytestmark = pytest.mark.browser
HASH = """canvas => {
    const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    return data.reduce((hash, value) => Math.imul(hash ^ value, 16777619), 2166136261);
}"""


@pytest.fixture
def visit(open_page):
    """`open_page`; deletes the visitors' trainings at the end."""
    pages = []
    yield lambda *values, **settings: pages.append(open_page(*values, **settings)) or pages[-1]
    for page in pages:
        page.evaluate("""async () => {
            const { jobs } = await studio.training.ask("jobs");
            for (const { id } of jobs) await studio.training.ask("do", { id, action: "delete" });
        }""")


def tab_of(page):
    """Opens the tab; returns it once its form has loaded the options."""
    run_of(page)
    page.evaluate("studio.go('train')")
    page.locator("[name=train-run] option").first.wait_for(state="attached")
    return page.locator("#train-watch")


def begin(page, label):
    """Starts a training of two minutes on one class, with a grid every few steps."""
    page.get_by_role("checkbox", name=label, exact=True).check()
    page.locator("[name=train-length]").fill("2")
    page.locator(".train-more summary").click()
    page.locator("[name=train-grid_every]").fill("5")
    page.locator(".train-go").click()


def drawn(watch):
    """Returns the pixels of the parent's pictures, the current ones and the real ones, once they are drawn."""
    sheets = watch.locator(".train-panel canvas")
    for i in range(3):
        sheets.nth(i).wait_for()
    return [sheets.nth(i).evaluate(HASH) for i in range(3)]


def findings(page):
    return page.evaluate(AXE)["findings"]


def test_only_the_sevens(shipped, visit, axe, tmp_path):
    page = visit(shipped, accept_downloads=True)
    watch = tab_of(page)
    page.get_by_role("checkbox", name="7", exact=True).check()
    page.locator(".train-sees", has_text="6,265 pictures").wait_for()
    begin(page, "7")
    watch.locator("h2", has_text="mnist → 7").wait_for()
    until(page, lambda: drawn(watch)[0] != drawn(watch)[1])
    parent, now, real = drawn(watch)
    assert now != parent and real not in (now, parent)
    assert until(page, lambda: re.match(r"\d+ %, \d+ (s|min) left · ", page.title()))
    link = page.evaluate("studio.link.url()")
    page.evaluate(axe)
    assert findings(page) == []

    page.reload()  # during the training: the browser's token finds it again
    run_of(page)
    assert until(page, lambda: re.match(r"\d+ %, ", page.title()))
    watch = tab_of(page)
    assert drawn(watch)[0] == parent
    assert until(page, lambda: drawn(watch)[1] != now)  # and it continued
    page.evaluate("studio.go('epochs')")
    page.wait_for_function("studio.view.get().tab === 'epochs'")
    assert "job" not in page.evaluate("studio.link.url()")  # links of other tabs don't contain the secret id

    other = visit(shipped, viewport=PHONE, look="dark", language="zh-CN")  # another visitor with the private link
    assert not tab_of(other).is_visible() and not other.locator(".train-jobs").is_visible()
    other.goto(link)
    looking = other.locator("#train-watch")
    assert drawn(looking)[0] != 0 and looking.locator(".train-deeds [data-deed]:visible").count() == 0
    other.evaluate(axe)
    assert findings(other) == [] and fits(other)
    refused = other.evaluate("studio.training.act('stop').catch(({ message }) => message)")
    assert "Only the visitor who began" in refused

    page.evaluate("studio.go('train')")
    watch.locator("[data-deed=stop]").click()
    watch.locator(".train-outcome").wait_for()
    assert watch.locator(".train-state").inner_text().startswith("Stopped after")
    with page.expect_download() as download:
        watch.locator(".train-zip").click()
    download.value.save_as(tmp_path / "run.zip")
    with zipfile.ZipFile(tmp_path / "run.zip") as file:
        names = {name.partition("/")[2] for name in file.namelist()}
    assert {"config.json", "discriminator.safetensors", "snapshots/000000000.safetensors"} <= names
    assert "state.safetensors" not in names

    watch.get_by_role("link", name="Epochs, beside mnist").click()
    page.locator("#film .kinship", has_text="same lineage: both show the same latents").wait_for()
    page.locator("#film .film-second canvas").first.wait_for()
    tab_of(page)
    page.locator(".train-jobs button", has_text="mnist → 7 (done)").click()
    watch.locator(".train-delete").click()
    watch.locator(".train-yes").click()
    page.locator(".train-jobs").wait_for(state="hidden")
    page.locator("#train-form").wait_for()


def test_an_estimate_by_a_few_real_steps(shipped, visit):
    page = visit(shipped)
    tab_of(page)
    told = page.locator(".train-estimate")
    told.get_by_text("“Estimate” tries a few steps").wait_for()
    page.locator("[name=train-run]").select_option("")  # from scratch
    page.locator("[name=train-recipe]").select_option("mlp")
    page.locator("[name=train-set]").select_option("digits")
    page.locator(".train-more summary").click()
    page.locator("[name=train-g_lr]").fill("1")
    page.locator(".train-measure").click()
    page.locator(".train-refused", has_text="g_lr must be a number from 1e-07 to 0.1.").wait_for()
    page.locator("[name=train-g_lr]").fill("")
    page.locator(".train-measure").click()
    told.get_by_text(re.compile(r"About [\d,]+ images a second here: it will see [\d,]+ images")).wait_for(timeout=90_000)
    assert not page.locator(".train-refused").is_visible()
    page.locator("[name=train-unit][value=length]").check()  # recomputed from the measurement
    told.get_by_text(re.compile(r"About [\d,]+ images a second here: it will take ")).wait_for()


@pytest.fixture
def with_example(all_shipped, tmp_path):
    """A folder with mnist and a copy of it whose config names mnist as its parent."""
    mother, child = tmp_path / "mnist", tmp_path / "sevens"
    mother.symlink_to(all_shipped / "mnist")
    (child / "snapshots").mkdir(parents=True)
    for images in (0, 3776, 7520):
        shutil.copy(mother / "snapshots" / f"{images:09d}.safetensors", child / "snapshots")
    history = (mother / "history.jsonl").read_text().splitlines(keepends=True)
    (child / "history.jsonl").write_text("".join(history[:2]))
    tuned = {"parent": "mnist", "parent_images": 1440000, "classes": ["7"], "dataset_size": 6265, "hardware": "an abacus"}
    config = json.loads((mother / "config.json").read_text()) | tuned
    del config["crc32"]
    (child / "config.json").write_text(json.dumps(config))
    return tmp_path


def test_the_example_is_told_from_its_run_and_repeated_with_a_click(with_example, visit):
    page = visit(with_example)
    tab_of(page)
    example = page.locator("#train-example")
    example.locator("h2", has_text="mnist learns to draw only 7").wait_for()
    sheets = example.locator(".train-panel canvas")
    assert sheets.count() == 3 and len({sheets.nth(i).evaluate(HASH) for i in range(3)}) == 3
    facts = example.locator(".train-facts").inner_text()
    assert all(fact in facts for fact in ("7,520 images", "6,265 pictures of mnist", "5 s", "an abacus"))
    example.get_by_role("button", name="Repeat this").click()
    watch = page.locator("#train-watch")
    watch.locator("h2", has_text="mnist → 7").wait_for()
    watch.locator("summary", has_text="command line").click()
    command = watch.locator(".train-command").inner_text()
    assert "--init-from checkpoints/mnist --dataset mnist --classes 7 --images 7520" in command
    assert not page.locator("#train-form").is_visible()


def test_a_second_visitor_waits_for_the_first(shipped, visit):
    first, second = visit(shipped), visit(shipped)
    begins = []
    for page, label in ((first, "1"), (second, "2")):
        begins.append(tab_of(page))
        begin(page, label)
    first.locator(".train-state", has_text=re.compile("^(Preparing|Training)$")).wait_for()
    second.locator(".train-state", has_text="Waiting, place 1 in the queue").wait_for()
    assert second.title().startswith("Waiting, place 1")
    assert [page.locator(".train-jobs button").count() for page in (first, second)] == [
        2,
        2,
    ]  # "New training" and the visitor's own
    begins[0].locator("[data-deed=stop]").click()
    second.locator(".train-state", has_text=re.compile("^(Preparing|Training)$")).wait_for()
    begins[1].locator("[data-deed=stop]").click()
    second.locator(".train-state", has_text="Stopped").wait_for()


def test_what_is_asked_for_wrongly_is_told_beside_the_button(shipped, visit):
    page = visit(shipped)
    tab_of(page)
    page.locator("[name=train-length]").fill("90")
    page.locator(".train-go").click()
    page.locator(".train-refused", has_text="minutes must be a number from 0.01 to 20").wait_for()
    page.locator("[name=train-length]").fill("5")
    page.locator(".train-refused").wait_for(state="hidden")
    page.locator("[name=train-run]").select_option("")  # from scratch
    page.locator("[name=train-recipe]").select_option("resnet")
    page.locator(".train-draws", has_text="residual networks").wait_for()
    assert page.evaluate("studio.training.formState.request()")["recipe"] == "resnet"


def test_a_link_to_a_training_that_is_gone_says_so(shipped, visit):
    page = visit(shipped)
    run_of(page)
    page.evaluate("""() => {
        const parts = encodeURIComponent(JSON.stringify({ training: { job: "AAAAAAAAAAAAAAAAAAAAAA" } }));
        location.hash = `tab=train&parts=${parts}`;
    }""")
    page.locator(".train-state", has_text="There is no job with this id").wait_for()
    page.locator(".train-jobs button", has_text="New training").click()
    page.locator("#train-form").wait_for()
