"""Pictures, sets and servers for the tests of `ganlib.datasets`."""

import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import threading
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
from PIL import Image, ImageCms

import ganlib
from ganlib.datasets import ImageSet, load

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def picture(colour: tuple[int, int, int] = RED, size: tuple[int, int] = (16, 16)) -> Image.Image:
    return Image.new("RGB", size, colour)


def png(colour: tuple[int, int, int] = RED) -> bytes:
    file = io.BytesIO()
    picture(colour).save(file, "PNG")
    return file.getvalue()


def column(colour: tuple[int, int, int]) -> np.ndarray:
    """Returns a colour that broadcasts over (C, S, S)."""
    return np.array(colour)[:, None, None]


def plant(folder: Path, *names: str) -> ImageSet:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(png())
    return load(str(folder), 8)


def write_zip(path: Path, members: dict[str, bytes]) -> str:
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return str(path)


def zip_of(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def tar_of(members: dict[str, bytes], mode: str = "w") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def write_idx_set(raw: Path, images: np.ndarray, labels: np.ndarray, suffix: str, split: str = "t10k") -> None:
    raw.mkdir(parents=True, exist_ok=True)
    pack = gzip.compress if suffix else bytes
    (raw / f"{split}-images-idx3-ubyte{suffix}").write_bytes(pack(idx(images)))
    (raw / f"{split}-labels-idx1-ubyte{suffix}").write_bytes(pack(idx(labels)))


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(handler):
    """Yields the URL of a server on the loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def in_new_process(code: str, **environment: str) -> subprocess.Popen:
    root = str(Path(ganlib.__file__).parents[1])
    environment = os.environ | {"PYTHONPATH": root, "NO_PROXY": "127.0.0.1"} | environment
    return subprocess.Popen([sys.executable, "-c", code], env=environment, text=True, stdout=-1, stderr=-1)


def swapped() -> bytes:
    """A colour profile in which red and blue have changed places: sRGB's, by the names of two of its tags."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = profile.replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))
    return profile.replace(b"rXYZ", b"????", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"????", b"bXYZ", 1)
