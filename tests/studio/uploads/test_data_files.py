"""Tests uploads that hold many pictures, and what is decided for all pictures of an upload: as train.py reads them."""

import io
import json

import numpy as np
import pytest
from PIL import Image
from sources import tar_of, zip_of
from uploading import ANNA, Sender, file_of, photo

from ganlib import UserError
from ganlib.datasets import ReadOptions, load
from ganlib.recipes import suggest
from studio.uploads.upload import sizes_of
from studio.words import word


@pytest.fixture
def sender(tmp_path):
    return Sender(tmp_path, pictures=40, upload_bytes=3_000_000)


def arrays(**named):
    file = io.BytesIO()
    np.savez(file, **named)
    return file.getvalue()


def told(looked):
    lines = []
    for line in looked["report"]["told"]:
        values = dict(line)
        lines.append(word("en", values.pop("say"), **values))
    return " ".join(lines)


PICTURES = {f"{number}.png": file_of(photo(number)) for number in range(5)}


def test_the_training_split_of_an_archive_is_taken_and_told(sender):
    members = {f"train/{name}": content for name, content in PICTURES.items()} | {
        "test/9.png": file_of(photo(9)),
        "a.txt": b"x",
    }
    assert sender.send("pets.zip", zip_of(members)) == {}
    looked = sender.look()
    assert [one["name"] for one in looked["pictures"]] == list(PICTURES)
    assert told(looked) == "pets.zip: the split train alone is taken. pets.zip: files left out: 2."


def test_classes_are_told(sender):
    members = {f"{'cat' if number % 2 else 'dog'}/{number}.png": file_of(photo(number)) for number in range(8)}
    assert sender.send("pets.zip", zip_of(members)) == {}
    assert told(sender.look()).startswith("pets.zip: 2 classes, from folders. A training that is started here")


@pytest.mark.parametrize("name", ["pets.tar", "pets.zip", "pictures"])
def test_pictures_are_told_by_content_not_by_name(sender, name):
    members = {"a.jfif": file_of(photo(0), "JPEG"), "b": file_of(photo(1)), "c.jpe": file_of(photo(2), "JPEG")}
    assert sender.send(name, (tar_of if name == "pets.tar" else zip_of)(members)) == {}
    assert len(sender.look()["pictures"]) == 3


def test_arrays_are_pictures_too(sender):
    images = np.random.default_rng(0).integers(0, 256, (6, 28, 28), np.uint8)
    assert sender.send("course.npz", arrays(x_train=images, y_train=np.arange(6))) == {}
    file = io.BytesIO()
    np.save(file, images[:3])
    assert sender.send("more.npy", file.getvalue()) == {}
    looked = sender.look(size=28, channels=1, thumbs=[1])
    assert len(looked["pictures"]) == 9 and looked["report"]["exact"] == 3


def test_what_train_py_refuses_is_refused_with_its_reason(sender):
    file = io.BytesIO()
    np.save(file, np.zeros(7))
    assert "no pictures can be read from it" in sender.reason("flat.npy", file.getvalue())


def test_too_many_pictures_in_an_array(sender):
    images = np.zeros((50, 28, 28), np.uint8)
    assert "50 files, and an upload holds 40 at most" in sender.reason("many.npz", arrays(images=images))


def test_scans_are_drawn_by_one_range_and_told(sender, tmp_path):
    (tmp_path / "scans").mkdir()
    for number in range(4):
        values = np.linspace(100, 1000 * (number + 1), 32 * 32).astype(np.uint16).reshape(32, 32)
        Image.fromarray(values).save(tmp_path / "scans" / f"{number}.png")
        sender.send(f"{number}.png", (tmp_path / "scans" / f"{number}.png").read_bytes())
    looked = sender.look(size=32, channels=1)
    assert "More than 8 bits: 4. The values from" in told(looked)
    (tmp_path / "out").mkdir()
    (upload,) = sender.uploads._open.values()
    upload.write(tmp_path / "out", 32, 1)
    written = [np.asarray(Image.open(path)) for path in sorted((tmp_path / "out").iterdir())]
    assert np.array_equal(np.stack(written)[:, None], load(str(tmp_path / "scans"), 32, 1).images)
    assert written[0].max() < 70 and written[3].max() == 255


def test_white_icons_lie_on_black(sender):
    icon = Image.new("RGBA", (32, 32), (255, 255, 255, 0))
    icon.paste((255, 255, 255, 255), (8, 8, 24, 24))
    sender.send("icon.png", file_of(icon))
    looked = sender.look()
    assert "Transparent in part, and laid on black: 1." in told(looked)
    before = looked["drawn"]
    sender.send("photo.png", file_of(photo(0)))
    assert sender.look()["drawn"] == before


def test_animations_give_their_first_picture_and_it_is_told(sender):
    frames = [photo(number) for number in range(4)]
    sender.send("a.gif", file_of(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert told(sender.look()) == "Files of several pictures: 1; the first of each is taken."


def test_all_pictures_of_an_animation_are_taken_where_it_is_asked_for(sender):
    frames = [photo(number) for number in range(4)]
    sender.send("photo.png", file_of(photo(9)))
    sender.send("film.tif", file_of(frames[0], "TIFF", save_all=True, append_images=frames[1:]))
    assert sender.look()["report"]["frames"] == 4
    assert sender.ask("frames") == {}
    looked = sender.look(size=30, thumbs=[3, 6])
    assert [one["name"] for one in looked["pictures"]] == ["photo.png", *(f"film.tif ({number})" for number in range(1, 5))]
    assert looked["report"]["frames"] == 0 and looked["report"]["exact"] == 0
    (upload,) = sender.uploads._open.values()
    assert upload.num_bytes == sum(path.stat().st_size for path in upload._folder.iterdir())


def test_more_frames_than_an_upload_holds(sender):
    frames = [photo(number) for number in range(41)]
    sender.send("film.tif", file_of(frames[0], "TIFF", save_all=True, append_images=frames[1:]))
    sender.look()
    assert sender.ask("frames") == {"refused": {"say": "upload_too_many", "num": 41, "most": 40}}
    assert [one["name"] for one in sender.look()["pictures"]] == ["film.tif"]


def test_drawn_transparency_lies_on_no_background(sender):
    icon = Image.new("RGBA", (32, 32), (255, 0, 0, 0))
    icon.paste((255, 255, 255, 255), (8, 8, 24, 24))
    sender.send("icon.png", file_of(icon))
    assert "laid on black" in told(sender.look()) and told(sender.look(channels=4)) == ""


def test_all_is_forgotten_with_the_upload(sender):
    sender.send(
        "pets.zip", zip_of({f"train/{name}": content for name, content in PICTURES.items()} | {"val/9.png": PICTURES["0.png"]})
    )
    assert told(sender.look())
    sender.ask("clear")
    assert sender.look()["report"]["told"] == []


@pytest.fixture
def pets(tmp_path, monkeypatch):
    """A sender of sixteen pictures of two classes, in folders of an archive."""
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "cache"))
    sender = Sender(tmp_path)
    members = {f"{'cat' if number % 2 else 'dog'}/{number:02}.png": file_of(photo(number)) for number in range(16)}
    sender.send("pets.zip", zip_of(members))
    return sender


def test_classes_reach_the_training(pets):
    report = pets.look()["report"]
    assert (report["classes"], report["unlabelled"]) == ([("cat", 8), ("dog", 8)], 0)
    plain = load(str(pets.uploads.folder(ANNA, pets.upload, 16, 3)), 16)
    assert plain.labels is None
    folder = pets.uploads.folder(ANNA, pets.upload, 16, 3, labels=True)
    images = load(str(folder), 16, options=ReadOptions(labels="metadata"))
    assert images.class_names == ("cat", "dog") and images.labels.tolist() == [0] * 8 + [1] * 8
    assert np.array_equal(images.images, plain.images)


def test_pictures_without_a_class_among_others(pets):
    pets.send("alone.png", file_of(photo(99)))
    report = pets.look()["report"]
    assert (report["classes"], report["unlabelled"]) == ([("cat", 8), ("dog", 8)], 1)
    with pytest.raises(UserError, match="Not all of these pictures have a class: take those without one out"):
        pets.uploads.folder(ANNA, pets.upload, 16, 3, labels=True)
    assert list((pets.uploads._folder / "sets").iterdir()) == []
    pets.ask("remove", n=17)
    assert pets.uploads.folder(ANNA, pets.upload, 16, 3, labels=True)


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (["pets/cat/{}.png", "pets/dog/{}.png"], [("cat", 2), ("dog", 2)]),
        (["set/train/cat/{}.png", "set/test/dog/{}.png"], [("cat", 2), ("dog", 2)]),
        (["train/{}.png", "test/{}.png"], []),
        (["pets/{}.png", "pets/{}a.png"], []),
        (["..", "../{}/a.png"], []),
    ],
)
def test_folders_that_pictures_are_sent_in_are_classes(sender, names, classes):
    for number in range(4):
        sender.send(names[number % 2].format(number), file_of(photo(number)))
    assert sender.look()["report"]["classes"] == classes


def test_any_name_may_be_a_class(sender):
    """They are written into a file, not as folders."""
    names = ["../../up", "train", 'a "quoted", name', "狗"]
    rows = [{"file_name": f"{number:02}.png", "label": names[number % 4]} for number in range(16)]
    members = {f"{number:02}.png": file_of(photo(number)) for number in range(16)}
    sender.send("odd.zip", zip_of(members | {"metadata.jsonl": "\n".join(map(json.dumps, rows))}))
    folder = sender.uploads.folder(ANNA, sender.upload, 16, 3, labels=True)
    assert {path.name for path in folder.iterdir()} == {"metadata.jsonl", *(f"{number:05}.png" for number in range(1, 17))}
    assert sorted(load(str(folder), 16).class_names) == sorted(names)


@pytest.mark.parametrize(
    ("side", "recipe", "drawn"), [(28, "digits", 28), (16, "mlp", 16), (30, "resnet", 32), (40, "mlp", 64)]
)
def test_the_size_is_that_of_the_pictures_where_nothing_else_says(sender, side, recipe, drawn):
    for number in range(16):
        sender.send("a.png", file_of(photo(number, (side + number, side))))
    assert sender.look(size=None, recipe=recipe)["size"] == drawn
    folder = sender.uploads.folder(ANNA, sender.upload, sizes_of(recipe), 3)
    assert load(str(folder)).images.shape[2:] == (drawn, drawn)


@pytest.mark.parametrize(("side", "grey", "suited"), [(80, False, "faces"), (80, True, "pictures"), (30, False, "pictures")])
def test_the_recipe_that_suits_them_is_the_one_that_train_py_takes(sender, side, grey, suited):
    for number in range(16):
        sender.send("a.png", file_of(photo(number, (side + number, side), grey)))
    assert sender.look(size=None, recipe="digits", channels=None)["suited"] == suited
    folder = sender.uploads.folder(ANNA, sender.upload, sizes_of(suited), None)
    assert suggest(str(folder), load(str(folder))).name == suited


def test_a_recipe_of_small_pictures_is_given_small_ones(sender):
    sender.send("a.png", file_of(photo(0, (300, 300))))
    assert sender.look(size=None, recipe="infogan-dc")["size"] == 32
    with pytest.raises(UserError, match="recipe"):
        sender.look(size=None, recipe="none")


def test_transparency_is_counted(sender):
    sender.send("photo.png", file_of(photo(0)))
    icon = Image.new("RGBA", (32, 32), (255, 0, 0, 0))
    icon.paste((255, 255, 255, 255), (8, 8, 24, 24))
    sender.send("icon.png", file_of(icon))
    assert sender.look()["report"]["transparent"] == 1
