"""Tests principal directions against a full decomposition: every family, with and without labels."""

import numpy as np
import pytest
import torch
from torch import nn

from ganlib import latents
from ganlib.inspection.directions import SAMPLES, principal_directions
from ganlib.networks import build_generator

DIM = 12
WIDTHS = {"dcgan": {"width": 4}, "resnet": {"width": 16, "most": 16}}  # few features: numpy decomposes them all


def generator(family, num_classes=0, dim=DIM):
    torch.manual_seed(0)
    settings = {"image_size": 28, "channels": 1, "latent_dim": dim, "num_classes": num_classes}
    generator = build_generator({"family": family, **WIDTHS[family], **settings})
    with torch.no_grad():
        generator.project.weight[:, :dim] *= torch.linspace(3, 0.5, dim)  # different variances
        for module in generator.modules():
            if isinstance(module, nn.BatchNorm2d):  # statistics as after a training
                module.running_mean.uniform_(-1, 1)
                module.running_var.uniform_(0.5, 2)
                module.weight.uniform_(0.5, 1.5)
    return generator.eval()


def features(generator, z, label=0):
    labels = torch.full((len(z),), label) if generator.num_classes else None
    with torch.no_grad():
        return generator.features(torch.from_numpy(z), labels).double().numpy()


def moves(generator, directions, label=0):
    """Returns the change of the features by each direction, (count, F)."""
    z = latents.sample(1, directions.shape[1], 99)
    return features(generator, z + directions, label) - features(generator, z, label)


CASES = pytest.mark.parametrize(
    ("family", "num_classes", "distribution"),
    [("dcgan", 0, "normal"), ("dcgan", 4, "uniform"), ("resnet", 0, "uniform"), ("resnet", 4, "normal")],
)


@pytest.mark.slow
@CASES
def test_directions_are_the_principal_components_of_the_features(family, num_classes, distribution):
    """Against numpy's decomposition of the whole covariance of the same latents' features."""
    net = generator(family, num_classes)
    directions = principal_directions(net, DIM, distribution, seed=3)
    assert directions.shape == (10, DIM) and directions.dtype == np.float32
    found = features(net, latents.sample(SAMPLES, DIM, 3, distribution))
    variances, axes = np.linalg.eigh(np.cov(found.T, bias=True))
    deviations, axes = variances[:-11:-1] ** 0.5, axes[:, :-11:-1].T
    moved = moves(net, directions)
    assert np.linalg.norm(moved, axis=1) == pytest.approx(deviations, rel=1e-4)  # one standard deviation each
    assert np.abs((moved * axes).sum(1)) == pytest.approx(deviations, rel=1e-3)  # along its component
    assert (np.diff(deviations) < 0).all()  # strongest first


@CASES
def test_directions_are_orthogonal_in_feature_space(family, num_classes, distribution):
    net = generator(family, num_classes)
    moved = moves(net, principal_directions(net, DIM, distribution))
    unit = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    assert np.allclose(unit @ unit.T, np.eye(10), atol=1e-5)


def test_no_other_direction_moves_the_features_more():
    net = generator("dcgan")
    directions = principal_directions(net, DIM)
    others = latents.sample(200, DIM, 5)
    others *= np.linalg.norm(directions[0]) / np.linalg.norm(others, axis=1, keepdims=True)
    lengths = np.linalg.norm(moves(net, np.concatenate([directions[:1], others])), axis=1)
    assert (lengths[0] >= lengths[1:]).all()


def test_the_same_for_the_same_seed():
    net = generator("resnet")
    state = torch.get_rng_state()
    first = principal_directions(net, DIM, seed=1)
    assert np.array_equal(first, principal_directions(net, DIM, seed=1))
    assert torch.equal(state, torch.get_rng_state())  # the global random state is unchanged
    assert not np.array_equal(first, principal_directions(net, DIM, seed=2))


def test_signs_are_fixed():
    directions = principal_directions(generator("dcgan"), DIM)
    assert (np.take_along_axis(directions, np.abs(directions).argmax(1)[:, None], 1) > 0).all()


@pytest.mark.parametrize("family", ["dcgan", "resnet"])
def test_every_label_has_the_same_directions(family):
    net = generator(family, 4)
    directions = principal_directions(net, DIM)
    assert np.allclose(moves(net, directions), moves(net, directions, label=3), atol=1e-5)


@pytest.mark.parametrize(("count", "dim", "expected"), [(3, 12, 3), (10, 2, 2), (10, 1, 1)])
def test_how_many(count, dim, expected):
    assert principal_directions(generator("resnet", dim=dim), dim, count=count).shape == (expected, dim)


def test_what_the_layer_does_not_see_is_no_direction():
    net = generator("resnet")
    with torch.no_grad():
        net.project.weight[:, 4:] = 0
    directions = principal_directions(net, DIM)
    assert directions.shape == (4, DIM)
    assert np.abs(directions[:, 4:]).max() < 0.1 * np.abs(directions).max()


class Bent(nn.Module):
    """A first layer that isn't affine."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.num_classes = 0
        self.layer = nn.Linear(DIM, 50)
        with torch.no_grad():
            self.layer.weight *= torch.linspace(3, 0.1, DIM)

    def features(self, z, labels=None):
        return torch.tanh(self.layer(z))


def test_a_layer_that_is_not_affine():
    """Each row is the paper's least squares of z on the components, times a standard deviation."""
    net = Bent().eval()
    directions = principal_directions(net, DIM, count=4)
    z = latents.sample(SAMPLES, DIM, 0).astype(float)
    found = features(net, z.astype(np.float32))
    found, z = found - found.mean(0), z - z.mean(0)
    _, singular, axes = np.linalg.svd(found, full_matrices=False)
    solved = np.linalg.lstsq(found @ axes[:4].T, z, rcond=None)[0] * singular[:4, None] / SAMPLES**0.5
    cosines = (solved * directions).sum(1) / np.linalg.norm(solved, axis=1) / np.linalg.norm(directions, axis=1)
    assert np.abs(cosines) == pytest.approx(1, abs=1e-3)
    assert np.linalg.norm(directions, axis=1) == pytest.approx(np.linalg.norm(solved, axis=1), rel=1e-2)


@pytest.mark.parametrize("family", ["dcgan", "resnet"])
@pytest.mark.parametrize("num_classes", [0, 4])
def test_features_are_the_first_layer(family, num_classes):
    net = generator(family, num_classes)
    z, labels = torch.randn(5, DIM), torch.arange(5) % 4 if num_classes else None
    seen = {}
    net.stages[0].register_forward_pre_hook(lambda _, inputs: seen.update(x=inputs[0]))
    net(z, labels)
    flat = net.features(z, labels)
    assert flat.shape == (5, net.project.out_features)
    first = torch.relu(flat) if family == "dcgan" else flat
    assert torch.equal(first, seen["x"].flatten(1))
