"""Three ratios of a few samples to real pictures that tell a training's health, cheap enough for every line of the history.

All by distances in grey levels (root mean square over pixels), and near 1 where samples behave as real pictures do.
"""

import numpy as np

from ganlib.metrics.memorisation import nearest

SAMPLES = 128  # pictures that are compared, fewer where the set holds fewer
REFERENCE = 1_000  # training pictures among which the nearest is looked for
FEWEST = 8  # pictures of which something can be said
LEAST = 1.0  # grey levels: real pictures nearer to each other than this are copies, to which nothing can be compared


class Vitals:
    """What the samples of one training are held against.

    Args:
        training: uint8 (N, C, S, S).
        flip: training sees mirrored images too, so that a mirrored match counts.
    """

    def __init__(self, training: np.ndarray, flip: bool = False):
        chosen = np.random.default_rng(0).permutation(len(training))[:REFERENCE]
        self._reference, self._flip = np.asarray(training[chosen]), flip
        self.num = min(SAMPLES, len(chosen))
        self._real = self._distances(self._reference[: self.num], itself=True) if self.num >= FEWEST else {}

    def of(self, samples: np.ndarray) -> dict[str, float]:
        """Of `num` samples, uint8 (N, C, S, S), over the same of as many real pictures:

        `diversity`: the mean distance of two of them; 0 where all are one picture.
        `apart`: the median distance of one to its nearest other; near 0 where there are few pictures, however different.
        `nearest`: the median distance to the nearest training picture; near 0 where samples are training pictures.

        What can't be compared, because real pictures are few or copies of each other, is left out.
        """
        comparable = {name: value for name, value in self._real.items() if value >= LEAST}
        found = self._distances(samples, itself=False) if comparable else {}
        return {name: found[name] / value for name, value in comparable.items()}

    def _distances(self, images: np.ndarray, itself: bool) -> dict[str, float]:
        """`itself`: the images are of the reference, where the nearest is the image itself."""
        among, _ = nearest(images, images, len(images))
        near, _ = nearest(images, self._reference, 2 if itself else 1, self._flip)
        return {
            "diversity": float(among[:, 1:].mean()),
            "apart": float(np.median(among[:, 1])),
            "nearest": float(np.median(near[:, -1])),
        }
