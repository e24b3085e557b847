"""Measures of sample quality: functions of uint8 images (N, C, S, S) that know nothing of runs.

All but those of `inception.py` work without a download; its `PROTOCOL` is told with every figure.
"""

from ganlib.metrics.digits import class_balance, judge_digits
from ganlib.metrics.distances import frechet_distance, least_apart, sliced_wasserstein
from ganlib.metrics.diversity import diversity
from ganlib.metrics.memorisation import memorisation, nearest

PROTOCOL = "Inception v3 (TensorFlow 2015 weights), bilinear to 299 px without antialiasing, by torch-fidelity"

__all__ = [
    "PROTOCOL",
    "class_balance",
    "diversity",
    "frechet_distance",
    "judge_digits",
    "least_apart",
    "memorisation",
    "nearest",
    "sliced_wasserstein",
]
