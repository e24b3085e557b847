"""Tests the numbers that tell a wash of colour, clipped values and a fine pattern, on pictures made so."""

import numpy as np
import pytest

from ganlib.metrics.appearance import power_spectrum
from ganlib.metrics.artefacts import Artefacts, pattern

RNG = np.random.default_rng(0)
SIDE = 32
ROWS, COLUMNS = np.indices((SIDE, SIDE))


def pictures(num, seed, channels=3):
    """Smooth pictures: random colours on a grid of 4, interpolated, with a little noise."""
    rng = np.random.default_rng(seed)
    coarse = rng.normal(128, 30, (num, channels, 5, 5))
    share = np.linspace(0, 4, SIDE, endpoint=False)
    low, part = share.astype(int), share % 1
    rows = coarse[:, :, low] * (1 - part)[:, None] + coarse[:, :, low + 1] * part[:, None]
    smooth = rows[..., low] * (1 - part) + rows[..., low + 1] * part
    return bytes_of(smooth + rng.normal(0, 2, smooth.shape))


def bytes_of(values):
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def artefacts():
    return Artefacts(pictures(1200, 1))


def test_real_pictures_have_none(artefacts):
    found = artefacts.of(pictures(128, 2))
    assert found["clipped"] == pytest.approx(0, abs=0.005) and found["pattern"] == 0 and found["wash"] < 0.06


@pytest.mark.parametrize(
    ("wave", "strength"),
    [
        (8 * np.cos(2 * np.pi * COLUMNS / 4), 8 / 2**0.5),  # root mean square of a sinusoid
        (8 * np.cos(2 * np.pi * (ROWS + COLUMNS) / 4), 8 / 2**0.5),
        (5.0 * (-1.0) ** (ROWS + COLUMNS), 5),
        (5.0 * (-1.0) ** COLUMNS, 5),
    ],
    ids=["stripes", "diagonal", "checkerboard", "columns"],
)
def test_the_strength_of_a_pattern(artefacts, wave, strength):
    assert artefacts.of(bytes_of(pictures(128, 2) + wave))["pattern"] == pytest.approx(strength, rel=0.05)


def test_blur_noise_and_coarse_waves_are_no_pattern(artefacts):
    usual = pictures(128, 2).astype(float)
    blurred = (usual + np.roll(usual, 1, 2) + np.roll(usual, 1, 3) + np.roll(usual, (1, 1), (2, 3))) / 4
    for images in (blurred, usual + RNG.normal(0, 20, usual.shape), usual + 10 * np.cos(2 * np.pi * COLUMNS / 16)):
        assert artefacts.of(bytes_of(images))["pattern"] == 0


def test_a_pattern_of_real_pictures_is_none():
    real = bytes_of(pictures(1200, 1) + 8 * np.cos(2 * np.pi * COLUMNS / 4))
    assert Artefacts(real).of(real[:128])["pattern"] == 0
    assert pattern(power_spectrum(real), power_spectrum(real)) == 0


def test_a_wash_of_colour_on_some_pictures(artefacts):
    images = pictures(128, 2)
    images[:40] = bytes_of(images[:40] * 0.4 + 0.6 * np.array([255, 0, 0])[:, None, None])
    assert artefacts.of(images)["wash"] == pytest.approx(40 / 128, abs=0.06)


def test_overdriven_contrast_is_clipped(artefacts):
    assert artefacts.of(bytes_of((pictures(128, 2) - 128.0) * 5 + 128))["clipped"] > 0.1


def test_grey_pictures_have_no_colour_and_few_have_nothing():
    grey = pictures(200, 1, channels=1)
    assert Artefacts(grey).of(grey[:128]).keys() == {"clipped", "pattern"}
    assert Artefacts(grey[:4]).of(grey[:4]) == {}
    alike = np.repeat(grey.repeat(3, 1)[:1], 50, 0)  # colours without any spread
    assert Artefacts(alike).of(alike)["wash"] == 0


def test_colour_under_transparency_does_not_count():
    shown = pictures(200, 1)
    clear = np.concatenate([shown, np.zeros_like(shown[:, :1])], 1)
    other = clear.copy()
    other[:, :3] = 255 - other[:, :3]
    assert Artefacts(clear).of(other) == {"clipped": 0, "pattern": 0, "wash": 0}
