"""Tests named directions in closed form, and that each offered one moves its own measure on the shipped digits."""

from pathlib import Path

import numpy as np
import pytest

from ganlib import UserError, latents, scoring
from ganlib.directions.measuring import of_snapshot
from ganlib.inspection.attributes import Pictures, colours, looks, measured, regions
from ganlib.inspection.named_directions import LEAST_R2, regress
from ganlib.runs.run import Run
from ganlib.sampling import draw, labels_for

MNIST = Path(__file__).parents[3] / "checkpoints" / "mnist"
DIM, NUM, FRESH = 6, 3000, 2000
A = np.array([3.0, 0, 4, 0, 0, 0])
B = np.array([0, 1.0, 1, 0, 0, 0])


@pytest.fixture(scope="module")
def z():
    return np.random.default_rng(0).standard_normal((NUM + FRESH, DIM))


@pytest.fixture(scope="module")
def linear(z):
    """Attributes that are linear in z: a without noise, b with as much noise as signal, c not explained at all."""
    noise = np.random.default_rng(1).standard_normal((2, len(z)))
    return regress(z, {"a": 7 + z @ A, "b": z @ B + np.sqrt(2) * noise[0], "c": noise[1], "d": np.ones(len(z))}, None, NUM)


def test_the_direction_of_a_linear_attribute_is_its_gradient(linear):
    assert linear.names == ("a", "b", "c")  # what doesn't vary has no direction
    assert linear.direction("a") == pytest.approx(A / 5, abs=0.03)  # a sample's deviation scales, and doesn't turn
    assert linear.direction("a") @ A / 5 == pytest.approx(1, abs=1e-12)
    assert linear.r2 == pytest.approx([1, 0.5, 0], abs=0.05)
    assert linear.offered == ("a", "b")


def test_what_a_step_moves(linear):
    """A step along a raises it by all its deviation, and b by A.B / |A| over b's deviation, 2."""
    effects = linear.effects(linear.direction("a"))
    assert effects == pytest.approx({"a": 1, "b": 4 / 5 / 2, "c": 0}, abs=0.06)
    assert linear.correlations()[0, 1] == pytest.approx(A @ B / 5 / np.sqrt(2), abs=0.05)
    assert np.diag(linear.correlations()) == pytest.approx(1)


def test_kept_attributes_are_not_moved(linear):
    step = linear.direction("a", keep=["b", "c"])
    effects = linear.effects(step)
    assert np.linalg.norm(step) == pytest.approx(1) and abs(effects["b"]) < 1e-12 and abs(effects["c"]) < 1e-12
    expected = A - (A @ B) / (B @ B) * B
    assert linear.direction("a", keep=["b"]) @ expected / np.linalg.norm(expected) > 0.995


def test_a_direction_that_is_all_kept_is_refused(linear):
    with pytest.raises(UserError, match="Nothing moves a and keeps a"):
        linear.direction("a", keep=["a"])
    with pytest.raises(UserError, match="'hat' is not measured; choose from a, b, c"):
        linear.direction("hat")


def test_a_bent_attribute_has_its_mean_gradient(z):
    """Stein's lemma: E[∇ exp(z.u)] is along u; and the square of z has none."""
    u = A / 10
    found = regress(z, {"bent": np.exp(z @ u), "square": (z @ u) ** 2}, None, NUM)
    assert found.direction("bent") @ A / 5 > 0.99
    assert found.offered == ("bent",)


def test_labels_are_no_part_of_a_direction(z):
    """Within classes: what a class adds to an attribute neither hides nor feigns a direction."""
    labels = np.arange(len(z)) % 4
    found = regress(z, {"a": z @ A + 1000.0 * labels, "label": labels + 1e-3 * z[:, 5]}, labels, NUM)
    assert found.direction("a") @ A / 5 == pytest.approx(1, abs=1e-9)
    assert found.r2 == pytest.approx([1, 1], abs=1e-6)


# ------------------------------------------------------------------------------------------------- attributes


def test_looks_of_a_ramp():
    ramp = np.tile(np.linspace(0, 1, 9), (9, 1))[None, None]
    found = {name: values[0] for name, values in looks(ramp).items()}
    assert found["brightness"] == pytest.approx(0.5)
    assert found["contrast"] == pytest.approx(np.linspace(0, 1, 9).std())
    assert found["symmetry"] == pytest.approx(-1)
    mirrored = np.minimum(ramp, ramp[..., ::-1])
    assert looks(mirrored)["symmetry"][0] == pytest.approx(1)
    assert looks(0.3 * ramp)["sharpness"][0] == pytest.approx(found["sharpness"], abs=0.01)  # whatever the contrast


def test_colours_of_regions():
    picture = np.zeros((1, 3, 16, 16))
    picture[:, 0, :4] = 1  # red on top
    picture[:, 1, 4:12, 4:12] = 0.5  # green in the centre
    found = {name: values[0] for name, values in colours(picture).items()}
    assert (found["top warmth"], found["top greenness"]) == pytest.approx((1, -0.5))
    assert (found["centre warmth"], found["centre greenness"]) == pytest.approx((0, 0.5))
    assert found["top brightness"] == pytest.approx(0.299)
    assert found["warmth"] == pytest.approx(0.25) and found["saturation"] == pytest.approx(0.25 + 0.125)


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (64, 48)])
def test_regions_are_never_empty(size):
    assert all(region.any() and region.shape == size for region in regions(*size).values())


def test_which_attributes_fit():
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (3, 4, 16, 16), dtype=np.uint8)
    grey, colour = measured(Pictures(noise[:, :1])), measured(Pictures(noise))
    assert "thickness" not in grey and "warmth" not in grey and "brightness" in grey
    assert "warmth" in colour and "thickness" not in colour
    bars = np.zeros((3, 1, 16, 16), np.uint8)
    bars[:, :, 3:13, 7:9] = 255
    assert measured(Pictures(bars))["thickness"].shape == (3,)


# --------------------------------------------------------------------------------------------- the shipped digits


@pytest.mark.slow
def test_each_offered_slider_moves_its_own_measure():
    """On digits of all labels: the mean of its measure rises at each of seven positions of the slider."""
    run = Run.open(MNIST)
    snapshot, digits = run.snapshot(), scoring.reads_digits(run.config)
    found = of_snapshot(run, snapshot, digits, 1500, 500)
    assert {"thickness", "slant"} <= set(found.offered)
    z, labels = latents.sample(40, 64, 5), labels_for(run.config, 40, None)
    generator, discriminator = run.generator(snapshot), run.discriminator()
    for name in found.offered:
        step = found.direction(name)
        means = []
        for position in range(-3, 4):
            moved = z + ((position - z @ step)[:, None] * step).astype(np.float32)
            images = draw(generator, moved.astype(np.float32), labels)
            means.append(measured(Pictures(images, labels, discriminator, digits))[name].mean())
        assert (np.diff(means) > 0).all(), (name, means)
        assert found.r2[found.names.index(name)] >= LEAST_R2
