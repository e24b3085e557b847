"""Shows how the networks whose features measure pictures rank real pictures and the same made worse in a known way.

    python benchmarks/judge.py --dataset PATH

Fréchet distances to as many other real pictures of the set, and over the first row, the floor: real pictures against real ones.
Beside them, the difference of the radial power spectra in decibels.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from ganlib import datasets
from ganlib.cli import positive_int, run_command
from ganlib.metrics import frechet_distance
from ganlib.metrics.appearance import spectral_distance
from ganlib.metrics.extractors import EFFICIENTNET, MOBILENET
from ganlib.metrics.judged import SEED

JUDGES = (MOBILENET, EFFICIENTNET)


def worse(images: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Returns changed copies of uint8 images (N, 3, H, W), float64, by what was done to them."""
    real = images.astype(np.float64)
    rows, columns = np.indices(images.shape[2:])
    noise = rng.normal(size=real.shape)
    red, third = np.array([255.0, 0, 0])[:, None, None], (np.arange(len(real)) % 3 == 0)[:, None, None, None]
    return {
        "blur of 2x2 pixels": (real + np.roll(real, 1, 2) + np.roll(real, 1, 3) + np.roll(real, (1, 1), (2, 3))) / 4,
        "noise of 8 grey levels": real + 8 * noise,
        "noise of 24": real + 24 * noise,
        "30 % of red on a third of them": np.where(third, 0.7 * real + 0.3 * red, real),
        "60 % of red on a third of them": np.where(third, 0.4 * real + 0.6 * red, real),
        "1.5 times the contrast": (real - 127.5) * 1.5 + 127.5,
        "checkerboard of 4 grey levels": real + 4 * (-1.0) ** (rows + columns),
        "checkerboard of 12": real + 12 * (-1.0) ** (rows + columns),
        "stripes of 8, 4 pixels wide": real + 8 * np.cos(np.pi / 2 * columns),
        "the brighter half, each twice": real[np.argsort(real.mean((1, 2, 3)))[len(real) // 2 :]].repeat(2, 0)[: len(real)],
        "100 pictures, repeated": real[rng.integers(0, 100, len(real))],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", required=True, help="a set in colour")
    parser.add_argument("--image-size", type=positive_int, default=64, help="default: %(default)s")
    parser.add_argument("--num", type=positive_int, default=1_000, help="pictures of each kind (default: %(default)s)")
    options = parser.parse_args()
    rng, images = np.random.default_rng(SEED), datasets.load(options.dataset, options.image_size).images
    order = rng.permutation(len(images))
    reference, real = (images[np.sort(order[start : start + options.num])] for start in (0, options.num))
    known = {judge.name: judge.function(reference).astype(np.float64) for judge in JUDGES}
    floors: dict[str, float] = {}
    print(f"{'':32}" + "".join(f"{judge.name:>27}" for judge in JUDGES) + f"{'spectrum':>12}")
    for name, changed in {"real pictures": real.astype(np.float64), **worse(real, rng)}.items():
        shown = np.clip(np.rint(changed), 0, 255).astype(np.uint8)
        found = {judge.name: frechet_distance(known[judge.name], judge.function(shown).astype(np.float64)) for judge in JUDGES}
        floors = floors or found
        told = "".join(f"{value:>15.2f} = {value / floors[judge]:5.1f} x" for judge, value in found.items())
        print(f"{name:32}{told}{spectral_distance(shown, reference):>9.2f} dB", flush=True)


if __name__ == "__main__":
    run_command(main)
