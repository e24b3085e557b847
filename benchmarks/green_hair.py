"""Makes the set of `anime-faces-green`: the pictures of a set of faces whose hair is the greenest, as a folder of PNGs.

    python benchmarks/green_hair.py --dataset anime-faces-96.zip --out anime-faces-green

Hair is taken to be the upper third of a picture, the middle half of its columns. Green is how far its mean green lies
above the larger of its mean red and mean blue. The pictures are named by their place in the set.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))
from ganlib import datasets
from ganlib.cli import positive_int, run_command


def greenness(images: np.ndarray) -> np.ndarray:
    """Returns how green the hair is in uint8 images (N, 3, H, W): float64 (N,), in grey levels."""
    height, width = images.shape[2:]
    hair = images[:, :, : height // 3, width // 4 : width - width // 4]
    red, green, blue = hair.mean((2, 3)).T
    return green - np.maximum(red, blue)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", required=True, help="a set in colour")
    parser.add_argument("--image-size", type=positive_int, default=96, help="default: %(default)s")
    parser.add_argument("--num", type=positive_int, default=400, help="how many pictures (default: %(default)s)")
    parser.add_argument("--out", type=Path, required=True, help="the folder, a new one")
    options = parser.parse_args()
    images = datasets.load(options.dataset, options.image_size).images
    chosen = np.sort(np.argsort(-greenness(images), kind="stable")[: options.num])
    options.out.mkdir(parents=True)
    for place in chosen:
        Image.fromarray(images[place].transpose(1, 2, 0)).save(options.out / f"{place:05d}.png")
    print(f"{len(chosen)} of {len(images)} pictures in {options.out}")


if __name__ == "__main__":
    run_command(main)
