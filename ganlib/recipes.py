"""The recipes: networks, latent, loss, optimiser and schedule, as data. To add one, add a row to this table.

A recipe is independent of a data set's size and classes; a run's `Config` adds those.

`mlp` to `dcgan-96` are the systems of the five reports that this project grew out of, each as its report trained it: without
labels, and without a moving average. Comments say what was chosen where a report leaves something open.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ganlib.batch_order import LastBatch
from ganlib.datasets import BUILT_IN, ImageSet
from ganlib.latents import Distribution
from ganlib.networks import features
from ganlib.networks.features.heads import HEADS, Mixing
from ganlib.objectives.augment import CHANGES
from ganlib.objectives.losses import LOSSES
from ganlib.objectives.schedules import Schedule, checked

# The low-shot sets of Zhao et al. 2020 and Mo et al. 2020 hold 100 to 1,000 pictures. With fewer, the discriminator
# sees each picture often enough to memorise it, even in a short fine-tuning.
FEW = 1_000
MOST = 65_536  # of a batch or a latent; a config with more would exhaust the memory
MOST_EVERY = 50  # batches between two updates of a network, so that every log line has both losses

Player = Literal["discriminator", "generator"]


@dataclass(frozen=True)
class Features:
    """A second discriminator beside that on pixels: heads on the maps of a frozen network (Sauer et al. 2021, Projected GAN,
    arXiv:2111.01007; Kumari et al. 2022, vision-aided GAN, arXiv:2112.09130). R1, R2 and WGAN-GP are of the first only."""

    network: str = "efficientnet-lite0"  # a key of features.NETWORKS
    size: int = 64  # pixels of the longer side to which pictures are brought for it
    stages: tuple[int, ...] = (1, 2, 3, 4)  # of the network, whose maps have a 4th, 8th, 16th and 32nd of that side
    mixing: Mixing = "scales"  # fixed and random, across "channels", or across them and "scales"
    width: int = 64  # channels of a mixed map
    head: str = "patch"  # a key of heads.HEADS, one for each map
    loss: str = "hinge"  # a key of losses.LOSSES; the mean over heads
    weight: float = 1.0  # of the heads in G's loss; they share no weight with D, whose loss is theirs added to its own
    augment: tuple[str, ...] = ()  # keys of augment.CHANGES, for this discriminator

    def __post_init__(self):
        """Raises ValueError for invalid settings."""
        known: dict[str, Collection[str]] = {
            "network": features.NETWORKS, "head": HEADS, "loss": LOSSES, "augment": CHANGES,
        }  # fmt: skip
        for name, keys in known.items():
            _check_known(f"features.{name}", getattr(self, name), keys)
        every = range(1, len(features.NETWORKS[self.network].channels) + 1)
        if not self.stages or tuple(sorted(set(self.stages) & set(every))) != self.stages:
            raise ValueError(f"recipe.features.stages must be some of {', '.join(map(str, every))} in order, not {self.stages}")
        if not (32 <= self.size <= 512 and 1 <= self.width <= 1024 and self.weight >= 0):
            raise ValueError(
                "recipe.features must have a size from 32 to 512, a width from 1 to 1024 and a weight of 0 or more"
            )

    @property
    def heads(self) -> dict[str, Any]:
        """The settings for `features.build`, without the number of classes."""
        return {name: getattr(self, name) for name in ("network", "stages", "mixing", "width", "head")}


@dataclass(frozen=True)
class Recipe:
    """All settings of a training. Lengths count images seen by the discriminator."""

    name: str
    summary: str  # one line for --list-recipes
    generator: dict[str, Any]  # `family` and its arguments, without sizes and classes
    discriminator: dict[str, Any]
    image_size: int | None = None  # default size; None for the set's own
    latent_dim: int = 100
    latent: Distribution = "normal"
    conditional: bool = True  # use the labels of a set that has some
    loss: str = "non-saturating"  # a key of losses.LOSSES
    r1: float = 0.0  # gamma of the penalty on real images
    r2: float = 0.0  # gamma of the penalty on generated images
    penalty_every: int = 1  # steps between two R1/R2 penalties; the weight is multiplied by it (Karras et al. 2020, B)
    gradient_penalty: float = 0.0  # lambda of WGAN-GP's penalty
    mismatch: float = 0.0  # weight in D's objective of real images with wrong labels (Reed et al. 2016, arXiv:1605.05396)
    augment: tuple[str, ...] = ()  # keys of augment.CHANGES
    freeze: int = 0  # number of D's first layers that are not trained: FreezeD (Mo et al. 2020, arXiv:2002.10964)
    flip: bool = False  # mirror every second real image; on only where it is asked for: letters and scans have a side
    batch_size: int = 64
    last_batch: LastBatch = "joined"  # an epoch's incomplete batch: filled from the next epoch, kept or dropped
    first: Player = "discriminator"  # updated first in a step
    d_every: int = 1  # batches between two updates of D
    g_every: int = 1  # batches between two updates of G
    d_weight: float = 1.0  # of D's loss
    fresh_latents: bool = False  # new latents for G's update; otherwise it uses the images of D's update
    g_lr: float = 2e-4
    d_lr: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)  # Adam's
    final_lr: float = 1.0  # cosine schedule: the final learning rate as a share of the initial one
    ema_half_life: int = 10_000  # of the generator's moving average, shorter at first (Karras et al. 2020); 0 for none
    features: Features | None = None  # a second discriminator
    schedules: dict[str, Schedule] = field(default_factory=dict)  # by keys of schedules.SCHEDULED: start, end, images
    images: int = 2_000_000  # default length

    def __post_init__(self):
        """Raises ValueError for invalid settings."""
        for name in ("penalty_every", "g_lr", "d_lr", "d_weight", "final_lr", "images"):
            if getattr(self, name) <= 0:
                raise ValueError(f"recipe.{name} must be positive, not {getattr(self, name)}")
        for name in ("r1", "r2", "gradient_penalty", "mismatch", "ema_half_life", "freeze"):
            if getattr(self, name) < 0:
                raise ValueError(f"recipe.{name} must be 0 or more, not {getattr(self, name)}")
        for name in ("d_every", "g_every"):
            if not 1 <= getattr(self, name) <= MOST_EVERY:
                raise ValueError(f"recipe.{name} must lie between 1 and {MOST_EVERY}, not {getattr(self, name)}")
        for name in ("latent_dim", "batch_size"):
            if not 1 <= getattr(self, name) <= MOST:
                raise ValueError(f"recipe.{name} must lie between 1 and {MOST:,}, not {getattr(self, name):,}")
        if not all(0 <= beta < 1 for beta in self.betas):
            raise ValueError(f"recipe.betas must lie between 0 and 1, not {self.betas}")
        object.__setattr__(self, "betas", tuple(map(float, self.betas)))  # Adam rejects a mix of int and float
        object.__setattr__(self, "schedules", checked(self.schedules))
        if "lr" in self.schedules and self.final_lr != 1:
            raise ValueError(f"recipe.schedules.lr takes the place of final_lr, which must then be 1, not {self.final_lr}")
        for name, known in (("loss", LOSSES), ("augment", CHANGES)):
            _check_known(name, getattr(self, name), known)

    def scheduled(self, name: str, images: float, otherwise: float) -> float:
        """Returns what a key of SCHEDULED is after `images` images; `otherwise` where nothing is scheduled."""
        schedule = self.schedules.get(name)
        return schedule.at(images) if schedule else otherwise

    def feature_size(self, images: float) -> int:
        """Returns the pixels of the longer side for the frozen network after `images` images; scheduled, a multiple of 32, as
        its last stage's maps have a 32nd of it. Raises AssertionError without features."""
        assert self.features
        step = 32 if "feature_size" in self.schedules else 1
        return step * round(self.scheduled("feature_size", images, self.features.size) / step)

    @property
    def half_life(self) -> float:
        """The moving average's half-life at the end of its schedule, in images; 0 for a recipe without average."""
        return self.scheduled("ema_half_life", math.inf, self.ema_half_life)


def _check_known(name: str, chosen: str | tuple[str, ...], known: Collection[str]) -> None:
    """Raises ValueError for a key, or one of several, that a table doesn't have."""
    for key in (chosen,) if isinstance(chosen, str) else chosen:
        if key not in known:
            own = ", and what ganlib.register_loss adds" if known is LOSSES else ""
            raise ValueError(f"recipe.{name} {key!r} is unknown; this version knows {', '.join(known)}{own}")


# A course assignment. Its loop draws new latents for G's update; it trains for ten epochs of MNIST.
_MLP = Recipe(
    name="mlp",
    summary="two small fully connected networks, the first GAN of a course; 16 px and more",
    generator={"family": "mlp", "widths": [1024, 1024]},
    discriminator={"family": "mlp", "widths": [256, 256], "slope": 0.01},
    latent_dim=96,
    latent="uniform",
    conditional=False,
    batch_size=128,
    last_batch="kept",
    fresh_latents=True,
    g_lr=1e-3,
    d_lr=1e-3,
    ema_half_life=0,
    images=600_000,
)

_DIGITS = Recipe(
    name="digits",
    summary="a conditional DCGAN: small discriminator, relativistic loss, light R1 and R2, wrong labels; for 28 and 32 px",
    generator={"family": "dcgan", "width": 64},
    discriminator={"family": "dcgan", "width": 32, "norm": "none"},
    latent_dim=64,
    batch_size=32,
    loss="relativistic",
    r1=0.05,
    r2=0.05,
    mismatch=0.5,
    schedules={"mismatch": Schedule(1.0, 0.0, 300_000)},
    penalty_every=16,
    g_lr=2e-3,
    d_lr=1e-3,
    betas=(0.5, 0.99),
    final_lr=0.1,
    ema_half_life=20_000,
    images=300_000,
)

_RECIPES = (
    _DIGITS,
    Recipe(
        name="pictures",
        summary="a DCGAN with a smaller discriminator without batch norm, light R1; in colour, 16 to 256 px",
        generator={"family": "dcgan", "width": 48},
        discriminator={"family": "dcgan", "width": 32, "norm": "none"},
        latent_dim=64,
        r1=0.05,
        penalty_every=4,
        g_lr=1e-3,
        d_lr=5e-4,
        betas=(0.5, 0.99),
        final_lr=0.1,
        ema_half_life=20_000,
        images=500_000,
    ),
    Recipe(
        name="faces",
        summary="resized convolutions, a small discriminator with R1, and heads on a frozen network; in colour, 64 px and more",
        generator={"family": "upsample", "widths": [384, 192, 96, 48, 24], "eps": 1e-5},
        discriminator={"family": "dcgan", "width": 32, "norm": "none"},
        latent_dim=64,
        r1=0.05,
        penalty_every=4,
        g_lr=5e-4,
        d_lr=5e-4,
        betas=(0.5, 0.99),
        final_lr=0.1,
        ema_half_life=20_000,
        features=Features(head="normed", weight=2.0, augment=("translation",)),
        images=330_000,
    ),
    Recipe(
        name="resnet",
        summary="small residual networks without normalisation and light R1, after R3GAN (Huang et al. 2024); 16 to 256 px",
        generator={"family": "resnet", "width": 48, "most": 384},
        discriminator={"family": "resnet", "width": 32},
        latent_dim=64,
        r1=0.05,
        penalty_every=16,
        g_lr=1e-3,
        d_lr=1e-3,
        betas=(0.0, 0.99),
        final_lr=0.1,
        ema_half_life=20_000,
        images=1_000_000,
    ),
    replace(
        _DIGITS,
        name="style",
        summary="a small StyleGAN2 (Karras et al. 2020), whose stages can take different latents; 16 to 256 px",
        generator={"family": "style", "width": 16},
        batch_size=64,
        mismatch=0.0,
        schedules={},
        betas=(0.0, 0.99),
    ),
    Recipe(
        name="dcgan",
        summary="DCGAN (Radford et al. 2015) with batch norm in both networks and a moving average; for any set, 16 to 256 px",
        generator={"family": "dcgan", "width": 64},
        discriminator={"family": "dcgan", "width": 64, "norm": "batch"},
    ),
    Recipe(
        name="wgan-gp",
        summary="a DCGAN with the Wasserstein loss and a gradient penalty (Gulrajani et al. 2017), five D steps per G step",
        generator={"family": "dcgan", "width": 64},
        discriminator={"family": "dcgan", "width": 64, "norm": "none"},
        loss="wasserstein",
        gradient_penalty=10.0,
        g_every=5,
        fresh_latents=True,
        g_lr=1e-4,
        d_lr=1e-4,
        betas=(0.0, 0.9),
    ),
    Recipe(
        name="sngan",
        summary="a DCGAN with spectral norm and the hinge loss (Miyato et al. 2018), five D steps per G step",
        generator={"family": "dcgan", "width": 64},
        discriminator={"family": "dcgan", "width": 64, "norm": "spectral"},
        loss="hinge",
        g_every=5,
        fresh_latents=True,
        betas=(0.0, 0.9),
    ),
    _MLP,
    replace(
        _MLP,
        name="mlp-lsgan",
        summary="the same two networks with the least-squares loss (Mao et al. 2017)",
        loss="least-squares",
    ),
    replace(
        _MLP,
        name="infogan-dc",
        summary="the convolutional GAN of the same course, on InfoGAN's networks (Chen et al. 2016); 16 to 32 px",
        generator={"family": "infogan"},
        discriminator={"family": "infogan"},
    ),
    Recipe(
        # The report's listing says a rate of .002 and its log .0002: the log shows what was run. Its loop is that of
        # PyTorch-GAN, which keeps the last, short batch.
        name="deep-mlp",
        summary="six hidden layers in G, five in D, fourteen million parameters each; up to 500 epochs of MNIST",
        generator={"family": "mlp", "widths": [128, 256, 512, 1024, 2048, 4096], "slope": 0.2, "norm": True},
        discriminator={
            "family": "mlp",
            "widths": [4096, 2048, 1024, 512, 256],
            "slope": 0.0,
            "dropout": [0.0, 0.5, 0.5, 0.5, 0.0],
        },
        conditional=False,
        last_batch="kept",
        first="generator",
        d_weight=0.5,
        ema_half_life=0,
        images=30_000_000,
    ),
    Recipe(
        # The report doesn't state its length: PyTorch-GAN's default, 200 epochs, would be 12 million images of MNIST.
        name="dcgan-upsample",
        summary="PyTorch-GAN's DCGAN: nearest upsampling and 3x3 convolutions, dropout in D; 16 to 256 px",
        generator={"family": "upsample"},
        discriminator={"family": "upsample", "norms": "maps"},
        conditional=False,
        last_batch="kept",
        first="generator",
        d_weight=0.5,
        ema_half_life=0,
    ),
    Recipe(
        # The report prints a deviation of .1 for batch norm's scale; the paper and its own text say .02. It doesn't
        # state the initial biases: they are zero here. Both networks are updated on the same images, as in PyTorch's tutorial.
        name="dcgan-linear",
        summary="a wide DCGAN with a fully connected stem and biases everywhere; 16 to 256 px",
        generator={"family": "dcgan", "width": 128, "bias": True},
        discriminator={"family": "dcgan", "width": 128, "norm": "batch", "bias": True},
        conditional=False,
        last_batch="kept",
        ema_half_life=0,
    ),
    Recipe(
        # G is updated at batches 0, 5, 10, ... of the whole run; the report restarts the count in each epoch.
        name="dcgan-96",
        summary="the anime-face DCGAN of 96 px: five D steps per G step, batches of 256",
        generator={"family": "dcgan-96", "width": 32},
        discriminator={"family": "dcgan-96", "width": 32},
        image_size=96,
        conditional=False,
        batch_size=256,
        last_batch="dropped",
        g_every=5,
        fresh_latents=True,
        ema_half_life=0,
        images=6_000_000,
    ),
)

RECIPES = {recipe.name: recipe for recipe in _RECIPES}


def suggest(dataset: str, images: ImageSet | None = None) -> Recipe:
    """Returns the default recipe for a value of `--dataset`, and for its `images` once they are loaded."""
    if images is not None and _few_for_heads(*images.images.shape):
        return RECIPES["faces"]
    return RECIPES[BUILT_IN[dataset].recipe if dataset in BUILT_IN else "pictures"]


def suggest_for_pictures(num: int, channels: int, height: int, width: int) -> Recipe:
    """Returns the default recipe for `num` pictures of one's own, as `suggest` does once they are loaded."""
    return RECIPES["faces" if _few_for_heads(num, channels, height, width) else "pictures"]


def _few_for_heads(num: int, channels: int, height: int, width: int) -> bool:
    """Whether a frozen network's features make up for how few the pictures are: in colour and large enough to hold what it
    knows. At 32 px the pixels alone teach more in the same time (docs/quality.md)."""
    return num < FEW and channels == 3 and min(height, width) >= 64
