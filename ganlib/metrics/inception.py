"""FID, KID, precision and recall in Inception features, by torch-fidelity (`pip install torch-fidelity`).

Grey images are converted to RGB. The library resizes images to 299 px as TensorFlow 1 did (bilinear, no antialiasing),
which is the protocol of the published figures; rectangles are stretched to that square. Its weights are downloaded at first
use.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from ganlib import UserError

NAMES = {
    "frechet_inception_distance": "fid",
    "kernel_inception_distance_mean": "kid",
    "precision": "precision",
    "recall": "recall",
}
TENSORS_ALONE, ANYTHING = "TORCH_FORCE_WEIGHTS_ONLY_LOAD", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"  # read by torch.load
LACKING = (
    "FID, KID, precision and recall need torch-fidelity; run `pip install torch-fidelity`, or leave them out of --metrics."
)


class Images(Dataset):
    """uint8 images (N, C, H, W) as a dataset of single images (3, H, W), as the library requires."""

    def __init__(self, images: np.ndarray):
        self.images = images

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, i: int) -> torch.Tensor:
        return torch.from_numpy(self.images[i].copy()).expand(3, -1, -1)


def inception(
    samples: np.ndarray, reference: np.ndarray, key: str | None = None, cache: Path | None = None, weights: Path | None = None,
    device: torch.device | None = None, **settings: Any,
) -> dict[str, float]:  # fmt: skip
    """Computes `fid`, `kid`, `precision` and `recall` of uint8 samples and as many real images, (N, C, H, W).

    Args:
        key: identifies `reference`, whose features are cached in the folder `cache`.
        weights: a file of Inception's weights, for use without a network.
        device: where to compute.
        settings: passed to torch-fidelity's `calculate_metrics`, such as another feature extractor.

    Raises UserError if the library or its weights are not available.
    """
    try:
        from torch_fidelity import calculate_metrics
    except ImportError as error:
        raise UserError(LACKING) from error
    try:
        with _tensors_alone():
            if weights:
                _check(weights)
            found = calculate_metrics(
                input1=Images(samples), input2=Images(reference), fid=True, kid=True, prc=True, verbose=False,
                kid_subset_size=min(1000, len(samples)), feature_extractor_weights_path=weights and str(weights),
                cuda=device is not None and device.type == "cuda",
                cache=key is not None, cache_root=cache and str(cache), input2_cache_name=key, **settings,
            )  # fmt: skip
    except UnpicklingError as error:
        raise UserError(
            "The weights of Inception that were downloaded, or features that were kept, hold more than tensors; delete "
            f"{torch.hub.get_dir()} and {cache}, and try again."
        ) from error
    except OSError as error:  # includes urllib's errors
        raise UserError(
            f"Inception's weights can't be downloaded ({error}); give a file of them with --inception-weights, "
            "or leave FID out of --metrics."
        ) from error
    return {name: float(found[theirs]) for theirs, name in NAMES.items()}


@contextmanager
def _tensors_alone() -> Iterator[None]:
    """Restricts torch.load to tensors and arrays (for cached features) inside the block, although the library requests full
    unpickling, and whatever the environment sets."""
    before = {name: os.environ.pop(name, None) for name in (TENSORS_ALONE, ANYTHING)}
    os.environ[TENSORS_ALONE] = "1"
    reconstruct: Any = np.empty(0).__reduce__()[0]  # numpy's function that rebuilds a pickled array
    arrays = [reconstruct, np.ndarray, np.dtype, *map(type, map(np.dtype, ("f4", "f8")))]
    try:
        with torch.serialization.safe_globals(arrays):
            yield
    finally:
        del os.environ[TENSORS_ALONE]
        os.environ.update({name: value for name, value in before.items() if value is not None})


def _check(weights: Path) -> None:
    """Raises UserError unless the file holds tensors only, which are safe to load."""
    try:
        torch.load(weights, map_location="meta", weights_only=True)
    except Exception as error:
        raise UserError(f"{weights} holds no weights of Inception ({error.__class__.__name__}).") from error
