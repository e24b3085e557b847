"""Tests that the page opens runs of adopted weights: with classes, with a discriminator, and without."""

import re

import pytest
import torch
from driving import changed, choose, picture, run_of, say
from foreign import CGANGenerator, TutorialDiscriminator, TutorialGenerator, trained

from ganlib import adopt

pytestmark = pytest.mark.browser
WIDTHS = (16, 8, 8, 4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """`faces`, of PyTorch's tutorial with its discriminator, and `digits`, of PyTorch-GAN's cgan without."""
    folder = tmp_path_factory.mktemp("adopted") / "checkpoints"
    networks = {"netG": trained(TutorialGenerator(8, WIDTHS)), "netD": trained(TutorialDiscriminator(WIDTHS[::-1]))}
    folder.parent.joinpath("both.pth").touch()
    torch.save({name: network.state_dict() for name, network in networks.items()}, folder.parent / "both.pth")
    adopt.main([str(folder.parent / "both.pth"), "--out", str(folder / "faces")])
    torch.save(trained(CGANGenerator(8, 3, (16, 16))).state_dict(), folder.parent / "cgan.pth")
    adopt.main([str(folder.parent / "cgan.pth"), "--out", str(folder / "digits")])
    return folder


@pytest.mark.parametrize(
    ("language", "left", "about"),
    [
        ("en-US", "as both.pth left it", "the DCGAN of PyTorch's tutorial"),
        ("zh-CN", "both.pth 的原样", "PyTorch 教程与示例中的 DCGAN"),
    ],
)
def test_every_tab(folder, open_page, language, left, about):
    page = open_page(folder, language=language)
    run_of(page)
    choose(page, "#run", 1)
    say(page, left)
    picture(page, "#explore")
    changed(page, lambda: page.locator("#explore input[type=range]").first.fill("2"), "#explore")
    page.evaluate("studio.go('epochs')")
    page.locator("#film .plate canvas").first.wait_for()
    page.evaluate("studio.go('learn')")
    page.locator("#lesson .summary", has_text=about).wait_for()
    page.locator("#lesson .term").first.wait_for()
    verdict = page.locator("#verdict")
    verdict.scroll_into_view_if_needed()
    verdict.locator(".asking input").first.check()
    verdict.locator(".tile").first.wait_for()
    report = page.evaluate("language => studio.engine.ask({ what: 'report', run: 'faces', language })", language[:2])["html"]
    assert "both.pth" in report and "(unknown)" not in report
    page.evaluate("studio.go('train')")
    page.locator("[name=train-run] option", has_text="faces").wait_for(state="attached")


def test_classes_and_no_discriminator(folder, open_page):
    page = open_page(folder)
    assert run_of(page)["run"] == "digits"
    say(page, re.compile(r"digits, as cgan\.pth left it"))
    page.evaluate("studio.go('learn')")
    page.locator("#lesson .sizes", has_text="3 labels").wait_for()
    page.evaluate("document.getElementById('verdict').scrollIntoView()")
    page.locator("#verdict .asking input").first.check()
    page.locator("#verdict").get_by_text("holds no discriminator.safetensors").wait_for()
