"""How well a run tells pictures of a class that it was trained without: the AUROC of the anomaly score of
`python -m ganlib.project --scores`, and of AnoGAN's (Schlegl et al. 2017, arXiv:1703.05921), on the same run.

    python train.py --dataset mnist --classes 0,1,2,3,4,5,6,7,8 --set conditional=false --minutes 1.5 --out RUN
    python benchmarks/anomaly.py RUN --odd 9

Half of the test pictures are of the odd class. One thread; the time includes nothing but the searches. AnoGAN has no labels, so
that the run should have none either.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parents[1]))
from ganlib import datasets, latents
from ganlib.inversion.projector import Projector
from ganlib.networks import Discriminator
from ganlib.runs import Run

SEED = 5
STEPS = 500  # of backpropagation, as in the paper's section 3
RATE = 0.05  # of Adam; the paper names none
SHARE = 0.1  # lambda, as in the paper's section 3


def anogan(run: Run, images: np.ndarray) -> np.ndarray:
    """Returns AnoGAN's anomaly scores (N,) of uint8 images (N, C, H, W), after STEPS steps of Adam from one random z:
    (1 - lambda) sum |x - G(z)| + lambda sum |f(x) - f(G(z))|, f being the last hidden layer of the discriminator (sections
    2.2 and 2.3)."""
    generator, features = run.generator().requires_grad_(False), last_layer(run.discriminator().requires_grad_(False))
    x = torch.from_numpy(images).float() / 127.5 - 1
    wanted = features(x)
    z = torch.from_numpy(latents.sample(len(x), generator.latent_dim, SEED, run.config.recipe.latent)).requires_grad_()

    def scores() -> Tensor:
        drawn = generator(z)
        residual = (x - drawn).abs().flatten(1).sum(1)
        return (1 - SHARE) * residual + SHARE * (wanted - features(drawn)).abs().sum(1)

    optimizer = torch.optim.Adam([z], RATE)
    for _ in range(STEPS):
        optimizer.zero_grad()
        scores().sum().backward()
        optimizer.step()
    with torch.no_grad():
        return scores().numpy()


def last_layer(discriminator: Discriminator) -> Callable[[Tensor], Tensor]:
    """Returns what maps images to the values (N, D) of the discriminator's last hidden layer."""
    kept: list[Tensor] = []
    layer = discriminator.hidden_layers()[-1]
    last = layer[-1] if isinstance(layer, nn.Sequential) else layer  # cut from the network: not called itself
    last.register_forward_hook(lambda _, __, values: kept.append(values.flatten(1)))

    def features(images: Tensor) -> Tensor:
        discriminator(images)
        return kept.pop()

    return features


def projected(run: Run, images: np.ndarray) -> np.ndarray:
    """Returns the scores (N,) of ganlib.project: the error of the reconstruction in grey levels."""
    return Projector.of(run.generator(), run.config.recipe.latent).project(images).errors


WAYS: dict[str, Callable[[Run, np.ndarray], np.ndarray]] = {
    "python -m ganlib.project": projected,
    "AnoGAN, 500 steps of Adam": anogan,
}


def chosen(run: Run, odd: str, num: int, data_root: Path | None) -> tuple[np.ndarray, np.ndarray]:
    """Returns test pictures, and which of them are of the class `odd`: half of them."""
    config = run.config
    held_out = datasets.load(config.source, config.image_size, config.channels, split="test", data_root=data_root)
    names = held_out.class_names or []
    if held_out.labels is None or odd not in names:
        raise SystemExit(f"{odd} is no class of {config.source}; it has {', '.join(names) or 'none'}.")
    is_odd = held_out.labels == names.index(odd)
    order = np.random.default_rng(SEED).permutation(len(is_odd))
    taken = np.concatenate([order[is_odd[order] == side][: num // 2] for side in (True, False)])
    return held_out.images[taken], is_odd[taken]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--odd", required=True, help="the class that the run was trained without")
    parser.add_argument("--num", type=int, default=400, help="test pictures (default: 400)")
    parser.add_argument("--data-root", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    run = Run.open(options.run)
    if run.config.labels:
        raise SystemExit(f"{run.name} has labels, which AnoGAN has not; train it with --set conditional=false.")
    images, is_odd = chosen(run, options.odd, options.num, options.data_root)
    for name, way in WAYS.items():
        before = time.process_time()
        scores = way(run, images)
        seconds = (time.process_time() - before) / len(images)
        print(f"{name:26} AUROC {roc_auc_score(is_odd, scores):.3f}, {seconds:.3f} s a picture", flush=True)


if __name__ == "__main__":
    main()
