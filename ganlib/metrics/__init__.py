"""Measures of sample quality: functions of uint8 images (N, C, H, W), independent of runs.

All but `inception.py` work without a download. `measures.py` is the table of the measures of a run.
"""

from ganlib.metrics.digits import class_balance, judge_digits
from ganlib.metrics.distances import frechet_distance, least_apart, sliced_wasserstein
from ganlib.metrics.diversity import diversity
from ganlib.metrics.memorisation import memorisation, nearest

__all__ = [
    "class_balance",
    "diversity",
    "frechet_distance",
    "judge_digits",
    "least_apart",
    "memorisation",
    "nearest",
    "sliced_wasserstein",
]
