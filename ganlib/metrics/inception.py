"""FID, KID, precision and recall with the standard Inception features, by torch-fidelity (`pip install torch-fidelity`).

Grey images are shown as RGB, and the library itself enlarges all to 299 px as TensorFlow 1 did (bilinear, no antialiasing),
which is the protocol of the published figures. Its weights are downloaded at first use.
"""

from pathlib import Path
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
LACKING = (
    "FID, KID, precision and recall need torch-fidelity; run `pip install torch-fidelity`, or leave them out of --metrics."
)


class Images(Dataset):
    """uint8 (N, C, S, S) as the library takes it: one (3, S, S) at a time."""

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
    """`fid`, `kid`, `precision` and `recall` of uint8 samples against as many real images, (N, C, S, S).

    Args:
        key: of `reference`, whose features are kept in the folder `cache` under it.
        weights: a file of Inception's weights, where there is no network.
        device: where to compute.
        settings: of torch-fidelity's `calculate_metrics`, such as another feature extractor.

    Raises UserError where the library or its weights can't be had.
    """
    try:
        from torch_fidelity import calculate_metrics
    except ImportError as error:
        raise UserError(LACKING) from error
    if weights:
        _check(weights)
    try:
        found = calculate_metrics(
            input1=Images(samples), input2=Images(reference), fid=True, kid=True, prc=True, verbose=False,
            kid_subset_size=min(1000, len(samples)), feature_extractor_weights_path=weights and str(weights),
            cuda=device is not None and device.type == "cuda",
            cache=key is not None, cache_root=cache and str(cache), input2_cache_name=key, **settings,
        )  # fmt: skip
    except OSError as error:  # of which urllib's are
        raise UserError(
            f"Inception's weights can't be downloaded ({error}); give a file of them with --inception-weights, "
            "or leave FID out of --metrics."
        ) from error
    return {name: float(found[theirs]) for theirs, name in NAMES.items()}


def _check(weights: Path) -> None:
    """Raises UserError unless the file holds tensors alone: nothing foreign is unpickled."""
    try:
        torch.load(weights, map_location="meta", weights_only=True)
    except Exception as error:
        raise UserError(f"{weights} holds no weights of Inception ({error.__class__.__name__}).") from error
