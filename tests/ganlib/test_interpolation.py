"""Tests lines, arcs and paths between latents against closed forms in float64."""

import numpy as np
import pytest

from ganlib import latents

T = np.linspace(0, 1, 33)
E = np.eye(5, dtype=np.float32)


def pair(seed=0, dim=64):
    return latents.sample(2, dim, seed)


def length(z):
    return np.linalg.norm(z.astype(np.float64), axis=-1)


def turned(degrees, dim=6):
    """Returns two latents of length 3, `degrees` apart in a plane that contains no axis."""
    axes = np.linalg.qr(np.random.default_rng(1).normal(size=(dim, 2)))[0].T
    w = np.radians(degrees)
    return (3 * axes[0]).astype(np.float32), (3 * (np.cos(w) * axes[0] + np.sin(w) * axes[1])).astype(np.float32)


def test_lerp_is_the_straight_line():
    a, b = pair()
    expected = a.astype(float) + T[:, None] * (b.astype(float) - a)
    assert np.allclose(latents.lerp(a, b, T), expected, atol=1e-6)


def test_slerp_is_shoemakes():
    a, b = pair()
    cosine = a.astype(float) @ b / length(a) / length(b)
    w = np.arccos(cosine)
    expected = (np.sin((1 - T) * w)[:, None] * a + np.sin(T * w)[:, None] * b) / np.sin(w)
    assert np.allclose(latents.slerp(a, b, T), expected, atol=1e-6)


@pytest.mark.parametrize("between", [latents.lerp, latents.slerp])
@pytest.mark.parametrize("degrees", [0, 1e-3, 45, 90, 179, 180])
def test_ends_are_exact_and_float32(between, degrees):
    a, b = turned(degrees)
    z = between(a, 2 * b, T)
    assert z.dtype == np.float32 and z.shape == (33, 6)
    assert np.array_equal(z[0], a) and np.array_equal(z[-1], 2 * b)
    assert np.array_equal(between(a, 2 * b, 0.25), z[8])  # a scalar t returns one latent


@pytest.mark.parametrize("degrees", [1e-3, 1, 45, 90, 135, 179, 179.9, 180])
def test_slerp_stays_on_the_sphere_at_constant_speed(degrees):
    z = latents.slerp(*turned(degrees), T).astype(np.float64)
    assert length(z) == pytest.approx(3, abs=1e-5)
    steps = length(np.diff(z, axis=0))
    assert steps == pytest.approx(2 * 3 * np.sin(np.radians(degrees) / 32 / 2), abs=2e-6)


def test_slerp_at_90_degrees_is_a_quarter_circle():
    assert np.allclose(
        latents.slerp(E[0], E[1], T), np.outer(np.cos(T * np.pi / 2), E[0]) + np.outer(np.sin(T * np.pi / 2), E[1])
    )


def test_slerp_at_0_degrees_is_the_straight_line():
    a, b = pair()
    assert np.array_equal(latents.slerp(a, a, T), np.tile(a, (33, 1)))
    assert np.array_equal(latents.slerp(a, 3 * a, T), latents.lerp(a, 3 * a, T))
    assert np.array_equal(latents.slerp(0 * a, b, T), latents.lerp(0 * a, b, T))


@pytest.mark.parametrize("dim", [2, 3, 5, 64])
def test_slerp_at_180_degrees_goes_round(dim):
    a = latents.sample(1, dim, 3)[0]
    z = latents.slerp(a, -2 * a, T)
    assert np.array_equal(z, latents.slerp(a, -2 * a, T))
    assert length(z[16]) == pytest.approx(1.5 * length(a), rel=1e-6)
    assert z[16].astype(float) @ a == pytest.approx(0, abs=1e-5)
    assert np.allclose(z[::-1], latents.slerp(-2 * a, a, T), atol=1e-6)  # the same path reversed


def test_slerp_at_180_degrees_of_an_unpaired_axis_and_of_one_dimension():
    assert np.allclose(length(latents.slerp(E[4], -E[4], T)), 1)
    one = np.ones(1, np.float32)
    assert np.array_equal(latents.slerp(one, -one, T), latents.lerp(one, -one, T))


@pytest.mark.parametrize("mode", ["slerp", "lerp"])
@pytest.mark.parametrize("num", [1, 2, 3, 8])
def test_a_closed_path_meets_every_key_and_does_not_repeat_the_first(mode, num):
    keys = latents.sample(num, 16, 0)
    z = latents.path(keys, 12 * num, mode)
    assert z.shape == (12 * num, 16) and z.dtype == np.float32
    assert np.array_equal(z[::12], keys)
    after = latents.INTERPOLATIONS[mode](keys[-1], keys[0], 11 / 12)
    assert np.allclose(z[-1], after, atol=1e-6)
    assert num == 1 or not np.allclose(z[-1], z[0], atol=0.1)


@pytest.mark.parametrize("mode", ["slerp", "lerp"])
@pytest.mark.parametrize("num", [1, 2, 3, 8])
def test_an_open_path_ends_on_the_last_key(mode, num):
    keys = latents.sample(num, 16, 0)
    z = latents.path(keys, 12 * (num - 1) + 1, mode, closed=False)
    assert np.array_equal(z[::12], keys)
    for frames in (1, 2, 7, 50):
        z = latents.path(keys, frames, mode, closed=False)
        assert len(z) == frames and np.array_equal(z[0], keys[0])
        assert frames == 1 or np.array_equal(z[-1], keys[-1])


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("frames", [1, 2, 5, 47])
def test_frames_are_equally_far_apart_in_time(closed, frames):
    """Between equally spaced keys on a line, lerp is linear in time."""
    keys = np.arange(4, dtype=np.float32)[:, None] * np.ones((1, 3), np.float32)
    place = np.arange(frames) * (4 / frames if closed else 3 / max(frames - 1, 1))
    expected = np.where(place <= 3, place, 3 * (4 - place))  # from the last key back to the first
    assert np.allclose(latents.path(keys, frames, "lerp", closed)[:, 0], expected, atol=1e-5)


def test_path_labels_are_the_nearest_keys():
    labels = np.array([3, 5, 7])
    assert latents.path_labels(labels, 9).tolist() == [3, 3, 5, 5, 5, 7, 7, 7, 3]
    assert latents.path_labels(labels, 9, closed=False).tolist() == [3, 3, 5, 5, 5, 5, 7, 7, 7]
    assert latents.path_labels(labels[:1], 4).tolist() == [3] * 4
    assert latents.path_labels(labels, 1, closed=False).tolist() == [3]


def test_unknown_mode():
    with pytest.raises(ValueError, match="slerp, lerp"):
        latents.path(latents.sample(2, 4, 0), 5, "cubic")
