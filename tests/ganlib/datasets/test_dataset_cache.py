"""Tests the cache of prepared sets: kept, found again, and never half written."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sources import BLUE, in_new_process, picture, plant, png, write_zip

from ganlib import UserError
from ganlib.datasets import cache, load
from ganlib.datasets.image_set import Item, Source, digest


def entries(cache_root: Path) -> list[str]:
    return sorted(os.listdir(cache_root / "images"))


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


def test_fingerprint_is_of_the_pixels_wherever_they_lie(folder, tmp_path, monkeypatch):
    known = plant(folder, "cat/a.png", "dog/b.png").fingerprint
    os.utime(folder / "cat/a.png", ns=(1, 1))
    assert load(str(folder), 8).fingerprint == known, "touched"
    copy = shutil.copytree(folder, tmp_path / "elsewhere" / "copy")
    monkeypatch.chdir(copy.parent)
    assert {load(where, 8).fingerprint for where in (f"{copy}/", "copy", "./copy")} == {known}
    members = {f"pets/{name}": (folder / name).read_bytes() for name in ("dog/b.png", "cat/a.png")}
    assert load(write_zip(tmp_path / "a.zip", members), 8).fingerprint == known
    picture().save(folder / "cat" / "a.png", compress_level=0)
    assert load(str(folder), 8).fingerprint == known, "other bytes, the same pixels"


def test_fingerprint_changes_with_pixels_labels_and_preparation(folder):
    fingerprints = [plant(folder, "cat/a.png", "dog/b.png").fingerprint]
    fingerprints += [load(str(folder), 9).fingerprint, load(str(folder), 8, 1).fingerprint]
    assert load(str(folder), 8, 3).fingerprint == fingerprints[0], "3 is what None came to"
    (folder / "dog" / "b.png").write_bytes(png(BLUE))
    fingerprints.append(load(str(folder), 8).fingerprint)
    (folder / "cat").rename(folder / "eel")
    fingerprints.append(load(str(folder), 8).fingerprint)
    assert len(set(fingerprints)) == 5


def test_grey_has_one_fingerprint_asked_for_or_found(folder):
    for value in range(3):
        Image.new("RGB", (16, 16), 3 * (40 * value,)).save(folder / f"{value}.png")
    assert load(str(folder), 8).fingerprint == load(str(folder), 8, 1).fingerprint


def test_runs_of_earlier_versions_know_the_set_by_names_and_times(folder):
    """The value is that of version 1: a digest of names, sizes and times."""
    (folder / "a.png").write_bytes(png())
    os.utime(folder / "a.png", ns=(1, 1))
    identity = digest([("a.png", len(png()), 1)])
    images = load(str(folder), 8)
    assert images.older == digest((1, identity, (3, 8, 8)))
    assert images.is_known_as(images.older) and images.is_known_as(images.fingerprint) and not images.is_known_as("another")


def empty(file: Path) -> None:
    file.write_bytes(b"")


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 1)


@pytest.mark.parametrize("damage", [Path.unlink, empty, cut])
@pytest.mark.parametrize("name", ["about.json", "digests.bin", "images.bin"])
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


@pytest.mark.slow
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
