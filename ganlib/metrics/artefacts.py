"""Three numbers of a few samples that tell faults of a whole training's pictures, cheap enough for every log line.

A wash of colour, clipped values and a fine periodic pattern, each relative to the training's real pictures; near 0 without.
"""

import numpy as np

from ganlib.metrics.appearance import LEAST_POWER, clipped, power_spectrum, radii
from ganlib.metrics.vitals import FEWEST, REFERENCE
from ganlib.pictures import premultiplied

USUAL = 0.99  # of the real pictures' overall colours are usual
TRANSFORMED = 256  # real pictures whose spectrum is computed as a training begins
FINE = 0.2  # cycles per pixel, at least, of a fine pattern: periods of up to 5 pixels
ROUNDING = 1.0  # grey levels; overall colours nearer to each other are not told apart


class Artefacts:
    """Compares samples of one training with its real pictures.

    Args:
        training: uint8 (N, C, H, W).
    """

    def __init__(self, training: np.ndarray):
        chosen = np.random.default_rng(0).permutation(len(training))[:REFERENCE]
        real = premultiplied(np.asarray(training[chosen]))
        self._enough = len(real) >= FEWEST
        if not self._enough:
            return
        self._clipped, self._power = clipped(real), power_spectrum(real[:TRANSFORMED])
        colours = _overall(real)
        self._mean = colours.mean(0)
        spread = (colours - self._mean).T @ (colours - self._mean) / len(colours)
        self._inverse = np.linalg.inv(spread + ROUNDING**2 * np.eye(len(spread)))
        self._usual = np.quantile(self._unusual(colours), USUAL)

    def of(self, samples: np.ndarray) -> dict[str, float]:
        """Returns three numbers of `samples`, uint8 (N, C, H, W); none where real pictures are too few.

        `clipped`: the share of values that are 0 or 255, less that of real pictures.
        `wash`: the share of pictures whose overall colour is further from the mean than those of 99 % of the real ones
        (Mahalanobis distance); not of grey pictures.
        `pattern`: the strength of a fine periodic pattern, see `pattern`.
        """
        if not self._enough:
            return {}
        samples = premultiplied(samples)
        found = {"clipped": clipped(samples) - self._clipped, "pattern": pattern(power_spectrum(samples), self._power)}
        if len(self._mean) > 1:
            found["wash"] = float((self._unusual(_overall(samples)) > self._usual).mean())
        return found

    def _unusual(self, colours: np.ndarray) -> np.ndarray:
        away = colours - self._mean
        return np.sqrt(np.einsum("ni,ij,nj->n", away, self._inverse, away))


def _overall(images: np.ndarray) -> np.ndarray:
    """Returns the mean colour of each picture, without alpha, in grey levels: float64 (N, 1 or 3)."""
    return images[:, :3].mean((2, 3), dtype=np.float64)


def pattern(power: np.ndarray, real: np.ndarray) -> float:
    """Returns the strength, in grey levels (root mean square), of the strongest fine periodic pattern that real pictures lack.

    A pattern is a fine frequency, with its neighbours, that has over twice the power that is expected there: the real pictures'
    times the median ratio of both at the radius and its two neighbours, or the median power there if that is more, so that
    neither blur nor noise counts. 0 without any.

    Args:
        power, real: power spectra of generated and of real pictures (`appearance.power_spectrum`), (H, W).
    """
    height, width = power.shape
    rings = radii(height, width)
    ratio = (power + LEAST_POWER) / (real + LEAST_POWER)
    usual_ratio, usual_power = (
        np.array([np.median(values[abs(rings - ring) <= 1]) for ring in range(rings.max() + 1)])[rings]
        for values in (ratio, power)
    )
    expected = _around(np.maximum(real * usual_ratio, usual_power))
    excess = _around(power) - expected
    found = np.where((rings >= FINE * min(height, width)) & (excess > expected), excess, 0)
    row, column = np.unravel_index(found.argmax(), found.shape)
    apart = [min(2 * place % side, -2 * place % side) for place, side in ((row, height), (column, width))]
    frequencies = 1 if max(apart) <= 2 else 2  # the pattern's frequency of the other sign is among the neighbours, or is not
    return float(np.sqrt(frequencies * found[row, column] / power.size))


def _around(power: np.ndarray) -> np.ndarray:
    """Returns the sum over each frequency and its eight neighbours."""
    return np.sum([np.roll(power, (down, across), (0, 1)) for down in (-1, 0, 1) for across in (-1, 0, 1)], 0)
