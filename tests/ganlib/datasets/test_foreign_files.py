"""Tests that files of kinds that are not read are named, with what to do in place."""

import gzip
import sqlite3

import pytest

from ganlib import UserError
from ganlib.datasets import load

HEADS = {
    "a RAR archive": b"Rar!\x1a\x07\x01\x00",
    "a 7z archive": b"7z\xbc\xaf\x27\x1c\x00\x04",
    "compressed by Zstandard": b"\x28\xb5\x2f\xfd\x24",
    "a MATLAB file": b"MATLAB 5.0 MAT-file, Platform: GLNXA64",
    "an HDF5 file": b"\x89HDF\r\n\x1a\n",
    "a NIfTI scan": b"\x5c\x01\0\0" + bytes(340) + b"n+1\0",
    "a pickle, which could run code": b"\x80\x04\x95\x10",
    "a DICOM scan": bytes(128) + b"DICM",
    "a film": b"\0\0\0\x20ftypisom",
    "a PDF": b"%PDF-1.7\n",
    "a drawing in SVG": b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>',
}


@pytest.mark.parametrize("kind", HEADS)
def test_a_file_of_a_known_kind_is_named(tmp_path, kind):
    (tmp_path / "set").write_bytes(HEADS[kind] + bytes(600))
    with pytest.raises(UserError, match=f"set is {kind}, and is not read: [a-z]+ .+\\.$"):
        load(str(tmp_path / "set"), 16)


def test_a_database_and_a_compressed_scan(tmp_path):
    with sqlite3.connect(tmp_path / "a.db") as database:
        database.execute("create table pictures (name text)")
    (tmp_path / "b.nii.gz").write_bytes(gzip.compress(HEADS["a NIfTI scan"] + bytes(600)))
    for name, kind in {"a.db": "an SQLite database", "b.nii.gz": "a NIfTI scan"}.items():
        with pytest.raises(UserError, match=f"{name} is {kind}, and is not read"):
            load(str(tmp_path / name), 16)


def test_another_file_is_not_named(tmp_path):
    (tmp_path / "set").write_bytes(b"\1\2\3\4" * 200)
    with pytest.raises(UserError, match=r"set is no \.zip or other data set that can be read"):
        load(str(tmp_path / "set"), 16)


def test_a_folder_of_such_files_alone(tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.dcm").write_bytes(HEADS["a DICOM scan"] + bytes(600))
    with pytest.raises(UserError, match=r"no images in .* such as a DICOM scan: export its slices as 16-bit PNG or TIFF"):
        load(str(tmp_path), 16)


def test_pointers_of_git_lfs_are_named(tmp_path):
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    (tmp_path / "set.zip").write_bytes(pointer)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.png").write_bytes(pointer)
    with pytest.raises(UserError, match=r"'a\.png' \(a pointer of Git LFS: fetch what it points to by git lfs pull\)"):
        load(str(tmp_path / "folder"), 16)
    with pytest.raises(
        UserError, match=r"set\.zip is a pointer of Git LFS, and is not read: fetch what it points to by git lfs"
    ):
        load(str(tmp_path / "set.zip"), 16)
