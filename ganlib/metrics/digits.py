"""Measures of digits by a small classifier that ships with the project: label agreement, class balance, Fréchet distance.

A Fréchet distance in its features is no FID, which is defined by Inception v3.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from ganlib import files

CLASSIFIER = Path(__file__).parents[1] / "assets" / "digit-classifier.safetensors"
BATCH = 100  # fits the caches of a processor


class DigitClassifier(nn.Module):
    """Maps uint8 digits (N, 1, 28, 28) to ten logits, with a hidden layer of 128 features."""

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            *(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(32), nn.MaxPool2d(2)),
            *(nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(64), nn.MaxPool2d(2)),
            *(nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(), nn.Flatten()),
        )
        self.hidden = nn.Linear(64 * 7 * 7, 128)
        self.classes = nn.Linear(128, 10)

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """Returns the activations of the last hidden layer, (N, 128)."""
        return F.relu(self.hidden(self.convolutions(images.float() / 127.5 - 1)))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.classes(F.dropout(self.features(images), 0.3, self.training))


@lru_cache(maxsize=1)
def digit_classifier() -> DigitClassifier:
    """Loads the classifier that ships: 99.44 % accuracy on MNIST's test set. Raises DamagedFile."""
    with torch.random.fork_rng(devices=[]):
        classifier = DigitClassifier()
    tensors, _ = files.read_tensors(CLASSIFIER, {name: tuple(value.shape) for name, value in classifier.state_dict().items()})
    classifier.load_state_dict(tensors)
    return classifier.to(memory_format=torch.channels_last).eval()


@torch.inference_mode()
def digit_features(images: np.ndarray) -> np.ndarray:
    """Returns the classifier's hidden features of uint8 images (N, 1, 28, 28), float32 (N, 128)."""
    classifier = digit_classifier()
    return torch.cat([classifier.features(part) for part in torch.from_numpy(images).split(BATCH)]).numpy()


@torch.inference_mode()
def labels_of(features: np.ndarray) -> np.ndarray:
    """Returns the labels that the classifier predicts from its features (N, 128): int64 (N,)."""
    return digit_classifier().classes(torch.from_numpy(features.astype(np.float32))).argmax(1).numpy()


@torch.inference_mode()
def digit_logits(images: np.ndarray) -> np.ndarray:
    """Returns the classifier's logits of uint8 images (N, 1, 28, 28), float64 (N, 10)."""
    return digit_classifier().classes(torch.from_numpy(digit_features(images))).double().numpy()


def judge_digits(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Classifies uint8 images (N, 1, 28, 28). Returns the predicted labels (N,) and hidden features (N, 128) in float64."""
    features = digit_features(images)
    return labels_of(features), features.astype(np.float64)


def class_balance(labels: np.ndarray, num_classes: int = 10) -> float:
    """Returns the normalised entropy of the label frequencies: 1 for equal frequencies, 0 for a single label."""
    shares = np.bincount(labels, minlength=num_classes) / len(labels)
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum() / np.log(num_classes)) + 0.0  # no negative zero
