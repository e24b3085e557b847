#!/usr/bin/env bash
# MONAI 1.6.1 (networks for medical pictures; its losses and measures of generated ones). Of PatchAdversarialLoss the hinge loss
# is taken of tanh of the verdicts, so that it has no margin, since a verdict beyond 1 still costs and still pulls, and hardly a
# slope where the discriminator is most wrong, or the generator most clearly found out. Its documentation says that there is an
# activation "depending on the criterion", not that this one undoes the hinge. And `reduction`, "sum" or "none" there, is not
# applied: always the mean. Expected: max(0, 1 - D) for a real picture and -D for the generator (Miyato et al. 2018,
# arXiv:1802.05957, eq. (16) and (17)), summed or not, as its least-squares loss is.
#
# MMDMetric, "the similarity between two distributions", compares means alone, since its kernel is the plain product; the Gaussian
# filter that its documentation suggests as `y_mapping` is linear and changes nothing of that (of another mapping it compares the
# mapped pictures' means). A generator that always draws the average of the real pictures is as good as one that draws real ones.
# Expected: that the average is far from the four kinds of which it is the average, as by the Gaussian kernel of the paper that
# the documentation names (Gretton et al. 2012).
#
# Needs some 6 GB of room for PyTorch.
#
# Seen, cost and slope of a verdict:
#   -5.0, real picture: hinge 6.000, -1.000; MONAI 2.000, -0.000; generator: hinge 5.000, -1.000; MONAI 2.000, -0.000
#   0.5, real picture: hinge 0.500, -1.000; MONAI 0.538, -0.786; generator: hinge -0.500, -1.000; MONAI 0.538, -0.786
#   1.5, real picture: hinge 0.000, 0.000; MONAI 0.095, -0.181; generator: hinge -1.500, -1.000; MONAI 0.095, -0.181
# of 18 verdicts:
#   least_squares: sum over mean 18, "none" (2, 1, 3, 3); hinge: sum over mean 1, "none" ()
# and of 1000 pictures of four kinds, by MONAI, by MONAI with a Gaussian filter, and by a Gaussian kernel:
#   real ones again -0.006, -0.001, -0.001; their average -0.003, -0.001, 0.817; three times the contrast -0.030, -0.007, 0.511
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check monai==1.6.1 torch==2.14.1 numpy==2.4.6
"$place/venv/bin/python" -W ignore - <<'PY'
import torch
from monai.losses import PatchAdversarialLoss
from monai.metrics import MMDMetric
from monai.networks.layers import GaussianFilter


def cost_and_slope(loss, verdict):
    verdicts = torch.full((2, 1, 3, 3), verdict, requires_grad=True)
    cost = loss(verdicts)
    (slopes,) = torch.autograd.grad(cost, verdicts)
    return float(cost), float(slopes.sum())


monai = PatchAdversarialLoss(criterion="hinge")
games = {  # the paper's, and MONAI's
    "real picture": (lambda d: (1 - d).relu().mean(), lambda d: monai(d, target_is_real=True, for_discriminator=True)),
    "generator": (lambda d: -d.mean(), lambda d: monai(d, target_is_real=True, for_discriminator=False)),
}
for verdict in (-5.0, 0.5, 1.5):
    told = []
    for name, (right, seen) in games.items():
        right, seen = cost_and_slope(right, verdict), cost_and_slope(seen, verdict)
        told.append(f"{name}: hinge {right[0]:.3f}, {right[1]:.3f}; MONAI {seen[0]:.3f}, {seen[1]:.3f}")
        bent = torch.tensor(verdict).tanh()
        assert abs(seen[0] - float(1 - bent)) < 1e-5 and abs(seen[1] + float(1 - bent**2)) < 1e-5, "this has changed"
    print(f"{verdict}, " + "; ".join(told))

torch.manual_seed(0)
verdicts, ratios, shapes = torch.randn(2, 1, 3, 3), {}, {}
for criterion in ("least_squares", "hinge"):
    by = {
        reduction: PatchAdversarialLoss(reduction=reduction, criterion=criterion)(verdicts, True, True)
        for reduction in ("mean", "sum", "none")
    }
    ratios[criterion], shapes[criterion] = float(by["sum"] / by["mean"]), tuple(by["none"][0].shape)
    print(f'{criterion}: sum over mean {ratios[criterion]:.0f}, "none" {shapes[criterion]}')
assert abs(ratios["least_squares"] - 18) < 1e-4 and shapes["least_squares"] == (2, 1, 3, 3), "the right side has changed"
assert abs(ratios["hinge"] - 1) < 1e-6 and shapes["hinge"] == (), "this has changed"

kinds = torch.zeros(4, 1, 8, 8)  # a white square in one of four corners
for kind, (row, column) in zip(kinds, ((1, 1), (1, 5), (5, 1), (5, 5)), strict=True):
    kind[0, row : row + 2, column : column + 2] = 1
real = kinds.repeat(250, 1, 1, 1)
average = kinds.mean(0, keepdim=True).repeat(1000, 1, 1, 1)


def by_kernel(real, drawn):
    """The unbiased squared MMD with a Gaussian kernel of width 1."""
    real, drawn = real.flatten(1).double(), drawn.flatten(1).double()

    def kernel(one, other):
        return torch.exp(-(torch.cdist(one, other) ** 2) / 2)

    def others(sample):
        return (kernel(sample, sample).sum() - len(sample)) / (len(sample) * (len(sample) - 1))

    return float(others(real) + others(drawn) - 2 * kernel(real, drawn).mean())


filtered = MMDMetric(y_mapping=GaussianFilter(2, 1.0))
drawn = {"real ones again": real, "their average": average, "three times the contrast": average + 3 * (real - average)}
for name, pictures in drawn.items():
    plain, blurred, right = float(MMDMetric()(real, pictures)), float(filtered(real, pictures)), by_kernel(real, pictures)
    print(f"{name}: MONAI {plain:.3f}, with a Gaussian filter {blurred:.3f}, with a Gaussian kernel {right:.3f}")
    assert (right > 0.5) == (pictures is not real), "the right side has changed"
    assert plain < 0 and blurred < 0, "this has changed"
PY
