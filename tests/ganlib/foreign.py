"""The networks of the programs whose weights can be adopted, built from their published architectures and with their names of
layers; and how their weights are saved."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F


def up(wide, narrow, bias=False, kernel=4):
    return nn.ConvTranspose2d(wide, narrow, kernel, stride=2, padding=1, bias=bias)


def down(narrow, wide, bias=False, kernel=4):
    return nn.Conv2d(narrow, wide, kernel, stride=2, padding=1, bias=bias)


class TutorialGenerator(nn.Module):
    """PyTorch's DCGAN tutorial and pytorch/examples: (N, nz) as (N, nz, 1, 1), `widths` from the smallest map on."""

    def __init__(self, nz=100, widths=(512, 256, 128, 64), nc=3, start=4, last_bias=False, second=4):
        super().__init__()
        layers = [nn.ConvTranspose2d(nz, widths[0], start, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU(True)]
        for number, (wide, narrow) in enumerate(pairwise(widths)):
            layers += [up(wide, narrow, kernel=4 if number else second), nn.BatchNorm2d(narrow), nn.ReLU(True)]
        self.main = nn.Sequential(*layers, up(widths[-1], nc, last_bias), nn.Tanh())

    def forward(self, z):
        return self.main(z[:, :, None, None])


class TutorialDiscriminator(nn.Module):
    def __init__(self, widths=(64, 128, 256, 512), nc=3, start=4, last=4):
        super().__init__()
        layers = [down(nc, widths[0]), nn.LeakyReLU(0.2, True)]
        for narrow, wide in pairwise(widths):
            layers += [
                down(narrow, wide, kernel=last if wide == widths[-1] else 4),
                nn.BatchNorm2d(wide),
                nn.LeakyReLU(0.2, True),
            ]
        self.main = nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, start, bias=False), nn.Sigmoid())

    def forward(self, images):
        return self.main(images).flatten()


def deep(inputs, widths, outputs):
    """PyTorch-GAN's generator: batch norm with its odd epsilon on all hidden layers but the first."""
    layers = [nn.Linear(inputs, widths[0]), nn.LeakyReLU(0.2)]
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), nn.BatchNorm1d(after, 0.8), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Linear(widths[-1], outputs), nn.Tanh())


class PyTorchGANGenerator(nn.Module):
    """PyTorch-GAN's gan and wgan_gp."""

    def __init__(self, latent_dim=100, widths=(128, 256, 512, 1024), shape=(1, 28, 28)):
        super().__init__()
        self.shape = shape
        self.model = deep(latent_dim, widths, torch.Size(shape).numel())

    def forward(self, z):
        return self.model(z).view(-1, *self.shape)


class PyTorchGANDiscriminator(nn.Module):
    def __init__(self, widths=(512, 256), shape=(1, 28, 28), wasserstein=False):
        super().__init__()
        first, second = widths
        layers = [nn.Linear(torch.Size(shape).numel(), first), nn.LeakyReLU(0.2), nn.Linear(first, second), nn.LeakyReLU(0.2)]
        self.model = nn.Sequential(*layers, nn.Linear(second, 1), *([] if wasserstein else [nn.Sigmoid()]))

    def forward(self, images):
        return self.model(images.flatten(1)).flatten()


class CGANGenerator(nn.Module):
    """PyTorch-GAN's cgan: an embedding of the label before the latent."""

    def __init__(self, latent_dim=100, classes=10, widths=(128, 256, 512, 1024), shape=(1, 32, 32)):
        super().__init__()
        self.shape = shape
        self.label_emb = nn.Embedding(classes, classes)
        self.model = deep(latent_dim + classes, widths, torch.Size(shape).numel())

    def forward(self, z, labels):
        return self.model(torch.cat([self.label_emb(labels), z], 1)).view(-1, *self.shape)


class CGANDiscriminator(nn.Module):
    """The embedding stands behind the pixels here."""

    def __init__(self, classes=10, width=512, shape=(1, 32, 32)):
        super().__init__()
        self.label_embedding = nn.Embedding(classes, classes)
        hidden = [[nn.Linear(width, width), nn.Dropout(0.4), nn.LeakyReLU(0.2)] for _ in range(2)]
        first = nn.Linear(classes + torch.Size(shape).numel(), width)
        self.model = nn.Sequential(first, nn.LeakyReLU(0.2), *hidden[0], *hidden[1], nn.Linear(width, 1))

    def forward(self, images, labels):
        return self.model(torch.cat([images.flatten(1), self.label_embedding(labels)], 1)).flatten()


class UpsampleGenerator(nn.Module):
    """PyTorch-GAN's dcgan; `conv_model` was the name of its convolutions at first."""

    def __init__(self, latent_dim=100, widths=(128, 128, 64), size=32, channels=1, name="conv_blocks"):
        super().__init__()
        self.map = (widths[0], size // 4, size // 4)
        self.l1 = nn.Sequential(nn.Linear(latent_dim, torch.Size(self.map).numel()))
        layers = [nn.BatchNorm2d(widths[0])]
        for before, after in pairwise(widths):
            convolution = nn.Conv2d(before, after, 3, padding=1)
            layers += [nn.Upsample(scale_factor=2), convolution, nn.BatchNorm2d(after, 0.8), nn.LeakyReLU(0.2)]
        self.name = name
        self.add_module(name, nn.Sequential(*layers, nn.Conv2d(widths[-1], channels, 3, padding=1), nn.Tanh()))

    def forward(self, z):
        return self.get_submodule(self.name)(self.l1(z).view(-1, *self.map))


class UpsampleDiscriminator(nn.Module):
    def __init__(self, widths=(16, 32, 64, 128), size=32, channels=1):
        super().__init__()
        layers = []
        for number, (before, after) in enumerate(zip((channels, *widths), widths, strict=False)):
            layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.LeakyReLU(0.2), nn.Dropout2d(0.25)]
            layers += [nn.BatchNorm2d(after, 0.8)] if number else []
        self.model = nn.Sequential(*layers)
        self.adv_layer = nn.Sequential(nn.Linear(widths[-1] * (size // 16) ** 2, 1), nn.Sigmoid())

    def forward(self, images):
        return self.adv_layer(self.model(images).flatten(1)).flatten()


class BubbliiiingGenerator(nn.Module):
    """bubbliiiing/dcgan-pytorch: a fully connected stem, four doublings, biases everywhere, layers with names of their own."""

    def __init__(self, d=128, size=64):
        super().__init__()
        self.map = (8 * d, size // 16, size // 16)
        self.linear, self.linear_bn = nn.Linear(100, torch.Size(self.map).numel()), nn.BatchNorm2d(8 * d)
        for number, (wide, narrow) in enumerate(((8 * d, 4 * d), (4 * d, 2 * d), (2 * d, d)), 1):
            self.add_module(f"deconv{number}", up(wide, narrow, True))
            self.add_module(f"deconv{number}_bn", nn.BatchNorm2d(narrow))
        self.deconv4 = up(d, 3, True)

    def forward(self, z):
        x = F.relu(self.linear_bn(self.linear(z).view(-1, *self.map)))
        for number in (1, 2, 3):
            x = F.relu(self.get_submodule(f"deconv{number}_bn")(self.get_submodule(f"deconv{number}")(x)))
        return torch.tanh(self.deconv4(x))


class BubbliiiingDiscriminator(nn.Module):
    def __init__(self, d=128, size=64):
        super().__init__()
        self.conv1 = down(3, d, True)
        for number, (narrow, wide) in enumerate(((d, 2 * d), (2 * d, 4 * d), (4 * d, 8 * d)), 2):
            self.add_module(f"conv{number}", down(narrow, wide, True))
            self.add_module(f"conv{number}_bn", nn.BatchNorm2d(wide))
        self.linear = nn.Linear(8 * d * (size // 16) ** 2, 1)

    def forward(self, images):
        x = F.leaky_relu(self.conv1(images), 0.2)
        for number in (2, 3, 4):
            x = F.leaky_relu(self.get_submodule(f"conv{number}_bn")(self.get_submodule(f"conv{number}")(x)), 0.2)
        return torch.sigmoid(self.linear(x.flatten(1))).flatten()


class Rows(nn.Module):
    """CS231n's networks draw and judge rows of pixels; this is such a network for grey squares, under its own names."""

    def __init__(self, network, pictures=False):
        super().__init__()
        self.network, self.pictures = network, pictures  # whether the network itself takes pictures

    def forward(self, x):
        rows = self.network(x if self.pictures else x.flatten(1))
        side = round(rows[0].numel() ** 0.5)
        return rows.view(-1, 1, side, side) if side > 1 else rows.flatten()

    def state_dict(self):
        return self.network.state_dict()


def course_generator(noise_dim=96, width=1024, pixels=784):
    """CS231n's first assignment on GANs; also that with least squares."""
    hidden = [nn.Linear(noise_dim, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()]
    return Rows(nn.Sequential(*hidden, nn.Linear(width, pixels), nn.Tanh()))


def course_discriminator(width=256, pixels=784, flatten=True):
    hidden = [nn.Linear(pixels, width), nn.LeakyReLU(0.01), nn.Linear(width, width), nn.LeakyReLU(0.01)]
    return Rows(nn.Sequential(*([nn.Flatten()] if flatten else []), *hidden, nn.Linear(width, 1)))


def course_dc_generator(noise_dim=96, width=1024, maps=(128, 64), start=7):
    wide, narrow = maps
    stem = [nn.Linear(noise_dim, width), nn.ReLU(), nn.BatchNorm1d(width)]
    stem += [
        nn.Linear(width, wide * start**2),
        nn.ReLU(),
        nn.BatchNorm1d(wide * start**2),
        nn.Unflatten(1, (wide, start, start)),
    ]
    rest = [up(wide, narrow, True), nn.ReLU(), nn.BatchNorm2d(narrow), up(narrow, 1, True), nn.Tanh(), nn.Flatten()]
    return Rows(nn.Sequential(*stem, *rest))


def course_dc_discriminator(maps=(32, 64), width=1024, left=4, unflatten=True):
    narrow, wide = maps
    blocks = [nn.Conv2d(1, narrow, 5), nn.LeakyReLU(0.01), nn.MaxPool2d(2), nn.Conv2d(narrow, wide, 5), nn.LeakyReLU(0.01)]
    last = [nn.MaxPool2d(2), nn.Flatten(), nn.Linear(wide * left**2, width), nn.LeakyReLU(0.01), nn.Linear(width, 1)]
    return Rows(nn.Sequential(*([nn.Unflatten(1, (1, 28, 28))] if unflatten else []), *blocks, *last), pictures=not unflatten)


def trained(network, seed=0):
    """Gives a network weights that draw with contrast, and batch statistics away from 0 and 1; in evaluation mode."""
    torch.manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.1)
            nn.init.normal_(module.bias, 0.0, 0.2)
            module.running_mean.normal_(0.0, 0.1)
            module.running_var.uniform_(0.2, 0.6)
            module.num_batches_tracked.fill_(7)
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight)
        elif (weight := getattr(module, "weight", None)) is not None:
            nn.init.normal_(weight, 0.0, 2.0 / weight[0].numel() ** 0.5)
            if module.bias is not None:
                nn.init.normal_(module.bias, 0.0, 0.1)
    return network.eval()
