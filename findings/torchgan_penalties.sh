#!/usr/bin/env bash
# torchgan 0.1.0: WassersteinGradientPenalty and DraganGradientPenalty take one norm of the gradients of the whole batch, where
# both papers, and their formulas in its documentation, penalise the norm of each sample's gradient: a critic whose slope is 1
# everywhere costs (sqrt(N) - 1)^2 instead of nothing, and one of slope 1 / sqrt(N) is free. EBGAN's pulling-away term counts each
# sample with itself: 1 / (N - 1) for orthogonal samples instead of 0. ClassifierScore, "popularly known as the Inception Score",
# is taken over `sample_size` pictures, 1 by default, of which it is always 1. Expected: 0, 0 and, of a generator of ten classes
# that the classifier is sure of, 10.
#
# Needs some 6 GB of room for PyTorch.
#
# Seen:
#   N = 1: slope 1 costs 0.00 (WGAN-GP), 0.00 (DRAGAN), by the formula 0.00
#   N = 4: slope 1 costs 1.00 (WGAN-GP), 1.00 (DRAGAN), by the formula 0.00; pulling-away term 0.3333
#   N = 64: slope 1 costs 49.00 (WGAN-GP), 49.00 (DRAGAN), by the formula 0.00; pulling-away term 0.0159
#   classifier score of ten classes: 1.000 by default, 9.940 of 1000 pictures
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check torchgan==0.1.0 torch==2.14.1 torchvision==0.29.1 numpy==2.4.6
"$place/venv/bin/python" -W ignore - <<'PY'
import torch
from torchgan.losses import DraganGradientPenalty, WassersteinGradientPenalty
from torchgan.losses.functional import energy_based_pulling_away_term
from torchgan.metrics import ClassifierScore

torch.manual_seed(0)
slope = torch.tensor([0.6, 0.8, 0.0])
for count in (1, 4, 64):
    samples = torch.randn(count, 3, requires_grad=True)
    wasserstein, dragan = (
        float(penalty()(samples, samples @ slope)) for penalty in (WassersteinGradientPenalty, DraganGradientPenalty)
    )
    (gradients,) = torch.autograd.grad((samples @ slope).sum(), samples)
    right = float(((gradients.norm(dim=1) - 1) ** 2).mean())
    pulling = float(energy_based_pulling_away_term(torch.eye(64)[:count])) if count > 1 else None
    print(f"N = {count}: slope 1 costs {wasserstein:.2f} (WGAN-GP), {dragan:.2f} (DRAGAN), by the formula {right:.2f}", end="")
    print(f"; pulling-away term {pulling:.4f}" if pulling else "")
    assert right < 1e-9, "the right side has changed"
    assert abs(wasserstein - (count**0.5 - 1) ** 2) < 1e-3 and abs(dragan - wasserstein) < 1e-6, "this has changed"
    assert pulling is None or abs(pulling - 1 / (count - 1)) < 1e-6, "this has changed"


class OfTenClasses(torch.nn.Module):
    encoding_dims = 10

    def forward(self, noise):
        return 100.0 * torch.nn.functional.one_hot(noise.argmax(1), 10)


scores = {
    name: float(ClassifierScore(torch.nn.Identity(), **size).metric_ops(OfTenClasses(), "cpu"))
    for name, size in {"default": {}, "many": {"sample_size": 1000}}.items()
}
print(f"classifier score of ten classes: {scores['default']:.3f} by default, {scores['many']:.3f} of 1000 pictures")
assert scores["default"] == 1 and scores["many"] > 9.8, "this has changed"
PY
