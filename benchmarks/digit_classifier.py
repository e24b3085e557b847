"""Trains the digit classifier that ships, ganlib/assets/digit-classifier.safetensors, and prints its accuracy.

python benchmarks/digit_classifier.py --out digit-classifier.safetensors
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).parents[1]))
from ganlib import datasets, files
from ganlib.cli import run_command
from ganlib.metrics.digits import BATCH, DigitClassifier

EPOCHS, SIZE, RATE = 6, 128, 4e-3


def train(images: np.ndarray, labels: np.ndarray) -> DigitClassifier:
    """Trains a classifier on uint8 images (N, 1, 28, 28) with labels (N,); shifts each batch by up to two pixels."""
    rng = np.random.default_rng(0)
    torch.manual_seed(0)
    classifier = DigitClassifier().to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(classifier.parameters(), weight_decay=1e-2)
    steps = len(images) // SIZE
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, EPOCHS * steps)
    for _ in range(EPOCHS):
        for chosen in np.array_split(rng.permutation(len(images)), steps):
            shift = tuple(int(move) for move in rng.integers(-2, 3, 2))
            batch = torch.from_numpy(images[chosen]).roll(shift, (2, 3))
            loss = F.cross_entropy(classifier(batch), torch.from_numpy(labels[chosen]))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return classifier.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.safetensors", help="where to write it")
    options = parser.parse_args()
    images, test = datasets.load("mnist"), datasets.load("mnist", split="test")
    classifier = train(images.images, images.labels).half().float()  # as it is stored
    with torch.inference_mode():
        predicted = torch.cat([classifier(part).argmax(1) for part in torch.from_numpy(test.images).split(BATCH)])
    accuracy = float((predicted.numpy() == test.labels).mean())
    tensors = {name: value.half() if value.is_floating_point() else value for name, value in classifier.state_dict().items()}
    files.write_tensors(options.out, tensors, {"test_accuracy": accuracy, "trained_on": "mnist", "epochs": EPOCHS})
    print(f"{options.out}: {accuracy:.2%} of the 10,000 test digits right")


if __name__ == "__main__":
    run_command(main)
