"""Three ratios of a few samples to real pictures that indicate the health of a training, cheap enough for every log line.

All are ratios of distances in grey levels (root mean square over pixels), and near 1 for samples that are like real pictures.
"""

import numpy as np

from ganlib.metrics.memorisation import nearest

SAMPLES = 128  # pictures that are compared; fewer if the set holds fewer
REFERENCE = 1_000  # training pictures that are searched for the nearest
FEWEST = 8  # pictures that the ratios need
LEAST = 1.0  # grey levels; real pictures nearer to each other are copies, and give no ratio


class Vitals:
    """Compares samples of one training with its real pictures.

    Args:
        training: uint8 (N, C, H, W).
        flip: training uses mirrored images too, so that a mirrored match counts.
    """

    def __init__(self, training: np.ndarray, flip: bool = False):
        chosen = np.random.default_rng(0).permutation(len(training))[:REFERENCE]
        self._reference, self._flip = np.asarray(training[chosen]), flip
        self.num = min(SAMPLES, len(chosen))
        self._real = self._distances(self._reference[: self.num], itself=True) if self.num >= FEWEST else {}

    def of(self, samples: np.ndarray) -> dict[str, float]:
        """Returns ratios of `num` samples, uint8 (N, C, H, W), to as many real pictures:

        `diversity`: of the mean distance between two; 0 if all are the same picture.
        `apart`: of the median distance to the nearest other; near 0 for repeats of a few pictures, however different.
        `nearest`: of the median distance to the nearest training picture; near 0 for copies of training pictures.

        Ratios are left out where real pictures are too few or copies of each other.
        """
        comparable = {name: value for name, value in self._real.items() if value >= LEAST}
        found = self._distances(samples, itself=False) if comparable else {}
        return {name: found[name] / value for name, value in comparable.items()}

    def _distances(self, images: np.ndarray, itself: bool) -> dict[str, float]:
        """`itself`: the images are part of the reference, so that the nearest is the image itself."""
        among, _ = nearest(images, images, len(images))
        near, _ = nearest(images, self._reference, 2 if itself else 1, self._flip)
        return {
            "diversity": float(among[:, 1:].mean()),
            "apart": float(np.median(among[:, 1])),
            "nearest": float(np.median(near[:, -1])),
        }
