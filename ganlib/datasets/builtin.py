"""The built-in data sets: MNIST and digits ship with the project, the others come through torchvision.

Each is looked up in the user's data root, the shipped files and earlier downloads, in this order, and downloaded if it is in
none of them.
"""

import pickletools
import string
import tarfile
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
from ganlib.datasets.image_set import ImageSet, NoSuchSplit, digest
from ganlib.datasets.mapping import mapped
from ganlib.datasets.sources.arrays.rows import idx_rows, unpacked
from ganlib.datasets.sources.splits import ALL, parsed
from ganlib.datasets.sources.trees import file_on_disk

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
    kind = BUILT_IN[name]
    if data_root is not None and not data_root.is_dir():
        raise UserError(f"There is no folder {data_root}, which --data-root names.")
    parts = [_read_part(name, part, data_root, download) for part in _parts(name, split)]
    images, labels = map(np.concatenate, zip(*parts, strict=True)) if len(parts) > 1 else parts[0]
    return ImageSet(images, labels, kind.class_names, name, digest((images, labels)))


def _parts(name: str, split: str) -> tuple[str, ...]:
    """Returns which of "train" and "test" a split is, under any of its usual names. Raises NoSuchSplit for others."""
    if split == ALL:
        return "train", "test"
    asked = parsed(split)
    if asked is None or asked.split not in ("train", "test"):
        raise NoSuchSplit(f"{name} has no split {split}: it has train and test, and --split all takes both.")
    return (asked.split,)


def _read_part(name: str, split: str, data_root: Path | None, download: bool) -> Arrays:
    kind, downloads = BUILT_IN[name], _downloads()
    found = kind.read(data_root, split) if data_root else None
    found = found or _read_shipped(name, split) or kind.read(downloads, split)
    if found is None:
        if kind.fetch is None or not download:
            raise UserError(f"{name} is not on this machine.")
        _download(name, kind.fetch)
        found = kind.read(downloads, split)
    if found is None:
        raise UserError(f"What was downloaded of {name} has no {split} images; delete {downloads} and try again.")
    return found


def _read_shipped(name: str, split: str) -> Arrays | None:
    file = ASSETS / f"{name}-{split}.npz"
    if not file.exists():
        return None
    with np.load(file, allow_pickle=False) as arrays:
        labels = arrays["labels"].astype(np.int64)
    images = mapped(file, "images")
    return images[:, None] if images.ndim == 3 else images, labels


def _read_mnist_like(root: Path, split: str, folder: str) -> Arrays | None:
    return _read_idx_pair(root, folder, "train" if split == "train" else "t10k", range(10))


def _read_emnist(root: Path, split: str, part: str, numbers: range) -> Arrays | None:
    """Reads a part of EMNIST, whose files hold the pictures transposed; `numbers` are its labels there."""
    found = _read_idx_pair(root, "EMNIST", f"emnist-{part}-{split}", numbers)
    return found and (np.ascontiguousarray(found[0].swapaxes(2, 3)), found[1] - numbers.start)


def _read_idx_pair(root: Path, folder: str, prefix: str, numbers: range) -> Arrays | None:
    """Reads `root`/`folder`/raw/`prefix`-*-ubyte, plain or with .gz; labels are among `numbers`."""
    stems = [root / folder / "raw" / f"{prefix}-{part}-ubyte" for part in ("images-idx3", "labels-idx1")]
    found = (next(filter(Path.exists, (stem, stem.with_name(f"{stem.name}.gz"))), None) for stem in stems)
    files = [file for file in found if file is not None]
    if len(files) < len(stems):
        return None
    images, labels = map(_read_idx, files)
    if images.ndim != 3 or labels.shape != images.shape[:1] or not np.isin(labels, numbers).all():
        raise UserError(f"{files[0]} and {files[1].name} do not belong together; fetch both again.")
    return images[:, None], labels.astype(np.int64)


def _read_idx(file: Path) -> np.ndarray:
    return idx_rows(str(file), file.name, unpacked(file_on_disk(file).open)).whole()


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


def _fetch_emnist(folder: Path) -> None:
    """Downloads the one archive of all parts, and keeps those that are read."""
    from torchvision.datasets import EMNIST

    EMNIST(folder, EMNIST_PARTS[0], download=True)
    for file in (folder / "EMNIST" / "raw").iterdir():
        if not file.name.startswith(tuple(f"emnist-{part}-" for part in EMNIST_PARTS)):
            file.unlink()


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
KANA = tuple("おきすつなはまやれを")  # o ki su tsu na ha ma ya re wo
LETTERS = tuple(string.ascii_lowercase)  # of both cases
CHARACTERS = (*DIGITS, *string.ascii_uppercase, *"abdefghnqrt")  # the other small letters look like their capitals
EMNIST_PARTS = ("balanced", "letters", "digits")
EMNIST = (
    "EMNIST ({}), by Gregory Cohen, Saeed Afshar, Jonathan Tapson and André van Schaik, from NIST Special Database 19 (no "
    "licence stated)"
)
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
    "kmnist": BuiltIn(
        28, 1, KANA, "digits",
        "KMNIST, created by CODH, adapted from Kuzushiji Dataset, created by NIJL and others, doi:10.20676/00000341 "
        "(CC BY-SA 4.0)", "cc-by-sa-4.0",
        partial(_read_mnist_like, folder="KMNIST"), partial(_fetch_mnist_like, name="KMNIST"),
    ),
    "emnist": BuiltIn(
        28, 1, CHARACTERS, "digits", EMNIST.format("balanced"), "unknown",
        partial(_read_emnist, part="balanced", numbers=range(47)), _fetch_emnist,
    ),
    "emnist-letters": BuiltIn(
        28, 1, LETTERS, "digits", EMNIST.format("letters"), "unknown",
        partial(_read_emnist, part="letters", numbers=range(1, 27)), _fetch_emnist,
    ),
    "emnist-digits": BuiltIn(
        28, 1, DIGITS, "digits", EMNIST.format("digits"), "unknown",
        partial(_read_emnist, part="digits", numbers=range(10)), _fetch_emnist,
    ),
}  # fmt: skip
