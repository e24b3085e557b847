#!/usr/bin/env bash
# torchmetrics 1.9.0, MemorizationInformedFrechetInceptionDistance (MiFID): the memorisation distance is averaged over the real
# samples, each to its nearest generated one. Expected: over the generated samples, each to its nearest training sample, as in the
# paper that its page links (Bai et al. 2021, arXiv:2106.03062) and in the competition it is from ("the minimum cosine distance of
# all training samples, averaged across all generated samples"). So a generator that only repeats a tenth of the training samples
# is not penalised at all, and one that is nine tenths new is, for having met them all.
#
# Needs some 6 GB of room for PyTorch.
#
# Seen (500 training samples, 16 features; M is recomputed by numpy):
#   copies of 50 training samples: FID 1.45, MiFID 1.45, by the paper's M 1.46e+14
#   all 500 and 4500 new ones: FID 0.15, MiFID 1.51e+13, by the paper's M 0.151
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check torchmetrics==1.9.0 torch==2.14.1 numpy==2.4.6
"$place/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import torch
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.mifid import MemorizationInformedFrechetInceptionDistance


class Plain(torch.nn.Module):
    """The samples are their own features."""

    num_features = 16

    def forward(self, samples):
        return samples


def measured(metric, real, fake):
    metric.update(torch.from_numpy(real), real=True)
    metric.update(torch.from_numpy(fake), real=False)
    return float(metric.compute())


def nearest(samples, others, threshold=0.1):
    """M: the mean over `samples` of the least 1 - |cos| to `others`, 1 above the threshold; plus the package's 1e-14."""
    samples, others = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (samples, others))
    mean = (1 - np.abs(samples @ others.T)).min(1).mean()
    return (mean if mean < threshold else 1) + 1e-14


rng = np.random.default_rng(0)
real = rng.standard_normal((500, 16))
generators = {
    "copies of 50 training samples": np.tile(real[:50], (10, 1)),
    "all 500 and 4500 new ones": np.concatenate([real, rng.standard_normal((4500, 16))]),
}
for name, fake in generators.items():
    fid = measured(FrechetInceptionDistance(Plain()), real, fake)
    mifid = measured(MemorizationInformedFrechetInceptionDistance(Plain()), real, fake)
    paper = fid / nearest(fake, real)
    print(f"{name}: FID {fid:.2f}, MiFID {mifid:.3g}, by the paper's M {paper:.3g}")
    memorised = name.startswith("copies")
    assert (paper > 1e9) == memorised, "the right side has changed"
    assert (mifid > 1e9) != memorised, "this has changed"
    if memorised:
        assert np.isclose(mifid, fid / nearest(real, fake)), "this has changed"
PY
