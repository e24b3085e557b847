"""Tests uploads in the Train tab: drop, preview as squares, move, remove, and the report."""

import base64
import io
import re
import zipfile

import numpy as np
import pytest
from driving import fits, run_of, until, whole
from PIL import Image
from test_access import AXE

PHONE = {"width": 390, "height": 844}
pytestmark = pytest.mark.browser


def picture(number, size=(80, 60)):
    """A dark picture with a bright square at a place that depends on `number`."""
    image = Image.new("RGB", size, (20, 30 + 5 * number, 60))
    column, row = number % 6, number // 6
    image.paste((250, 240 - 6 * number, 40), (12 * column + 2, 12 * row + 2, 12 * column + 12, 12 * row + 12))
    return image


def content(image, kind="PNG"):
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def file(name, data):
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def files(num):
    return [file(f"{number:02}.png", content(picture(number))) for number in range(num)]


def uploads(page):
    """Opens the tab; returns its upload panel."""
    run_of(page)
    whole(page)
    page.get_by_role("tab", name=re.compile("^(Train|训练)$")).click()
    page.locator("[name=train-kind][value=upload]").check()
    page.locator(".upload-holds", has_text=re.compile("500")).wait_for()
    return page.locator("#train-uploads")


def put(place, given, num):
    """Selects files, and waits until `num` squares are shown."""
    place.locator("input[type=file]").set_input_files(given)
    settled(place, num)


def settled(place, num):
    place.page.wait_for_function(
        """num => {
            const squares = [...document.querySelectorAll(".upload-squares img")];
            const busy = !document.querySelector(".upload-way").hidden;
            return !busy && squares.length === num && squares.every((image) => image.complete && image.naturalWidth);
        }""",
        arg=num,
    )


def squares(place):
    """Returns the displayed squares, uint8 (N, S, S, 3)."""
    found = place.locator(".upload-squares img").evaluate_all(
        "images => images.map(({ src }) => src)"
    )  # in one call: all at the same moment
    opened = [Image.open(io.BytesIO(base64.b64decode(source.split(",")[1]))) for source in found]
    return np.stack([np.asarray(image.convert("RGB")) for image in opened])


def given(page, kind, names):
    """Drops or pastes files, with the browser's own events."""
    data = {name: base64.b64encode(data).decode() for name, data in names.items()}
    page.evaluate(
        """([kind, files]) => {
            const carried = new DataTransfer();
            for (const [name, text] of Object.entries(files)) {
                const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
                carried.items.add(new File([bytes], name));
            }
            if (kind === "paste") {
                document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carried, cancelable: true }));
            } else {
                const zone = document.querySelector(".upload-zone");
                for (const name of ["dragenter", "dragover", "drop"]) {
                    zone.dispatchEvent(new DragEvent(name, { dataTransfer: carried, bubbles: true, cancelable: true }));
                }
            }
        }""",
        [kind, data],
    )


def test_pictures_come_in_and_are_told_about(shipped, open_page):
    page = open_page(shipped)
    place = uploads(page)
    assert "500 pictures, 200 MB" in place.locator(".upload-holds").inner_text()
    assert "deleted when your training is done" in place.locator(".upload-privacy").inner_text()
    given(page, "drop", {f"{number}.png": content(picture(number)) for number in range(3)})
    settled(place, 3)
    assert "there are 3" in place.locator(".upload-enough").inner_text()
    assert page.evaluate("studio.view.get().upload.usable") == 0
    given(page, "paste", {"pasted.png": content(picture(3))})
    settled(place, 4)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(4, 18):
            archive.writestr(f"folder/{number}.png", content(picture(number, (400, 300))))
        archive.writestr("drawing.svg", "<svg/>")
    copies = {"copy.png": content(picture(0)), "saved anew.jpg": content(picture(5, (400, 300)), "JPEG")}
    given(page, "drop", {"pictures.zip": packed.getvalue(), **copies, "empty.png": b"", "setup.png": b"MZ" + bytes(99)})
    settled(place, 20)
    report = place.locator(".upload-report")
    assert "20 pictures, from 80 × 60 to 400 × 300 pixels, all in colour." in report.inner_text()
    assert "The network draws in grey, so colours are left out." in report.inner_text()
    assert "Copies of the same file (framed): 1." in report.inner_text()
    assert "Nearly the same as another picture (dashed frame): 1." in report.inner_text()
    assert "differentiable augmentation" in report.inner_text() and "Mo et al. 2020" in report.inner_text()
    report.get_by_text("Files that can't be used: 3").click()
    said = dict(line.split(": ", 1) for line in report.locator("li").all_inner_texts())
    assert said.keys() == {"drawing.svg", "empty.png", "setup.png"} and said["empty.png"] == "it is empty"
    assert page.evaluate("studio.view.get().upload.usable") == 20
    report.get_by_role("button", name="Take the copies out").click()
    settled(place, 19)
    report.get_by_role("button", name="Take the near ones out").click()
    settled(place, 18)
    report.get_by_text("Copies of").wait_for(state="hidden")
    report.get_by_text("Nearly").wait_for(state="hidden")
    page.reload()
    settled(uploads(page), 18)
    page.locator("[name=train-run]").select_option(label="from scratch")
    recipe = page.locator("[name=train-recipe]")
    assert until(page, lambda: recipe.locator(":checked").inner_text() == "faces (suits the pictures)")
    recipe.select_option("resnet")
    page.locator("[name=train-kind][value=built-in]").check()
    assert recipe.input_value() == "resnet" and "digits (suits the pictures)" in recipe.inner_text()
    page.locator("[name=train-kind][value=upload]").check()
    place.get_by_role("button", name="Delete all").click()
    settled(place, 0)
    assert page.evaluate("studio.view.get().upload") is None


def test_squares_are_moved_and_taken_out(shipped, open_page):
    page = open_page(shipped)
    place = uploads(page)
    put(place, files(6), 6)
    before = squares(place)
    assert before.shape == (6, 28, 28, 3)
    assert place.locator(".upload-squares img").first.bounding_box()["width"] == 84  # an integer scale
    place.get_by_role("button", name="Picture 2 of 6: 01.png").click()
    bench = place.locator(".upload-bench")
    bench.get_by_role("img", name="All of 01.png, 80 × 60 pixels").wait_for()
    frame = bench.locator(".crop-frame")
    assert "10 from the left, 0 from the top, 60 pixels a side" in frame.get_attribute("aria-label")
    box = frame.bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] - 200, box["y"] + 300, steps=4)
    page.mouse.up()
    assert "0 from the left, 0 from the top, 60 pixels a side" in frame.get_attribute("aria-label")
    assert until(page, lambda: not np.array_equal(squares(place)[1], before[1]))
    frame.press("-")
    frame.press("ArrowRight")
    assert "2 from the left, 1 from the top, 58 pixels a side" in frame.get_attribute("aria-label")
    frame.press("Shift+ArrowDown")
    expected = np.asarray(picture(1).crop((2, 2, 60, 60)).convert("L").resize((28, 28), Image.Resampling.LANCZOS))
    assert until(page, lambda: np.array_equal(squares(place)[1][..., 0], expected))
    assert np.array_equal(squares(place)[[0, 2, 3, 4, 5]], before[[0, 2, 3, 4, 5]])
    assert np.array_equal(base64_pixels(bench.locator(".crop-seen")), squares(place)[1])
    bench.get_by_role("button", name="Back to the centre").click()
    assert until(page, lambda: np.array_equal(squares(place)[1], before[1]))
    frame.press("Escape")
    assert bench.is_hidden()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Delete")
    settled(place, 5)
    assert np.array_equal(squares(place), before[[0, 1, 3, 4, 5]])
    page.keyboard.press("Enter")
    assert "All of 03.png" in bench.inner_text()  # the focus moves to the next one
    bench.get_by_role("button", name="Take it out").click()
    settled(place, 4)
    assert np.array_equal(squares(place), before[[0, 1, 4, 5]]) and bench.is_hidden()


def base64_pixels(image):
    opened = Image.open(io.BytesIO(base64.b64decode(image.get_attribute("src").split(",")[1])))
    return np.asarray(opened.convert("RGB"))


def test_mirroring_is_off_and_shows_what_it_would_do(shipped, open_page):
    page = open_page(shipped)
    place = uploads(page)
    put(place, files(3), 3)
    before, after = place.locator(".upload-flip img").all()
    assert (
        before.get_attribute("src")
        == after.get_attribute("src")
        == place.locator(".upload-squares img").first.get_attribute("src")
    )
    assert after.evaluate("image => getComputedStyle(image).transform") == "matrix(-1, 0, 0, 1, 0, 0)"
    box = place.get_by_role("checkbox", name="Mirror every second picture")
    assert not box.is_checked() and before.get_attribute("alt") == "One of your pictures, as it is"
    asked = []
    page.on("request", lambda request: asked.append(request.post_data or ""))
    page.locator(".train-measure").scroll_into_view_if_needed()
    box.check()
    put(place, files(16), 19)
    page.locator(".train-measure").click()
    assert until(page, lambda: any(re.search(r'"flip\\*": ?true', data) for data in asked))


def test_the_squares_follow_the_network(shipped, open_page):
    page = open_page(shipped)
    place = uploads(page)
    put(place, files(3), 3)
    assert np.ptp(squares(place), axis=3).max() == 0 and squares(place).shape[1] == 28
    page.locator("[name=train-run]").select_option(label="anime-faces")
    assert until(page, lambda: squares(place).shape == (3, 64, 64, 3) and np.ptp(squares(place), axis=3).max() > 0)


def test_refusals_and_other_visitors(shipped, open_page):
    page = open_page(shipped)
    place = uploads(page)
    put(place, files(2), 2)
    place.locator("input[type=file]").set_input_files([file(f"{number}.png", b"x") for number in range(501)])
    place.get_by_text("That would be 503 files, and an upload holds 500 at most: choose fewer.").wait_for()
    other = open_page(shipped)
    theirs = uploads(other)
    upload = page.evaluate("studio.view.get().upload.id")
    asked = (
        "id => studio.sending.ask('look', { upload: id, size: 28, channels: 1, thumbs: [1] }).catch(({ message }) => message)"
    )
    assert other.evaluate(asked, upload) == "upload_gone"
    assert theirs.locator(".upload-squares button").count() == 0
    page.evaluate("id => studio.sending.ask('clear', { upload: id })", upload)
    assert len(page.evaluate(asked, upload)["pictures"]) == 0


def test_on_a_phone_in_the_dark_in_chinese(axe, shipped, open_page):
    page = open_page(shipped, viewport=PHONE, language="zh-CN", look="dark")
    place = uploads(page)
    put(place, [*files(16), file("a" * 120 + ".svg", b"<svg/>")], 16)
    place.locator(".upload-squares button").first.click()
    place.get_by_text("不能用的文件：1 个").click()
    assert "足够从训练好的模型开始" in place.locator(".upload-enough").inner_text()
    assert fits(page)
    controls = "button:visible:not(.crop-frame), summary:visible, input:visible:not([type=checkbox]), label:visible:has([type=checkbox])"
    for control in place.locator(controls).all():
        assert control.bounding_box()["height"] >= 44
    page.evaluate(axe)
    assert page.evaluate(AXE)["findings"] == []


def sprites(num):
    """An archive of sprites of two classes, 16 pixels a side, on nothing."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(num):
            sprite = picture(number, (16, 16)).convert("RGBA")
            sprite.putalpha(Image.linear_gradient("L").resize((16, 16)).rotate(90 * (number % 4)))
            archive.writestr(f"{'cat' if number % 2 else 'dog'}/{number}.png", content(sprite))
    return packed.getvalue()


def test_classes_and_transparency_of_uploads_are_offered(shipped, open_page):
    page = open_page(shipped)
    place = uploads(page)
    put(place, [file("sprites.zip", sprites(16))], 16)
    labels = place.get_by_role("checkbox", name="Tell the classes apart")
    alpha = place.get_by_role("checkbox", name="Draw the transparency, too")
    assert labels.is_checked() and alpha.is_hidden()  # mnist is conditional, and keeps its channels
    assert "cat (8), dog (8). The run that you start from" in place.locator(".upload-classes").inner_text()
    page.locator("[name=train-run]").select_option(label="from scratch")
    page.locator("[name=train-recipe]").select_option("digits")
    alpha.wait_for()
    assert until(page, lambda: squares_size(place) == 16)
    assert "16 of 16 pictures" in place.locator(".upload-alpha").inner_text() and not alpha.is_checked()
    assert place.locator(".upload-squares img.transparent").count() == 0
    alpha.check()
    assert until(page, lambda: place.locator(".upload-squares img.transparent").count() == 16)
    request = page.evaluate("studio.formState.request()")
    assert request["labels"] and request["alpha"]
    labels.uncheck()
    alpha.uncheck()
    request = page.evaluate("studio.formState.request()")
    assert "labels" not in request and "alpha" not in request
    labels.check()
    page.locator("[name=train-recipe]").select_option("mlp")
    assert until(page, lambda: labels.is_disabled()) and not labels.is_checked()
    assert "draws without classes" in place.locator(".upload-classes").inner_text()
    assert "labels" not in page.evaluate("studio.formState.request()")
    page.locator("[name=train-recipe]").select_option("digits")
    put(place, [file("alone.png", content(picture(20)))], 17)
    assert labels.is_disabled() and "Pictures without a class: 1" in place.locator(".upload-classes").inner_text()


def squares_size(place):
    return place.locator(".upload-squares img").first.evaluate("image => image.naturalWidth")


def test_a_folder_that_is_dropped_keeps_its_classes(shipped, open_page):
    page = open_page(shipped)
    place = uploads(page)
    names = {f"pets/{'cat' if number % 2 else 'dog'}/{number}.png": content(picture(number)) for number in range(4)}
    page.evaluate(
        """async (files) => {
            const entryOf = (path, file) => ({ name: file.name, fullPath: `/${path}`, isFile: true, file: (give) => give(file) });
            const items = Object.entries(files).map(([path, text]) => {
                const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
                const file = new File([bytes], path.split("/").at(-1));
                return { webkitGetAsEntry: () => entryOf(path, file) };
            });
            const { upload } = await studio.sending.ask("begin");
            await studio.sending.send(upload, await studio.sending.filesOf({ items, files: [] }), () => true);
        }""",
        {name: base64.b64encode(data).decode() for name, data in names.items()},
    )
    page.reload()
    settled(uploads(page), 4)
    assert "cat (2), dog (2)" in place.locator(".upload-classes").inner_text()
    assert place.get_by_role("button", name="Picture 1 of 4: pets/dog/0.png").count() == 1


def test_all_pictures_of_a_film_are_taken(shipped, open_page):
    page = open_page(shipped)
    place = uploads(page)
    film = io.BytesIO()
    picture(0).save(film, "TIFF", save_all=True, append_images=[picture(number) for number in range(1, 5)])
    put(place, [file("film.tif", film.getvalue()), *files(1)], 2)
    assert "Files of several pictures: 1; the first of each is taken." in place.locator(".upload-told").inner_text()
    place.get_by_role("button", name="Take all 5 pictures in them").click()
    settled(place, 6)
    assert place.get_by_role("button", name="Picture 6 of 6: film.tif (5)").count() == 1
    assert place.locator(".upload-frames").is_hidden()
