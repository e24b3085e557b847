#!/usr/bin/env bash
# torch-fidelity 0.4.0: a generator whose latents are of type `unit`, documented as "uniform distribution on a unit sphere", is
# measured on the positive orthant alone, 1/8 of the sphere in three dimensions and 2^-512 of it in 512: uniform numbers from 0
# to 1 are normalised, not normal ones. With NumPy 2.4.6, which it does not exclude, no conditional generator can be measured
# (it asks for np.int, which went with NumPy 1.24), and no perceptual path length (np.percentile's `interpolation` went with 2.4).
# Expected: FID 0, but for sampling, of a generator that passes its latents on, to uniform points on the sphere.
#
# Needs some 6 GB of room for PyTorch.
#
# Seen (20,000 points in three dimensions):
#   normal, normalised by the generator: FID 0.000, latents from -1.00, mean cosine 0.00
#   unit: FID 1.179, latents from 0.00, mean cosine 0.80
#   unit, conditional: AttributeError: module 'numpy' has no attribute 'int'.
#   path length: TypeError: percentile() got an unexpected keyword argument 'interpolation'
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check \
    torch-fidelity==0.4.0 torch==2.14.1 torchvision==0.29.1 numpy==2.4.6
HOME="$place" "$place/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import torch
import torch_fidelity
from torch_fidelity.feature_extractor_base import FeatureExtractorBase
from torch_fidelity.sample_similarity_base import SampleSimilarityBase


class Plain(FeatureExtractorBase):
    """The samples are their own features."""

    def __init__(self, name, features_list, **_):
        super().__init__(name, features_list)

    @staticmethod
    def get_provided_features_list():
        return ("3",)

    @staticmethod
    def get_default_feature_layer_for_metric(metric):
        return "3"

    @staticmethod
    def can_be_compiled():
        return False

    def forward(self, samples):
        return (samples.double(),)


class Squared(SampleSimilarityBase):
    def __init__(self, name, **_):
        super().__init__(name)

    def forward(self, first, second):
        return ((first - second) ** 2).sum(1)


class Passes(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.latents = []

    def forward(self, z, labels=None):
        self.latents.append(z / z.norm(dim=1, keepdim=True))
        return self.latents[-1]


def measured(latent, classes=0, **metrics):
    generator = Passes()
    wrapped = torch_fidelity.GenerativeModelModuleWrapper(generator, 3, latent, classes)
    common = dict(feature_extractor="plain", cuda=False, save_cpu_ram=True, batch_size=2000, verbose=False)
    try:
        found = torch_fidelity.calculate_metrics(input1=wrapped, input1_model_num_samples=20_000, **metrics, **common)
    except Exception as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return found["frechet_inception_distance"], torch.cat(generator.latents)


torch_fidelity.register_feature_extractor("plain", Plain)
torch_fidelity.register_sample_similarity("squared", Squared)
points = torch.from_numpy(np.random.default_rng(0).standard_normal((20_000, 3))).float()


class Sphere(torch.utils.data.Dataset):
    def __len__(self):
        return len(points)

    def __getitem__(self, number):
        return points[number] / points[number].norm()


seen = {}
for latent, name in {"normal": "normal, normalised by the generator", "unit": "unit"}.items():
    fid, latents = measured(latent, fid=True, input2=Sphere())
    cosine = float(latents.mean(0).square().sum())
    seen[latent] = fid, cosine
    print(f"{name}: FID {fid:.3f}, latents from {latents.min():.2f}, mean cosine {cosine:.2f}")
    assert (float(latents.min()) >= 0) == (latent == "unit"), "this has changed"
assert seen["normal"][0] < 0.01 and seen["normal"][1] < 0.01, "the right side has changed"
assert seen["unit"][0] > 1 and seen["unit"][1] > 0.7, "this has changed"

conditional = measured("unit", 10, fid=True, input2=Sphere())
print("unit, conditional:", conditional)
assert "numpy" in conditional and "'int'" in conditional, "this has changed"
length = measured("normal", ppl=True, ppl_sample_similarity="squared")
print("path length:", length)
assert "interpolation" in length, "this has changed"
PY
