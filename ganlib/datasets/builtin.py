"""The built-in data sets: MNIST and digits ship with the project, the others come through torchvision.

Each is looked up in the user's data root, the shipped files and earlier downloads, in this order, and downloaded if it is in
none of them.
"""

import gzip
import pickletools
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ganlib import UserError
from ganlib.datasets.cache import cache_folder
from ganlib.datasets.image_set import ImageSet, digest

ASSETS = Path(__file__).parents[1] / "assets"
CIFAR10_FOLDER, CIFAR10_ARCHIVE = "cifar-10-batches-py", "cifar-10-python.tar.gz"  # the official names

Arrays = tuple[np.ndarray, np.ndarray]  # images, uint8 (N, C, S, S), and labels, int64 (N,)


@dataclass(frozen=True)
class BuiltIn:
    """A built-in set. `read(root, split)` returns its arrays, or None when `root` does not hold it; `fetch(folder)` downloads
    it there. A set that ships, as `assets/NAME-train.npz` and `assets/NAME-test.npz` with `images`, uint8 (N, S, S) or
    (N, C, S, S), and `labels`, needs neither."""

    image_size: int
    channels: int
    class_names: tuple[str, ...]
    recipe: str  # its default recipe, a key of recipes.RECIPES
    credit: str  # its name, its authors and its licence, for the model card
    licence: str  # the Hub's identifier, "unknown" where none is stated
    read: Callable[[Path, str], Arrays | None] = lambda root, split: None
    fetch: Callable[[Path], None] | None = None


def read_built_in(name: str, split: str, data_root: Path | None, download: bool = True) -> ImageSet:
    """Reads a built-in set at its natural size. Raises UserError when a file is damaged or the set is missing and can't be
    downloaded or `download` is False."""
    kind, downloads = BUILT_IN[name], _downloads()
    if data_root is not None and not data_root.is_dir():
        raise UserError(f"There is no folder {data_root}, which --data-root names.")
    found = kind.read(data_root, split) if data_root else None
    found = found or _read_shipped(name, split) or kind.read(downloads, split)
    if found is None:
        if kind.fetch is None or not download:
            raise UserError(f"{name} is not on this machine.")
        _download(name, kind.fetch)
        found = kind.read(downloads, split)
    if found is None:
        raise UserError(f"What was downloaded of {name} has no {split} images; delete {downloads} and try again.")
    images, labels = found
    return ImageSet(images, labels, kind.class_names, name, digest((images, labels)))


def _read_shipped(name: str, split: str) -> Arrays | None:
    file = ASSETS / f"{name}-{split}.npz"
    if not file.exists():
        return None
    with np.load(file, allow_pickle=False) as arrays:
        images = arrays["images"]
        return images[:, None] if images.ndim == 3 else images, arrays["labels"].astype(np.int64)


def _read_mnist_like(root: Path, split: str, folder: str) -> Arrays | None:
    """Reads `root`/`folder`/raw/*-ubyte, plain or with .gz."""
    prefix = "train" if split == "train" else "t10k"
    stems = [root / folder / "raw" / f"{prefix}-{part}-ubyte" for part in ("images-idx3", "labels-idx1")]
    found = (next(filter(Path.exists, (stem, stem.with_name(f"{stem.name}.gz"))), None) for stem in stems)
    files = [file for file in found if file is not None]
    if len(files) < len(stems):
        return None
    images, labels = map(_read_idx, files)
    if images.ndim != 3 or labels.shape != images.shape[:1] or labels.max(initial=0) > 9:
        raise UserError(f"{files[0]} and {files[1].name} do not belong together; fetch both again.")
    return images[:, None], labels.astype(np.int64)


def _read_idx(file: Path) -> np.ndarray:
    """Reads an idx file of bytes: two zeros, 8 for uint8, the number of dimensions, each as big-endian uint32, the values."""
    try:
        content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        if content[:3] != b"\0\0\x08":
            raise ValueError("it is no idx file of bytes")
        dimensions = content[3]
        shape = np.frombuffer(content, ">u4", dimensions, offset=4)
        return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)
    except (OSError, EOFError, IndexError, ValueError, zlib.error) as error:
        raise UserError(f"{file} is damaged ({error}); fetch it again.") from error


def _read_cifar10(root: Path, split: str) -> Arrays | None:
    if not (root / CIFAR10_FOLDER).exists():
        if not (root / CIFAR10_ARCHIVE).exists():
            return None
        root = _unpack_cifar10(root / CIFAR10_ARCHIVE)

    from torchvision.datasets import CIFAR10
    from torchvision.datasets.utils import check_integrity

    folder = root / CIFAR10_FOLDER
    known = CIFAR10.train_list if split == "train" else CIFAR10.test_list
    if not all(check_integrity(folder / name, md5) for name, md5 in known):
        raise UserError(f"{folder} is not the official CIFAR-10 by its md5 sums; fetch it again.")
    images, labels = zip(*(_read_batch(folder / name) for name, _ in known), strict=True)
    return np.concatenate(images), np.concatenate(labels)


def _read_batch(file: Path) -> Arrays:
    """Reads a batch of CIFAR-10. The file is a pickle; it is parsed by opcode and never unpickled. The pixels are its longest
    string; the labels are the integers between the string "labels" and the next string."""
    longest, labels, last = "", [], ""
    for opcode, value, _ in pickletools.genops(file.read_bytes()):
        if isinstance(value, str | bytes):
            last = value if isinstance(value, str) else value.decode("latin-1")
            longest = max(longest, last, key=len)
        elif last == "labels" and "INT" in opcode.name:
            labels.append(value)
    pixels = np.frombuffer(longest.encode("latin-1"), np.uint8)
    if len(pixels) != len(labels) * 3 * 32 * 32:
        raise UserError(f"{file} is damaged (it has {len(labels):,} labels and {len(pixels):,} pixels); fetch it again.")
    return pixels.reshape(-1, 3, 32, 32), np.array(labels, np.int64)


def _unpack_cifar10(archive: Path) -> Path:
    from torchvision.datasets import CIFAR10
    from torchvision.datasets.utils import check_integrity

    downloads = _downloads()
    if (downloads / CIFAR10_FOLDER).exists():
        return downloads
    if not check_integrity(archive, CIFAR10.tgz_md5):
        raise UserError(f"{archive} is not the official CIFAR-10 by its md5 sum; fetch it again.")
    with _arriving(downloads) as folder, tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return downloads


def _downloads() -> Path:
    return cache_folder() / "downloads"


def _fetch_mnist_like(folder: Path, name: str) -> None:
    from torchvision import datasets

    getattr(datasets, name)(folder, download=True)


def _fetch_cifar10(folder: Path) -> None:
    """Downloads the archive only: torchvision's own class would unpickle its files."""
    from torchvision.datasets import CIFAR10
    from torchvision.datasets.utils import download_url

    download_url(CIFAR10.url, str(folder), CIFAR10.filename, CIFAR10.tgz_md5)


def _download(name: str, fetch: Callable[[Path], None]) -> None:
    try:
        with _arriving(_downloads()) as folder:
            fetch(folder)
    except (OSError, RuntimeError, HTTPException) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[-1]
        raise UserError(
            f"Cannot download {name} ({reason}): name a folder that holds it with --data-root,"
            f" or take --dataset digits, which needs no network."
        ) from error


@contextmanager
def _arriving(destination: Path) -> Iterator[Path]:
    """Yields a temporary folder whose content moves to `destination` at the end; files that are already there stay."""
    destination.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=destination, prefix="arriving-") as folder:
        yield Path(folder)
        for part in Path(folder).iterdir():
            with suppress(OSError):
                part.rename(destination / part.name)


DIGITS = tuple("0123456789")
CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
THINGS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

BUILT_IN = {
    "mnist": BuiltIn(
        28, 1, DIGITS, "digits",
        "MNIST, by Yann LeCun, Corinna Cortes and Christopher Burges (CC BY-SA 3.0)", "cc-by-sa-3.0",
        partial(_read_mnist_like, folder="MNIST"), partial(_fetch_mnist_like, name="MNIST"),
    ),
    "fashion-mnist": BuiltIn(
        28, 1, CLOTHES, "digits",
        "Fashion-MNIST, by Han Xiao, Kashif Rasul and Roland Vollgraf (MIT)", "mit",
        partial(_read_mnist_like, folder="FashionMNIST"), partial(_fetch_mnist_like, name="FashionMNIST"),
    ),
    "cifar10": BuiltIn(
        32, 3, THINGS, "pictures",
        "CIFAR-10, by Alex Krizhevsky, Vinod Nair and Geoffrey Hinton (no licence stated)", "unknown",
        _read_cifar10, _fetch_cifar10,
    ),
    "digits": BuiltIn(
        28, 1, DIGITS, "digits",
        "Optical recognition of handwritten digits, UCI, by E. Alpaydin and C. Kaynak (CC BY 4.0)", "cc-by-4.0",
    ),
}  # fmt: skip
