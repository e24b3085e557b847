"""Tests the plain measures of colour and spectrum against closed forms."""

import numpy as np
import pytest

from ganlib.metrics.appearance import (
    clipped,
    mean_colour,
    power_spectrum,
    radial_spectrum,
    radii,
    saturation,
    spectral_distance,
)

RNG = np.random.default_rng(0)


def wave(down, across, height=32, width=32, amplitude=3.0):
    """A sinusoid with `down` and `across` cycles in the picture: float64 (1, 1, H, W)."""
    rows, columns = np.mgrid[:height, :width]
    return amplitude * np.cos(2 * np.pi * (down * rows / height + across * columns / width))[None, None]


def test_the_colour_of_flat_pictures():
    pictures = np.broadcast_to(np.array([[10, 200, 30], [30, 100, 50]], np.uint8)[:, :, None, None], (2, 3, 4, 4))
    assert mean_colour(pictures).tolist() == [20, 150, 40]
    assert saturation(pictures) == pytest.approx((190 + 70) / 2 / 255, abs=1e-12)
    assert saturation(pictures[:, :1]) == 0  # grey
    assert saturation(np.concatenate([pictures, np.zeros_like(pictures[:, :1])], 1)) == saturation(pictures)  # alpha is none


def test_clipped_values():
    pictures = np.array([0, 255, 1, 254, 128, 0, 7, 9], np.uint8).reshape(1, 2, 2, 2)
    assert clipped(pictures) == 3 / 8


@pytest.mark.parametrize(("height", "width"), [(32, 32), (16, 24), (15, 9)])
def test_the_power_spectrum_is_that_of_the_whole_transform(height, width):
    pictures = RNG.normal(0, 50, (300, 3, height, width))
    expected = (np.abs(np.fft.fft2(pictures)) ** 2).mean((0, 1)) / (height * width)
    np.testing.assert_allclose(power_spectrum(pictures), expected, rtol=1e-10)
    assert power_spectrum(pictures).mean() == pytest.approx(np.square(pictures).mean(), rel=1e-10)  # Parseval


@pytest.mark.parametrize(("down", "across", "radius"), [(0, 5, 5), (7, 0, 7), (3, 4, 5), (6, 8, 10), (1, 1, 1), (12, 12, 17)])
def test_a_sinusoid_lies_at_its_radius(down, across, radius):
    """Of amplitude a it has a^2 / 4 H W at each of two frequencies, and nothing elsewhere."""
    found = radial_spectrum(power_spectrum(wave(down, across)))
    assert found.argmax() == radius
    assert found[radius] * (radii(32, 32) == radius).sum() == pytest.approx(2 * 3.0**2 / 4 * 32 * 32, rel=1e-12)
    assert np.delete(found, radius) == pytest.approx(0, abs=1e-20)


def test_the_radius_counts_cycles_along_the_shorter_side():
    assert radial_spectrum(power_spectrum(wave(8, 0, 32, 64))).argmax() == 8
    assert radial_spectrum(power_spectrum(wave(0, 8, 32, 64))).argmax() == 4


def test_a_checkerboard_lies_in_the_corner():
    found = radial_spectrum(power_spectrum(wave(16, 16)))
    assert found.argmax() == len(found) - 1 == round(16 * np.sqrt(2))


def test_white_noise_is_flat():
    found = radial_spectrum(power_spectrum(RNG.normal(0, 5, (2000, 1, 32, 32))))
    assert found == pytest.approx(25, rel=0.1)


def test_the_distance_of_scaled_pictures_is_their_scale_in_decibels():
    """At every radius the power is four times as high: 10 log10 4."""
    pictures = RNG.normal(0, 50, (50, 1, 16, 16))
    assert spectral_distance(2 * pictures, pictures) == pytest.approx(10 * np.log10(4), abs=1e-4)
    assert spectral_distance(pictures, pictures) == 0
    assert spectral_distance(pictures + 40, pictures) == pytest.approx(0, abs=1e-9)  # brightness is told by the mean


def test_a_fine_pattern_and_a_blur_are_seen_above_the_floor():
    real, other = RNG.integers(0, 256, (2, 500, 1, 32, 32)).astype(np.float64)
    floor = spectral_distance(other, real)
    found = [spectral_distance(bad, real) for bad in (other + wave(0, 8, amplitude=60), (other + np.roll(other, 1, 2)) / 2)]
    assert floor < 0.2 < 10 * floor < min(found)
