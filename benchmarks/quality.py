"""How good the digits of a run are, snapshot by snapshot, in the eyes of a classifier that is trained first.

    python benchmarks/quality.py checkpoints/mnist            # the last snapshot; --all for every one

Agreement is how often the classifier sees the label that was asked for. The Frechet distance is taken over the 128
activations of its last hidden layer, between 10,000 samples (each class in turn, truncation 1, seed 1234) and the first
10,000 training digits; its floor is that between those and the 10,000 test digits. It is no FID: that is another network.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).parents[1]))
from ganlib import datasets, latents, sample
from ganlib.commands import run_command
from ganlib.runs import Run, Snapshot

NUM, SEED = 10_000, 1234
EPOCHS, BATCH = 2, 128  # of the classifier


class DigitClassifier(nn.Module):
    """uint8 digits (N, 1, 28, 28) to ten logits, by way of 128 hidden features."""

    def __init__(self):
        super().__init__()
        self.convolutions = nn.Sequential(
            *(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(32), nn.MaxPool2d(2)),
            *(nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(64), nn.MaxPool2d(2)),
            *(nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(), nn.Flatten()),
        )
        self.hidden = nn.Linear(64 * 7 * 7, 128)
        self.classes = nn.Linear(128, 10)

    def features(self, images):
        """The activations of the last hidden layer, (N, 128)."""
        return F.relu(self.hidden(self.convolutions(images.float() / 127.5 - 1)))

    def forward(self, images):
        return self.classes(F.dropout(self.features(images), 0.3, self.training))


def train_classifier(images, labels):
    """A classifier trained on uint8 images (N, 1, 28, 28), moved by up to two pixels, and labels (N,)."""
    rng = np.random.default_rng(0)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        classifier = DigitClassifier().to(memory_format=torch.channels_last)
        optimiser = torch.optim.AdamW(classifier.parameters(), weight_decay=1e-2)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, EPOCHS * (len(images) // BATCH))
        for _ in range(EPOCHS):
            for chosen in np.array_split(rng.permutation(len(images)), len(images) // BATCH):
                shift = tuple(int(move) for move in rng.integers(-2, 3, 2))
                batch = torch.from_numpy(images[chosen]).roll(shift, (2, 3))
                loss = F.cross_entropy(classifier(batch), torch.from_numpy(labels[chosen]))
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
    return classifier.eval()


@torch.inference_mode()
def judge(classifier, images):
    """Predicted labels (N,) and hidden features (N, 128) in float64 of uint8 images (N, 1, 28, 28)."""
    features = torch.cat([classifier.features(torch.from_numpy(images[i : i + 500])) for i in range(0, len(images), 500)])
    return classifier.classes(features).argmax(1).numpy(), features.double().numpy()


def frechet_distance(a, b):
    """||m_a - m_b||^2 + tr(S_a + S_b - 2 (S_a S_b)^(1/2)) of Gaussians fitted to features (Heusel et al. 2017, eq. (6)).

    tr (S_a S_b)^(1/2) is the sum of the square roots of the eigenvalues of R S_b R with R = S_a^(1/2).
    """
    (mean_a, cov_a), (mean_b, cov_b) = ((x.mean(0), np.cov(x, rowvar=False)) for x in (a, b))
    values, vectors = np.linalg.eigh(cov_a)
    root = vectors * np.sqrt(values.clip(0)) @ vectors.T
    cross = np.sqrt(np.linalg.eigvalsh(root @ cov_b @ root).clip(0)).sum()
    return float(((mean_a - mean_b) ** 2).sum() + np.trace(cov_a) + np.trace(cov_b) - 2 * cross)


class Judge:
    """A trained classifier with the real digits that samples are held against."""

    def __init__(self):
        train, test = datasets.load("mnist"), datasets.load("mnist", split="test")
        self.classifier = train_classifier(train.images, train.labels)
        predicted, test_features = judge(self.classifier, test.images)
        _, self.reference = judge(self.classifier, train.images[:NUM])
        self.accuracy = float((predicted == test.labels).mean())
        self.floor = frechet_distance(self.reference, test_features)

    def scores(self, run: Run, snapshot: Snapshot) -> tuple[float, float]:
        """The label agreement (0 to 1) and the Frechet distance of 10,000 samples."""
        images, labels = samples(run, snapshot)
        predicted, features = judge(self.classifier, images)
        return float((predicted == labels).mean()), frechet_distance(self.reference, features)


def samples(run: Run, snapshot: Snapshot) -> tuple[np.ndarray, np.ndarray]:
    """10,000 images at truncation 1, each class in turn, and their labels."""
    z = latents.sample(NUM, run.config.recipe.latent_dim, SEED, run.config.recipe.latent)
    labels = sample.labels_for(run.config, NUM, None)
    return sample.draw(run.generator(snapshot), z, labels), labels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="the folder of a run on MNIST with labels")
    parser.add_argument("--all", action="store_true", help="every snapshot instead of the last")
    options = parser.parse_args()
    run = Run.open(options.run)
    judge = Judge()
    print(f"classifier {judge.accuracy:.2%} right on test digits; Frechet distance train to test {judge.floor:.2f}")
    for snapshot in run.snapshots() if options.all else [run.snapshot()]:
        agreement, distance = judge.scores(run, snapshot)
        ratio = distance / judge.floor
        print(f"{snapshot.label:12} agreement {agreement:6.2%}, distance {distance:8.2f}, {ratio:6.2f} x train to test")


if __name__ == "__main__":
    run_command(main)
