"""Networks whose features measure pictures, by name: what they are, their file, and how their features are computed.

A run is measured by features that it was not trained against. To add an extractor, add a row, and one of MEASURES that uses it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch

from ganlib import files
from ganlib.metrics.digits import CLASSIFIER, digit_features
from ganlib.metrics.mobilenet import SIDE, MobileNetV2
from ganlib.networks.features import NETWORKS, FeatureNetwork, efficientnet
from ganlib.pictures import composed

ASSETS = Path(__file__).parents[1] / "assets"
BATCH = 64


@dataclass(frozen=True)
class Extractor:
    """A network that maps uint8 images (N, C, H, W) to features, float32 (N, F), by `function`; `about` is its protocol."""

    name: str
    about: str
    file: Path
    function: Callable[[np.ndarray], np.ndarray]

    @property
    def identity(self) -> tuple[str, str, str]:
        """What its features depend on, besides the images."""
        return self.name, self.about, _sha256(self.file)


@lru_cache
def _sha256(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


@lru_cache(maxsize=1)
def mobilenet() -> MobileNetV2:
    """Loads the MobileNetV2 that ships. Raises DamagedFile."""
    with torch.random.fork_rng(devices=[]):
        network = MobileNetV2()
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    tensors, _ = files.read_tensors(MOBILENET.file, shapes)
    network.load_state_dict({name: value.float() for name, value in tensors.items()})
    return network.to(memory_format=torch.channels_last).eval()


@torch.inference_mode()
def mobilenet_features(images: np.ndarray) -> np.ndarray:
    """Returns the pooled features of MobileNetV2, float32 (N, 1280). Grey becomes RGB, RGBA is laid over mid-grey."""
    network, found = mobilenet(), []
    for start in range(0, len(images), BATCH):
        some = torch.from_numpy(composed(images[start : start + BATCH])).float()
        found.append(network(some.expand(-1, 3, -1, -1)))
    return torch.cat(found).numpy()


@torch.inference_mode()
def efficientnet_features(images: np.ndarray) -> np.ndarray:
    """Returns the pooled maps of EfficientNet-Lite0's last stage, float32 (N, 320), for recipes that train against it."""
    network, found = FeatureNetwork(EFFICIENTNET.name, [len(efficientnet.STAGES)]), []
    for start in range(0, len(images), BATCH):
        some = torch.from_numpy(composed(images[start : start + BATCH])).float() / 127.5 - 1
        found.append(network(some, SIDE)[0].mean((2, 3)))
    return torch.cat(found).numpy()


DIGITS = Extractor("digit-classifier", "the digit classifier that ships, 128 features", CLASSIFIER, digit_features)
MOBILENET = Extractor(
    "mobilenet-v2",
    f"MobileNetV2 that has learned to tell drawings from photographs (NSFWJS 4.3.0), pictures at {SIDE} px, 1,280 features",
    ASSETS / "mobilenet-v2.safetensors",
    mobilenet_features,
)
EFFICIENTNET = Extractor(
    "efficientnet-lite0",
    f"EfficientNet-Lite0, the last stage of the network that recipes train against, pictures at {SIDE} px, 320 features",
    NETWORKS["efficientnet-lite0"].file,
    efficientnet_features,
)
EXTRACTORS = {extractor.name: extractor for extractor in (DIGITS, MOBILENET, EFFICIENTNET)}
