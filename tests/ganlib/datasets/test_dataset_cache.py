"""Tests the cache of prepared sets: kept, found again, and never half written."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sources import BLUE, in_new_process, picture, plant, png

from ganlib import UserError
from ganlib.datasets import cache, load
from ganlib.datasets.image_set import Item, Source


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
