"""Tests that Generate saves many pictures as a .zip of files, with their names, labels and seeds."""

import io
import json
import re
import zipfile

import numpy as np
import pytest
from driving import changed, choose, picture, run_of, say
from PIL import Image

pytestmark = pytest.mark.browser


def opened(page, summary):
    picture(page)
    page.locator("#sheet .many summary", has_text=summary).click()
    return page.locator("#sheet .many")


def saved(page, many, button):
    with page.expect_download() as download:
        many.get_by_role("button", name=button).click()
    name = download.value.suggested_filename
    return name, zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes()))


def test_many_pictures_are_saved_as_files(shipped, open_page):
    page = open_page(shipped)
    changed(page, lambda: page.get_by_label("Seed").first.fill("5"))
    say(page, "seed 5")
    with page.expect_download() as sheet:
        page.get_by_role("link", name="Save PNG").first.click()
    many = opened(page, "Save many as files")
    many.get_by_label("Pictures").fill("70")
    name, archive = saved(page, many, "Save .zip")
    stem = name.removesuffix(".zip")
    assert re.fullmatch(r"mnist-epoch[\d.]+-seed5-70\.zip", name) and archive.testzip() is None
    rows = [json.loads(line) for line in archive.read(f"{stem}/metadata.jsonl").splitlines()]
    assert [row["file_name"] for row in rows[:3]] == ["seed5-00000-0.png", "seed5-00001-1.png", "seed5-00002-2.png"]
    assert sorted(archive.namelist()) == sorted([f"{stem}/metadata.jsonl", *(f"{stem}/{row['file_name']}" for row in rows)])
    assert len(rows) == 70 and {(row["seed"], row["truncation"], row["run"]) for row in rows} == {(5, 1.0, "mnist")}
    grid = np.asarray(Image.open(io.BytesIO(sheet.value.path().read_bytes()))).astype(int)
    for number in range(3):  # the grid's first
        with Image.open(io.BytesIO(archive.read(f"{stem}/{rows[number]['file_name']}"))) as one:
            left = 2 + 30 * number
            assert np.abs(np.asarray(one) - grid[2:30, left : left + 28]).max() <= 1
    many.get_by_text("The file is complete.").wait_for()


def test_of_one_label_in_folders_and_in_chinese(shipped, open_page):
    page = open_page(shipped, language="zh-CN")
    picture(page)
    changed(page, lambda: choose(page, "#label", 9))  # the digit 7
    many = opened(page, "批量保存为文件")
    many.get_by_label("张数").fill("3")
    many.get_by_label("每个标签一个文件夹").check()
    name, archive = saved(page, many, "保存 .zip")
    files = [file.removeprefix(f"{name.removesuffix('.zip')}/") for file in archive.namelist()]
    assert files == ["7/seed0-00000.png", "7/seed0-00001.png", "7/seed0-00002.png", "metadata.jsonl"]
    many.get_by_text("文件已完整。").wait_for()


def test_a_run_without_labels_offers_no_folders_and_its_own_limit(shipped, open_page):
    page = open_page(shipped)
    picture(page)
    choose(page, "#run", 0)
    say(page, "anime-faces")
    assert run_of(page)["run"] == "anime-faces"
    many = opened(page, "Save many as files")
    assert many.locator(".many-folders").is_hidden()
    assert many.get_by_label("Pictures").get_attribute("max") == "5000"
    many.get_by_label("Pictures").fill("5001")
    many.get_by_role("button", name="Save .zip").click()
    assert many.get_by_label("Pictures").evaluate("field => field.validity.rangeOverflow")
    assert many.locator(".many-told").inner_text() == ""


def test_it_can_be_stopped(shipped, open_page):
    page = open_page(shipped)
    picture(page)
    choose(page, "#run", 0)
    say(page, "anime-faces")
    many = opened(page, "Save many as files")
    many.get_by_label("Pictures").fill("5000")
    many.get_by_role("button", name="Save .zip").click()
    many.get_by_text("MB so far").wait_for()
    many.get_by_role("button", name="Stop").click()
    many.get_by_text("Stopped; nothing was saved.").wait_for()
    assert many.get_by_role("button", name="Save .zip").is_enabled() and many.get_by_role("button", name="Stop").is_hidden()
