"""Every source of images, friendly or hostile, through the real readers; the Hub is a small server on the loopback."""

import gzip
import hashlib
import io
import json
import logging
import os
import pickle
import subprocess
import sys
import threading
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
import pytest
from PIL import Image

import ganlib
from ganlib import UserError
from ganlib.datasets import BUILT_IN, ImageSet, cache, load
from ganlib.datasets.image_set import Item, Source

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


@pytest.fixture(autouse=True)
def cache_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pictures").mkdir()
    return tmp_path / "pictures"


def picture(colour: tuple[int, int, int] = RED, size: tuple[int, int] = (16, 16)) -> Image.Image:
    return Image.new("RGB", size, colour)


def png(colour: tuple[int, int, int] = RED) -> bytes:
    file = io.BytesIO()
    picture(colour).save(file, "PNG")
    return file.getvalue()


def only(path: Path, image: Image.Image, size: int = 16, channels: int | None = 3, **save: object) -> np.ndarray:
    """What a folder with this one image gives, (C, S, S)."""
    path.parent.mkdir(exist_ok=True)
    image.save(path, **save)
    (result,) = load(str(path.parent), size, channels).images
    return result


def in_new_process(code: str, **environment: str) -> subprocess.Popen:
    root = str(Path(ganlib.__file__).parents[1])
    environment = os.environ | {"PYTHONPATH": root, "NO_PROXY": "127.0.0.1"} | environment
    return subprocess.Popen([sys.executable, "-c", code], env=environment, text=True, stdout=-1, stderr=-1)


def entries(cache_root: Path) -> list[str]:
    return sorted(os.listdir(cache_root / "images"))


# Built-in sets


@pytest.mark.parametrize(
    ("split", "count", "images_md5", "labels_md5"),
    [
        ("train", 60_000, "6bbc9ace898e44ae57da46a324031adb", "a25bea736e30d166cdddb491f175f624"),
        ("test", 10_000, "2646ac647ad5339dbf082846283269ea", "27ae3e4e09519cfbb04c329615203637"),
    ],
)
def test_mnist_is_the_official_one(split, count, images_md5, labels_md5, cache_root):
    mnist = load("mnist", split=split)
    assert mnist.images.shape == (count, 1, 28, 28)
    assert (mnist.images.dtype, mnist.labels.dtype) == (np.uint8, np.int64)
    assert hashlib.md5(idx(mnist.images[:, 0])).hexdigest() == images_md5
    assert hashlib.md5(idx(mnist.labels.astype(np.uint8))).hexdigest() == labels_md5
    assert mnist.class_names == tuple("0123456789")
    assert not cache_root.exists()


def test_digits_at_any_size_and_depth():
    digits = load("digits")
    assert digits.images.shape == (1500, 1, 28, 28)
    assert digits.images.max() == 255
    assert digits.labels[:10].tolist() == list(range(10))
    assert load("digits", split="test").images.shape == (297, 1, 28, 28)
    colour = load("digits", 16, 3)
    assert colour.images.shape == (1500, 3, 16, 16)
    assert colour.fingerprint != digits.fingerprint == load("digits").fingerprint


def test_stored_pixels_are_kept_at_the_stored_size():
    from sklearn.datasets import load_digits

    expected = np.rint(load_digits().images[:1500] / 16 * 255).astype(np.uint8)
    assert np.array_equal(load("digits", 8).images[:, 0], expected)


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_data_root_in_torchvisions_layout(tmp_path, suffix):
    images, labels = np.arange(3 * 28 * 28).astype(np.uint8).reshape(3, 28, 28), np.array([7, 0, 9], np.uint8)
    write_idx_set(tmp_path / "FashionMNIST" / "raw", images, labels, suffix)
    fashion = load("fashion-mnist", split="test", data_root=tmp_path)
    assert np.array_equal(fashion.images, images[:, None])
    assert [fashion.class_names[label] for label in fashion.labels] == ["Sneaker", "T-shirt/top", "Ankle boot"]


def test_data_root_comes_before_the_shipped_files_and_stays_untouched(tmp_path):
    write_idx_set(tmp_path / "MNIST" / "raw", np.full((2, 28, 28), 5, np.uint8), np.zeros(2, np.uint8), ".gz")
    before = sorted(tmp_path.rglob("*"))
    assert len(load("mnist", split="test", data_root=tmp_path)) == 2
    assert sorted(tmp_path.rglob("*")) == before
    assert len(load("mnist", split="train", data_root=tmp_path)) == 60_000


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b[:2], lambda b: b"\x89PNG" + b, lambda b: b""])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_damaged_idx_file_is_named(tmp_path, suffix, damage):
    raw = tmp_path / "MNIST" / "raw"
    write_idx_set(raw, np.zeros((2, 28, 28), np.uint8), np.zeros(2, np.uint8), suffix)
    file = raw / f"t10k-images-idx3-ubyte{suffix}"
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(UserError, match=r"t10k-images-idx3-ubyte.* damaged"):
        load("mnist", split="test", data_root=tmp_path)


def test_idx_files_that_do_not_belong_together(tmp_path):
    write_idx_set(tmp_path / "MNIST" / "raw", np.zeros((2, 28, 28), np.uint8), np.zeros(3, np.uint8), "")
    with pytest.raises(UserError, match="do not belong together"):
        load("mnist", split="test", data_root=tmp_path)


def test_missing_data_root():
    with pytest.raises(UserError, match=r"no folder .*nowhere"):
        load("mnist", data_root=Path("nowhere"))


def test_foreign_pickles_are_never_opened(tmp_path):
    class Trap:
        def __reduce__(self):
            return Path.touch, (tmp_path / "sprung",)

    batches = tmp_path / "cifar-10-batches-py"
    batches.mkdir()
    for name in ["batches.meta", "test_batch", *(f"data_batch_{number}" for number in range(1, 6))]:
        (batches / name).write_bytes(pickle.dumps(Trap()))
    with pytest.raises(UserError, match="not the official CIFAR-10"):
        load("cifar10", data_root=tmp_path)
    assert not (tmp_path / "sprung").exists()


def test_foreign_cifar_archive(tmp_path):
    (tmp_path / "cifar-10-python.tar.gz").write_bytes(gzip.compress(b"no tar"))
    with pytest.raises(UserError, match="not the official CIFAR-10"):
        load("cifar10", data_root=tmp_path)


def test_cifar_from_its_archive(tmp_path, monkeypatch, cache_root):
    import tarfile

    from torchvision.datasets import CIFAR10

    pixels = np.arange(2 * 3 * 32 * 32).astype(np.uint8).reshape(2, 3072)
    batch, meta = pickle.dumps({"data": pixels, "labels": [3, 8]}), pickle.dumps({"label_names": []})
    archive = tmp_path / "cifar-10-python.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name, content in {"data_batch_1": batch, "test_batch": batch, "batches.meta": meta}.items():
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    monkeypatch.setattr(CIFAR10, "tgz_md5", md5(archive.read_bytes()))
    monkeypatch.setattr(CIFAR10, "train_list", [["data_batch_1", md5(batch)]])
    monkeypatch.setattr(CIFAR10, "test_list", [["test_batch", md5(batch)]])
    monkeypatch.setattr(CIFAR10, "meta", CIFAR10.meta | {"md5": md5(meta)})

    for _ in range(2):
        cifar = load("cifar10", data_root=tmp_path)
        assert np.array_equal(cifar.images, pixels.reshape(2, 3, 32, 32))
        assert [cifar.class_names[label] for label in cifar.labels] == ["cat", "ship"]
    assert os.listdir(cache_root / "downloads") == ["cifar-10-batches-py"]


def test_download_that_fails_tells_the_ways_out(monkeypatch, cache_root):
    from torchvision.datasets import FashionMNIST

    monkeypatch.setattr(FashionMNIST, "mirrors", ["http://127.0.0.1:1/"])
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(UserError, match=r"fashion-mnist .*--data-root.*--dataset digits") as raised:
        load("fashion-mnist")
    assert "\n" not in str(raised.value)
    assert os.listdir(cache_root / "downloads") == []


def test_download_happens_once(tmp_path, monkeypatch):
    from torchvision.datasets import FashionMNIST

    served = tmp_path / "served"
    for split in ("train", "t10k"):
        write_idx_set(served, np.full((4, 28, 28), 9, np.uint8), np.zeros(4, np.uint8), ".gz", split)
    files = [(file.name, md5(file.read_bytes())) for file in served.iterdir()]
    monkeypatch.setattr(FashionMNIST, "resources", files)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(partial(Quiet, directory=str(served))) as url:
        monkeypatch.setattr(FashionMNIST, "mirrors", [f"{url}/"])
        first = load("fashion-mnist")
    assert first.images.shape == (4, 1, 28, 28)
    assert load("fashion-mnist").fingerprint == first.fingerprint


# Pictures of every kind


def test_centre_square(folder):
    stripes = Image.new("RGB", (48, 16))
    for index, colour in enumerate((RED, GREEN, BLUE)):
        stripes.paste(colour, (16 * index, 0, 16 * index + 16, 16))
    assert (only(folder / "a.png", stripes) == column(GREEN)).all()
    assert (only(folder / "a.png", stripes.transpose(Image.Transpose.ROTATE_90)) == column(GREEN)).all()


def test_exif_orientation(folder):
    image = picture(RED)
    image.paste(BLUE, (0, 8, 16, 16))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise: its top is the right
    upright = only(folder / "a.png", image, exif=exif)
    assert (upright[:, :, :8] == column(BLUE)).all()
    assert (upright[:, :, 8:] == column(RED)).all()


def test_large_jpeg_keeps_its_place(folder):
    image = picture(RED, (1024, 768))
    image.paste(BLUE, (512, 0, 1024, 768))
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    result = only(folder / "a.jpg", image, exif=exif, quality=95).astype(int)
    assert abs(result[:, :, :7] - column(BLUE)).max() < 6
    assert abs(result[:, :, 9:] - column(RED)).max() < 6


def test_large_jpeg_stays_sharp(folder):
    x, y = np.meshgrid(np.arange(512), np.arange(512))
    waves = Image.fromarray((127.5 + 60 * np.sin(x / 4) + 60 * np.cos(y / 5)).astype(np.uint8))
    result = only(folder / "a.jpg", waves, size=64, channels=1, quality=95)
    with Image.open(folder / "a.jpg") as image:
        expected = np.asarray(image.resize((64, 64), Image.Resampling.LANCZOS)).astype(int)
    assert abs(result[0] - expected).max() < 16
    assert abs(result[0] - expected).mean() < 2


@pytest.mark.parametrize("value", [0, 0x00FF, 0x8000, 0xFFFF])
@pytest.mark.parametrize(("name", "mode"), [("a.png", "I;16"), ("a.tif", "I;16B"), ("a.pgm", "I")])
def test_sixteen_bits_are_scaled_not_clipped(folder, name, mode, value):
    depth = {"I;16": "<u2", "I;16B": ">u2", "I": "<i4"}[mode]
    image = Image.frombytes(mode, (16, 16), np.full((16, 16), value, depth).tobytes())
    result = only(folder / name, image, channels=None)
    assert result.shape == (1, 16, 16)
    assert (result == value // 256).all()


def test_transparent_palette_lies_on_white(folder):
    image = Image.new("P", (16, 16), 1)
    image.putpalette([0, 0, 0, *RED])
    image.paste(0, (0, 0, 16, 8))
    result = only(folder / "a.png", image, transparency=0)
    assert (result[:, :8] == column(WHITE)).all()
    assert (result[:, 8:] == column(RED)).all()


def test_grey_with_alpha_lies_on_white(folder):
    result = only(folder / "a.png", Image.new("LA", (16, 16), (0, 128)), channels=None)
    assert result.shape == (1, 16, 16)
    assert (result == 127).all()


def test_cmyk_jpeg(folder):
    result = only(folder / "a.jpg", Image.new("CMYK", (16, 16), (0, 255, 255, 0)))
    assert abs(result.astype(int) - column(RED)).max() < 6


def test_one_bit(folder):
    image = Image.new("1", (16, 16), 0)
    image.paste(1, (0, 0, 16, 8))
    assert only(folder / "a.png", image, channels=None)[0, :, 0].tolist() == 8 * [255] + 8 * [0]


def test_animation_gives_its_first_frame(folder):
    frames = {"save_all": True, "append_images": [picture(BLUE)]}
    assert (only(folder / "a.gif", picture(RED), **frames) == column(RED)).all()


@pytest.mark.parametrize("name", ["a.ppm", "a.bmp", "a.tiff", "A.PNG"])
def test_plain_formats(folder, name):
    assert (only(folder / name, picture(GREEN)) == column(GREEN)).all()


def test_shrinking_is_antialiased(folder):
    checkerboard = Image.fromarray((np.indices((256, 256)).sum(0) % 2 * 255).astype(np.uint8))
    result = only(folder / "a.png", checkerboard, size=16, channels=1).astype(int)
    assert abs(result - 127).max() <= 3


def test_channels_follow_the_pixels(folder):
    picture((9, 9, 9)).save(folder / "a.png")
    assert load(str(folder), 16).images.tolist() == np.full((1, 1, 16, 16), 9).tolist()
    assert load(str(folder), 16, 3).images.shape == (1, 3, 16, 16)
    picture(RED).save(folder / "b.png")
    assert load(str(folder)).images.shape == (2, 3, 64, 64)
    assert load(str(folder), 16, 1).images[:, 0, 0, 0].tolist() == [9, 76]


def test_broken_files_are_skipped_counted_and_named(folder, caplog):
    picture(GREEN).save(folder / "good.png")
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    noise.save(folder / "truncated.jpg")
    (folder / "truncated.jpg").write_bytes((folder / "truncated.jpg").read_bytes()[:2000])
    (folder / "empty.png").touch()
    (folder / "text.jpg").write_text("no image at all")
    (folder / "drawing.svg").write_text("<svg/>")
    (folder / "drawing.png").write_text("<svg/>")
    picture(size=(1, 1)).save(folder / "dot.png")
    Image.new("1", (20_000, 20_000)).save(folder / "bomb.png")
    Image.new("1", (11_000, 10_000)).save(folder / "huge.png")
    Image.new("F", (16, 16)).save(folder / "float.tif")
    ignored = [".hidden.png", ".DS_Store", "Thumbs.db", "notes.txt", "__MACOSX/a.png"]
    (folder / "__MACOSX").mkdir()
    for name in ignored:
        (folder / name).write_bytes(b"ignored")
    os.mkfifo(folder / "pipe.png")

    for _ in range(2):  # decoded, then from the cache
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            images = load(str(folder), 16).images
        assert (images == column(GREEN)).all()
        (record,) = caplog.records
        message = record.getMessage()
        assert "pictures: skipped 9 of 10 files: 'bomb.png' (" in message
        assert "'dot.png' (1x1, smaller than 8 pixels a side)" in message
        assert "'drawing.png' (not an image)" in message
        assert message.endswith(", ...")

    (folder / "good.png").unlink()
    with pytest.raises(UserError, match=r"No image in pictures can be used, for example 'bomb\.png'"):
        load(str(folder))


def test_pictures_keep_their_order(folder):
    for value in range(100):
        Image.new("L", (8, 8) if value % 2 else (300, 300), value).save(folder / f"{value:03}.png")
    assert load(str(folder), 8).images[:, 0, 0, 0].tolist() == list(range(100))


# Sources that are not there


def test_empty_folder(folder):
    (folder / "notes.txt").touch()
    with pytest.raises(UserError, match=r"no images in .*pictures.*\.jpg"):
        load(str(folder))


@pytest.mark.parametrize("source", ["nowhere/at/all", "", "x" * 5000, "nul\0"])
def test_unknown_source_lists_what_there_is(source):
    with pytest.raises(UserError, match=r"mnist, fashion-mnist, cifar10, digits.*folder or \.zip.*hub:OWNER/NAME"):
        load(source)


def test_misspelt_name():
    with pytest.raises(UserError, match=r"did you mean mnist\?"):
        load("mnits")


@pytest.mark.parametrize("shape", [(0, 1), (-1, None), (10**6, None), (16, 2), (16, 0)])
def test_impossible_shapes(shape):
    with pytest.raises(UserError):
        load("digits", *shape)


def test_natural_shapes_are_known_without_loading():
    shapes = {name: (kind.image_size, kind.channels, len(kind.class_names)) for name, kind in BUILT_IN.items()}
    assert shapes["mnist"] == shapes["fashion-mnist"] == shapes["digits"] == (28, 1, 10)
    assert shapes["cifar10"] == (32, 3, 10)


# Classes and splits


def plant(folder: Path, *names: str) -> ImageSet:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(png())
    return load(str(folder), 8)


def test_subfolders_are_classes_in_natural_order(folder):
    images = plant(folder, "10/a.png", "9/a.png", "9/deep/b.png", "0/a.png")
    assert images.class_names == ("0", "9", "10")
    assert images.labels.tolist() == [0, 2, 1, 1]
    assert images.labels.dtype == np.int64


def test_classes_below_folders_that_all_share(folder):
    assert plant(folder, "set/images/cat/a.png", "set/images/dog/a.png").class_names == ("cat", "dog")


@pytest.mark.parametrize("names", [["a.png", "cat/a.png", "dog/a.png"], ["cat/a.png", "cat/b.png"], ["a.png"]])
def test_no_classes(folder, names):
    images = plant(folder, *names)
    assert images.labels is None
    assert images.class_names is None


def test_a_class_of_broken_files_is_none(folder):
    (folder / "broken").mkdir()
    (folder / "broken" / "a.png").touch()
    assert plant(folder, "cat/a.png", "dog/a.png").class_names == ("cat", "dog")


def test_folders_named_train_and_test_are_splits(folder):
    train = plant(folder, "train/cat/a.png", "train/dog/a.png", "test/cat/a.png", "test/cat/b.png", "test/dog/a.png")
    test = load(str(folder), 8, split="test")
    assert (len(train), len(test)) == (2, 3)
    assert train.class_names == test.class_names == ("cat", "dog")
    assert train.fingerprint != test.fingerprint


@pytest.mark.parametrize(("train", "held_out"), [("Train", "val"), ("train", "Valid"), ("train", "validation")])
def test_other_names_of_splits(folder, train, held_out):
    images = plant(folder, f"{train}/cat/a.png", f"{train}/dog/a.png", f"{held_out}/cat/a.png")
    assert len(images) == 2 and images.class_names == ("cat", "dog")
    assert len(load(str(folder), 8, split="test")) == 1


def test_a_stray_picture_takes_the_labels_and_it_is_said(folder, caplog):
    images = plant(folder, "cat/a.png", "dog/a.png", "cover.png")
    assert len(images) == 3 and images.labels is None
    assert "1 of 3 images lie outside the class folders" in caplog.text


def test_no_test_split(folder):
    plant(folder, "a.png")
    with pytest.raises(UserError, match="train and test"):
        load(str(folder), split="test")


# Zips


def write_zip(path: Path, members: dict[str, bytes]) -> str:
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return str(path)


def test_zip_equals_folder(folder, tmp_path):
    members = {"cat/a.png": png(RED), "dog/b.png": png(BLUE), "__MACOSX/._a.png": b"", "readme.txt": b"hello"}
    for name, content in members.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    zipped, plain = load(write_zip(tmp_path / "pets.zip", members), 8), load(str(folder), 8)
    assert np.array_equal(zipped.images, plain.images)
    assert zipped.labels.tolist() == plain.labels.tolist() == [0, 1]
    assert (zipped.class_names, zipped.name) == (("cat", "dog"), "pets")
    assert load(write_zip(tmp_path / "copy.zip", members), 8).fingerprint == zipped.fingerprint


@pytest.mark.parametrize("name", ["../a.png", "cat/../../a.png", "/etc/a.png", "C:/a.png", "..\\a.png", "\\a.png"])
def test_zip_with_a_name_that_leads_out(tmp_path, name):
    member = ZipInfo("a.png")
    member.filename = name
    with ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(member, png())
    with pytest.raises(UserError, match=r"a\.png.* leads out of the archive"):
        load(str(tmp_path / "a.zip"))


def test_zip_with_a_link(tmp_path):
    link = ZipInfo("a.png")
    link.external_attr = 0o120777 << 16
    with ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(UserError, match=r"'a\.png' is a link"):
        load(str(tmp_path / "a.zip"))


@pytest.mark.parametrize(
    ("attribute", "value", "complaint"),
    [("file_size", 2**31, "unpack to 2,147,483,648"), ("flag_bits", 1, "encrypted")],
)
def test_zip_whose_directory_warns(tmp_path, attribute, value, complaint):
    with ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.png", png())
        setattr(archive.infolist()[0], attribute, value)
    with pytest.raises(UserError, match=f"'a.png' .*{complaint}"):
        load(str(tmp_path / "a.zip"))


def test_zip_that_unpacks_a_thousandfold(tmp_path):
    with pytest.raises(UserError, match="would unpack to 20,971,520 bytes"):
        load(write_zip(tmp_path / "a.zip", {"a.png": bytes(20 * 2**20)}))


def test_zip_member_larger_than_declared_is_skipped(tmp_path, caplog):
    with ZipFile(tmp_path / "a.zip", "w", ZIP_DEFLATED) as archive:
        archive.writestr("a.png", png(BLUE))
        archive.writestr("b.png", png(RED))
        archive.infolist()[0].file_size = 20
    assert (load(str(tmp_path / "a.zip"), 8).images == column(RED)).all()
    assert "skipped 1 of 2 files: 'a.png' (Bad CRC" in caplog.text


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06 nearly one", png()])
def test_not_a_zip(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(UserError, match=r"a\.zip is no \.zip"):
        load(str(tmp_path / "a.zip"))


# The cache


def test_second_load_decodes_nothing(folder, cache_root):
    first = plant(folder, "cat/a.png", "dog/b.png")
    (entry,) = entries(cache_root)
    about = cache_root / "images" / entry / "about.json"
    written = about.stat().st_mtime_ns
    second = load(str(folder), 8)
    assert isinstance(second.images, np.memmap)
    assert Path(second.images.filename) == Path(first.images.filename) == about.with_name("images.bin")
    assert not second.images.flags.writeable
    assert (entries(cache_root), about.stat().st_mtime_ns) == ([entry], written)
    assert second.labels.tolist() == first.labels.tolist()
    assert second.fingerprint == first.fingerprint


def test_fingerprint_changes_with_source_and_preparation(folder):
    fingerprints = [plant(folder, "a.png").fingerprint]
    (folder / "a.png").write_bytes(png(BLUE) + b" ")
    fingerprints.append(load(str(folder), 8).fingerprint)
    os.utime(folder / "a.png", ns=(1, 1))
    fingerprints.append(load(str(folder), 8).fingerprint)
    (folder / "a.png").rename(folder / "b.png")
    fingerprints.append(load(str(folder), 8).fingerprint)
    fingerprints += [load(str(folder), 9).fingerprint, load(str(folder), 8, 1).fingerprint]
    assert len(set(fingerprints)) == 6
    assert load(str(folder), 8, 3).fingerprint == fingerprints[3], "3 is what None came to"
    moved = folder.rename(folder.with_name("moved"))
    assert load(str(moved), 8).fingerprint == fingerprints[3]


def empty(file: Path) -> None:
    file.write_bytes(b"")


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 1)


@pytest.mark.parametrize("damage", [Path.unlink, empty, cut])
@pytest.mark.parametrize("name", ["about.json", "images.bin"])
def test_damaged_entry_is_rebuilt(folder, cache_root, name, damage):
    before = np.array(plant(folder, "a.png", "b.png").images)
    (entry,) = entries(cache_root)
    damage(cache_root / "images" / entry / name)
    assert np.array_equal(load(str(folder), 8).images, before)
    assert entries(cache_root) == [entry]


def test_interrupted_build_leaves_nothing(cache_root):
    def items():
        yield from (Item(str(index), None, picture) for index in range(100))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.prepared(Source("half", "half", 200, items), 8, None, progress=False)
    assert entries(cache_root) == []


def test_two_builders_at_once(folder, cache_root):
    for value in range(200):
        Image.new("L", (64, 64), value).save(folder / f"{value:03}.png")
    code = f"from ganlib.datasets import load; print(load({str(folder)!r}, 8).images.sum())"
    builders = [in_new_process(code) for _ in range(2)]
    outputs = [builder.communicate(timeout=60) for builder in builders]
    assert [output for output, _ in outputs] == 2 * [f"{64 * sum(range(200))}\n"], outputs
    assert len(entries(cache_root)) == 1


def test_cache_that_cannot_be_written(folder, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "file"))
    with pytest.raises(UserError, match="GANLIB_CACHE"):
        plant(folder, "a.png")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak memory from Linux's /proc")
def test_memory_stays_flat(folder):
    for index in range(300):
        Image.new("L", (8, 8), index % 256).save(folder / f"{index:03}.png")
    code = f"""
import os, re
os.cpu_count = lambda: 2
from ganlib.datasets import load

def peak():  # unlike getrusage, without what the parent process had
    return int(re.search(r"VmHWM:\\s*(\\d+) kB", open("/proc/self/status").read())[1]) // 1024

load({str(folder)!r}, 8, 1)
before = peak()
images = load({str(folder)!r}, 1024, 1).images
assert images.nbytes == 300 * 2**20
print(peak() - before)
"""
    output, errors = in_new_process(code).communicate(timeout=60)
    assert not errors
    assert int(output) < 100, "MiB more than for small images; the set itself is 300 MiB"


# The Hub


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class Hub(BaseHTTPRequestHandler):
    """Just enough of the Hub for snapshot_download: a repository's commit, its tree, and its files."""

    commit: str
    files: dict[str, bytes]

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        tree = [{"type": "file", "path": f, "size": len(c), "oid": md5(c)} for f, c in self.files.items()]
        answers = {
            "/api/datasets/someone/pets/revision/main": json.dumps({"id": "someone/pets", "sha": self.commit}).encode(),
            f"/api/datasets/someone/pets/tree/{self.commit}": json.dumps(tree).encode(),
        } | {f"/datasets/someone/pets/resolve/{self.commit}/{file}": content for file, content in self.files.items()}
        content = answers.get(path)
        self.send_response(404 if content is None else 200)
        if content is None:
            self.send_header("X-Error-Code", "RepoNotFound")
        self.send_header("X-Repo-Commit", self.commit)
        self.send_header("ETag", f'"{md5(content or b"")}"')
        self.send_header("Content-Type", "application/json" if path.startswith("/api") else "application/octet-stream")
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content or b"")

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        pass


def from_hub(tmp_path: Path, files: dict[str, bytes], source: str = "hub:someone/pets", **environment: str) -> dict:
    """What `load` gives for a repository with these files; the client reads its endpoint at import, hence a process."""
    code = f"""
import json
from ganlib import UserError
from ganlib.datasets import load
try:
    images = load({source!r}, 8)
except UserError as error:
    print(json.dumps(str(error)))
else:
    labels = images.labels if images.labels is None else images.labels.tolist()
    print(json.dumps([images.images[:, :, 0, 0].tolist(), labels, images.class_names, images.name, images.fingerprint]))
"""
    commit = hashlib.sha1(repr(files).encode()).hexdigest()
    with serving(type("Repository", (Hub,), {"files": files, "commit": commit})) as url:
        settings = {"HF_ENDPOINT": url, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_DISABLE_XET": "1", "HF_TOKEN": ""}
        output, errors = in_new_process(code, **settings | environment).communicate(timeout=60)
    assert output, errors
    return json.loads(output)


def test_hub_with_image_files(tmp_path):
    files = {"cat/a.png": png(RED), "dog/B.PNG": png(BLUE), "README.md": b"# Pets", "data.csv": b"1,2"}
    pixels, labels, class_names, name, fingerprint = from_hub(tmp_path, files)
    assert pixels == [list(RED), list(BLUE)]
    assert (labels, class_names, name) == ([0, 1], ["cat", "dog"], "someone/pets")
    assert not list(tmp_path.rglob("data.csv"))
    assert from_hub(tmp_path / "elsewhere", files)[-1] == fingerprint
    offline = from_hub(tmp_path, {}, HF_HUB_OFFLINE="1")
    assert offline == [pixels, labels, class_names, name, fingerprint]


def test_hub_with_a_zip(tmp_path):
    archive = write_zip(tmp_path / "pets.zip", {"cat/a.png": png(RED), "dog/a.png": png(BLUE)})
    pixels, labels, *_ = from_hub(tmp_path, {"pets.zip": Path(archive).read_bytes()})
    assert (pixels, labels) == ([list(RED), list(BLUE)], [0, 1])


@pytest.mark.slow
def test_hub_with_parquet(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    features = {"image": {"_type": "Image"}, "label": {"names": ["zebra", "ant"], "_type": "ClassLabel"}}
    rows = {"image": [{"bytes": png(c), "path": "a.png"} for c in (RED, BLUE)] + [None], "label": [1, 0, 0]}
    table = pyarrow.table(rows).replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    file, unlabelled = io.BytesIO(), io.BytesIO()
    parquet.write_table(table, file)
    parquet.write_table(table.set_column(1, "label", [[-1, 0, 0]]), unlabelled)
    name = "data/{}-00000-of-00001.parquet"
    files = {name.format("train"): file.getvalue(), name.format("test"): b"never read"}
    pixels, labels, class_names, *_ = from_hub(tmp_path, files)
    assert pixels == [list(RED), list(BLUE)]
    assert (labels, class_names) == ([1, 0], ["zebra", "ant"])
    pixels, labels, *_ = from_hub(tmp_path / "unlabelled", {"train.parquet": unlabelled.getvalue()})
    assert (pixels, labels) == ([list(RED), list(BLUE)], None)
    damaged = from_hub(tmp_path / "again", {name.format("train"): file.getvalue()[:-1]})
    assert "train-00000-of-00001.parquet of the dataset someone/pets is damaged" in damaged


@pytest.mark.parametrize(
    ("source", "files", "environment", "sentence"),
    [
        ("hub:someone/else", {}, {}, "no dataset someone/else that you may read"),
        ("hub:no name", {}, {}, "give hub:OWNER/NAME"),
        ("hub:someone/pets", {"README.md": b"# Pets"}, {}, "holds no images"),
        ("hub:someone/pets", {}, {"HF_ENDPOINT": "http://127.0.0.1:1"}, "Cannot fetch the dataset someone/pets"),
    ],
)
def test_hub_without_images(tmp_path, source, files, environment, sentence):
    message = from_hub(tmp_path, files, source, **environment)
    assert sentence in message
    assert "\n" not in message


# Helpers


def column(colour: tuple[int, int, int]) -> np.ndarray:
    """A colour that broadcasts over (C, S, S)."""
    return np.array(colour)[:, None, None]


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def write_idx_set(raw: Path, images: np.ndarray, labels: np.ndarray, suffix: str, split: str = "t10k") -> None:
    raw.mkdir(parents=True, exist_ok=True)
    pack = gzip.compress if suffix else bytes
    (raw / f"{split}-images-idx3-ubyte{suffix}").write_bytes(pack(idx(images)))
    (raw / f"{split}-labels-idx1-ubyte{suffix}").write_bytes(pack(idx(labels)))


@contextmanager
def serving(handler):
    """The address of a server on the loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
