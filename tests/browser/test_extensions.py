"""Tests that an extension of one row in one table works on the command line and in the page."""

import json
import re

import pytest
from driving import filmed, run_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TRAIN = ("train.py", "--dataset", "digits", "--recipe", "mlp", "--device", "cpu", "--set", "generator.widths=32")
LOSS = r"""    "pearson": AdversarialLoss(
        pearson_discriminator,
        pearson_generator,
        (
            Formula("real_plus_one", r"\frac{1}{2}\mathbb{E}_x\left[(D(x)-1)^2\right]"),
            Formula("fake_minus_one", r"\frac{1}{2}\mathbb{E}_z\left[(D(G(z))+1)^2\right]"),
        ),
        (Formula("fake_undecided", r"\frac{1}{2}\mathbb{E}_z\left[D(G(z))^2\right]"),),
    ),
"""
LOSS_FUNCTIONS = '''def pearson_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """1/2 E[(D(x) - 1)^2] + 1/2 E[(D(G(z)) + 1)^2]: Mao et al. 2017, eq. (8)."""
    return 0.5 * (real - 1).square().mean() + 0.5 * (fake + 1).square().mean()


def pearson_generator(real: Tensor, fake: Tensor) -> Tensor:
    """1/2 E[D(G(z))^2]: Mao et al. 2017, eq. (8)."""
    return 0.5 * fake.square().mean()


'''
MEASURES = """MEASURES = {
    measure.name: measure
    for measure in (  # the most informative first
"""
MEASURE = """        Measure(
            "contrast",
            "the standard deviation of a picture's pixels, in grey levels",
            _contrast,
            (Figure("contrast", "Contrast in grey levels", "more", decides=True),),
        ),
"""
MEASURE_FUNCTION = """def _contrast(judged: Judged) -> Scores:
    return {"contrast": (float(judged.images.std((1, 2, 3)).mean()), len(judged.images))}


"""


BEST = "import sys; from pathlib import Path; from ganlib.runs import Run; print(Run.open(Path(sys.argv[1])).best().images)"


@pytest.fixture
def serve(copy):
    """The copy's app, in place of the project's."""
    return copy.serve


def test_a_loss_is_one_row(copy, open_page):
    copy.insert("ganlib/objectives/losses.py", "LOSSES = {\n", LOSS, LOSS_FUNCTIONS)
    assert copy.touched() == ["ganlib/objectives/losses.py"]
    out = copy.path / "checkpoints" / "pearson"
    said = copy.run(
        *TRAIN, "--set", "loss=pearson", "--set", "batch_size=8", "--images", 3600, "--out", out, "--log-to", "json"
    )
    health = [event for event in map(json.loads, said.splitlines()) if event["event"] == "health"]
    assert health[-1]["reason"] != "in-motion" and "loss" in health[-1]["numbers"]  # against the loss of guessing

    page = open_page(out.parent)
    assert run_of(page)["run"] == "pearson"
    page.evaluate("studio.go('learn')")
    lesson = page.locator("#lesson")
    lesson.locator(".term").first.wait_for()
    heads = lesson.locator(".term .term-head").all_inner_texts()
    generated = "What the scores of generated pictures cost"
    assert [re.sub(r"\s+", " ", head) for head in heads] == [
        "D1 What the scores of real pictures cost", f"D2 {generated}", f"G1 {generated}",
    ]  # fmt: skip
    assert lesson.locator(".term-formula svg").count() == 3 and lesson.locator(".term-plot .curve").count() == 3
    marked = lesson.locator(".passages mark").all_inner_texts()
    assert {"0.5 * (real - 1).square().mean()", "0.5 * (fake + 1).square().mean()", "0.5 * fake.square().mean()"} <= set(marked)
    assert lesson.locator(".moves figure").count() == 2 and lesson.locator(".anatomies table").count() == 2

    verdict = page.locator("#verdict")
    verdict.scroll_into_view_if_needed()
    verdict.locator(".asking input").first.check()
    verdict.locator(".tile").first.wait_for()
    share = verdict.locator(".verdict-share", has_text="Its line is logit 0, where this loss leaves D undecided.")
    share.wait_for()
    assert "pictures of each kind, D tells" in share.inner_text() and verdict.locator(".wall-line").is_visible()
    report = page.evaluate("studio.engine.ask({ what: 'report', run: 'pearson', language: 'en' })")
    assert report["file"] == "pearson-lab-report.html"
    assert "%" not in verdict.locator(".closer-logit").inner_text()  # this loss's logit isn't a probability


def test_a_measure_is_one_row(copy, open_page):
    copy.insert("ganlib/metrics/measures.py", MEASURES, MEASURE, MEASURE_FUNCTION)
    assert copy.touched() == ["ganlib/metrics/measures.py"]
    out = copy.path / "checkpoints" / "measured"
    copy.run(*TRAIN, "--images", 1024, "--snapshot-at", "0.2,0.4", "--out", out)
    assert "contrast        the standard deviation" in copy.run("-m", "ganlib.evaluate", "--help")
    copy.run("-m", "ganlib.evaluate", out, "--epoch", "all", "--num", 100, "--metrics", "contrast")
    scores = json.loads((out / "scores.json").read_text())
    values = {int(images): table["contrast"]["value"] for images, table in scores["snapshots"].items()}
    best = max(values, key=values.__getitem__)
    copy.write("best.py", BEST)
    assert copy.run("best.py", out) == f"{best}\n"
    card = (out / "README.md").read_text()
    assert re.search(r"\| Contrast in grey levels \(more is better\) \| [\d.]+ \| [\d.]+ \| 100 \|", card)

    page = open_page(out.parent)
    run_of(page)
    page.locator("#tab-epochs-button").click()
    filmed(page)
    assert page.locator("#film .score-choice option").all_inner_texts() == ["Contrast in grey levels (higher is better)"]
    assert page.locator("#film .score-plot circle").count() == len(values)
    page.locator("#film .score-says", has_text="real pictures:").wait_for()
    for language, label in (
        ("en", "Contrast in grey levels (higher is better)"),
        ("zh", "Contrast in grey levels（越高越好）"),
    ):
        report = page.evaluate("language => studio.engine.ask({ what: 'report', run: 'measured', language })", language)["html"]
        assert f'<th scope="row">{label}</th>' in report
