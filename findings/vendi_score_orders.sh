#!/usr/bin/env bash
# vendi-score 0.0.3, of samples' diversity: `score_X(X, q=...)` computes order 1 whatever q is; and at small orders (the paper on
# them, arXiv:2310.12952, uses q = 0.1) `score_K` and `score_dual` count rounding errors as samples, since an eigenvalue of 1e-17
# to the power of 0.1 is 0.02. Expected: the Rényi entropy's exponential of order q, here in closed form, and 1 for copies of one
# picture, "the effective number of unique elements".
#
# Seen, of 16 pictures of four kinds, 8, 4, 2 and 2 of each:
#   q = 0.5: exactly 3.664, score_K 3.664, score_dual 3.664, score_X 3.364
#   q = 1: exactly 3.364, score_K 3.364, score_dual 3.364, score_X 3.364
#   q = 2: exactly 2.909, score_K 2.909, score_dual 2.909, score_X 3.364
# and of 1000 copies of one picture with q = 0.1, exactly 1 (the digits vary with the machine's linear algebra):
#   score_K 13.0, score_dual 1.9
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check \
    vendi-score==0.0.3 numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
"$place/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from vendi_score import vendi

kinds = np.repeat(np.eye(4), [8, 4, 2, 2], axis=0)
shares = np.array([8, 4, 2, 2]) / 16
for order in (0.5, 1, 2):
    if order == 1:
        right = np.exp(-(shares * np.log(shares)).sum())
    else:
        right = (shares**order).sum() ** (1 / (1 - order))
    seen = vendi.score_K(kinds @ kinds.T, q=order), vendi.score_dual(kinds, q=order), vendi.score_X(kinds, q=order)
    print(f"q = {order}: exactly {right:.3f}, score_K {seen[0]:.3f}, score_dual {seen[1]:.3f}, score_X {seen[2]:.3f}")
    assert np.allclose(seen[:2], right, atol=1e-3), "the right side has changed"
    assert np.isclose(seen[2], right) == (order == 1), "this has changed"

picture = np.random.default_rng(0).standard_normal((1, 64))
copies = (picture / np.linalg.norm(picture)).repeat(1000, axis=0)
rounded = vendi.score_K(copies @ copies.T, q=0.1), vendi.score_dual(copies, q=0.1)
print(f"1000 copies, q = 0.1: exactly 1, score_K {rounded[0]:.1f}, score_dual {rounded[1]:.1f}")
assert rounded[0] > 3 and rounded[1] > 1.2, "this has changed"
PY
