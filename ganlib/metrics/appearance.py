"""Plain measures of how pictures look as a whole: colour, saturation, clipped values and the radial power spectrum."""

import numpy as np
import torch

CHANNELS = {1: ("grey",), 3: ("red", "green", "blue"), 4: ("red", "green", "blue", "alpha")}  # names, by their number
BATCH = 256  # pictures whose Fourier transforms are held at a time
LEAST_POWER = 1e-2  # squared grey levels; rounding to whole grey levels makes 1/12


def mean_colour(images: np.ndarray) -> np.ndarray:
    """Returns the mean of each channel of uint8 images (N, C, H, W), in grey levels: float64 (C,)."""
    return images.mean((0, 2, 3), dtype=np.float64)


def saturation(images: np.ndarray) -> float:
    """Returns the mean difference of a pixel's largest and smallest of red, green and blue, of 255: 0 for grey, 1 for pure
    colours. (The chroma of HSV: its saturation, weighted by brightness, since nobody sees the colour of black.)

    images: uint8 (N, C, H, W).
    """
    colour = images[:, :3]
    return float((colour.max(1) - colour.min(1)).mean(dtype=np.float64) / 255)


def clipped(images: np.ndarray) -> float:
    """Returns the share of values of uint8 images that are 0 or 255."""
    return float(((images == 0) | (images == 255)).mean())


def power_spectrum(images: np.ndarray) -> np.ndarray:
    """Returns the mean over images and channels of |F|^2 / (H W), F the discrete Fourier transform: float64 (H, W).

    In squared grey levels; the mean over all frequencies is the mean square of the pixels (Parseval). `images`: (N, C, H, W).
    """
    height, width = images.shape[2:]
    total = np.zeros((height, width // 2 + 1))
    for start in range(0, len(images), BATCH):
        some = torch.from_numpy(images[start : start + BATCH].astype(np.float64))
        total += torch.view_as_real(torch.fft.rfft2(some)).square().sum((0, 1, 4)).numpy()
    half = total / (len(images) * images.shape[1] * height * width)
    rows, columns = -np.arange(height) % height, -np.arange(width // 2 + 1, width) % width
    return np.concatenate([half, half[rows][:, columns]], 1)  # real pictures: P(-f) = P(f)


def radii(height: int, width: int) -> np.ndarray:
    """Returns the frequency of each value of `power_spectrum`, in cycles along the shorter side, rounded: int (H, W)."""
    down, across = np.meshgrid(np.fft.fftfreq(height), np.fft.fftfreq(width), indexing="ij")
    return np.rint(np.hypot(down, across) * min(height, width)).astype(int)


def radial_spectrum(power: np.ndarray) -> np.ndarray:
    """Returns the mean of a `power_spectrum` at each radius, from 0 to the corners: float64 (R,).

    Durall et al. 2020 (arXiv:2003.01826), section 3.2, with a mean in place of their integral.
    """
    where = radii(*power.shape).ravel()
    return np.bincount(where, power.ravel()) / np.bincount(where)


def spectral_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Returns the root mean square difference of the radial power spectra of two sets of images (N, C, H, W), in decibels:
    10 log10 of the ratio of powers, over all radii but 0, the mean brightness. Powers below that of rounding count as equal.
    """
    levels = [10 * np.log10(radial_spectrum(power_spectrum(images))[1:] + LEAST_POWER) for images in (a, b)]
    return float(np.sqrt(np.square(levels[0] - levels[1]).mean()))
