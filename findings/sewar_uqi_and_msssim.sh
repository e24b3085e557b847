#!/usr/bin/env bash
# sewar 0.4.10 (measures of pictures' quality, often quoted for picture-to-picture networks). `uqi`, the universal image quality
# index, puts means over a window where its formula has sums: for the covariance E[xy] - E[x] E[y] it takes n E[xy] - E[x] E[y],
# with the window's n = 64 pixels, and the variances likewise, so that it hardly looks at the structure that it is made to
# compare. Expected: 4 cov(x, y) mean(x) mean(y) / ((var(x) + var(y)) (mean(x)^2 + mean(y)^2)) of each window (Wang and Bovik
# 2002), near 0 for unrelated noise and near -1 for a picture and its negative.
#
# `msssim` of a colour picture halves its channels with them: the filter before each halving is 2 pixels high, 2 wide and 2
# channels deep, so that red leaks into green and green into blue, and the coarse scales see little but red. Expected: that it
# does not matter in which channel of a grey picture the same disturbance lies, as in `ssim`, the mean over the channels.
#
# Seen, of uqi (by the formula), 64 x 64 pixels of mean 128:
#   noise of deviation 5: another noise 0.998 (-0.004), its negative 0.997 (-1.000)
#   noise of deviation 20: another noise 0.976 (-0.004), its negative 0.952 (-0.999)
#   noise of deviation 40: another noise 0.910 (0.011), its negative 0.820 (-0.997)
# and of a grey picture as a colour one, disturbed in one channel:
#   red: ssim 0.9008, msssim 0.7611; green: ssim 0.9008, msssim 0.9525; blue: ssim 0.9008, msssim 0.9830
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check sewar==0.4.10 scipy==1.17.1 pillow==12.3.0 numpy==2.4.6
cd "$place"
venv/bin/python - <<'PY'
from importlib.metadata import version

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import gaussian_filter
from sewar.full_ref import msssim, ssim, uqi

print("sewar", version("sewar"))
rng = np.random.default_rng(0)


def by_the_formula(first, second, side=8):
    """The index's mean over all windows, of grey pictures."""
    x, y = (sliding_window_view(one.astype(float), (side, side)).reshape(-1, side * side) for one in (first, second))
    m, n = x.mean(1), y.mean(1)
    shared = ((x - m[:, None]) * (y - n[:, None])).mean(1)
    return (4 * shared * m * n / ((x.var(1) + y.var(1)) * (m**2 + n**2))).mean()


def noise(deviation):
    return rng.normal(128, deviation, (64, 64)).round().clip(1, 255).astype(np.uint8)


for deviation in (5, 20, 40):
    picture, other = noise(deviation), noise(deviation)
    negative = (256 - picture.astype(int)).astype(np.uint8)
    assert abs(uqi(picture, picture) - 1) < 1e-9 and abs(by_the_formula(picture, picture) - 1) < 1e-9
    seen = [uqi(picture, one) for one in (other, negative)]
    right = [by_the_formula(picture, one) for one in (other, negative)]
    another, turned = (f"{one:.3f} ({other:.3f})" for one, other in zip(seen, right))
    print(f"noise of deviation {deviation}: another noise {another}, its negative {turned}")
    assert abs(right[0]) < 0.05 and right[1] < -0.99, "the formula's side has changed"
    assert min(seen) > 0.8, "this has changed"


def smooth(size, deviation):
    field = gaussian_filter(rng.normal(0, 1, (256, 256)), size)
    return field / field.std() * deviation


grey, disturbance, scores = 128 + smooth(2, 40), smooth(3, 40), []
for channel, name in enumerate(("red", "green", "blue")):
    picture = np.dstack([grey] * 3)
    disturbed = picture.copy()
    disturbed[..., channel] += disturbance
    picture, disturbed = (one.round().clip(0, 255).astype(np.uint8) for one in (picture, disturbed))
    scores.append((ssim(picture, disturbed)[0], msssim(picture, disturbed)))
    print(f"{name}: ssim {scores[-1][0]:.4f}, msssim {scores[-1][1]:.4f}")
alone, together = zip(*scores)
assert max(alone) - min(alone) < 1e-9, "ssim's side has changed"
assert together[0] + 0.1 < together[1] < together[2] - 0.02, "this has changed"
PY
