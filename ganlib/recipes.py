"""Named recipes: networks, latent, loss, optimiser and schedule, as data. Adding one touches this table alone.

A recipe knows neither a data set's size nor its classes; a run's `Config` (in `runs.py`) adds those.
"""

from dataclasses import dataclass
from typing import Any

from ganlib.augment import CHANGES
from ganlib.latents import Distribution
from ganlib.losses import LOSSES

MOST = 65_536  # of a batch or a latent; a config that asks for more would only fill the memory


@dataclass(frozen=True)
class Recipe:
    """All that decides how two networks are trained. Counts are images seen by the discriminator."""

    name: str
    summary: str  # one line for --list-recipes
    generator: dict[str, Any]  # `family` and its arguments, without sizes and classes
    discriminator: dict[str, Any]
    latent_dim: int = 100
    latent: Distribution = "normal"
    conditional: bool = True  # use the labels of a set that has some
    loss: str = "non-saturating"  # a key of losses.LOSSES
    r1: float = 0.0  # gamma of the penalty on real images
    r2: float = 0.0  # gamma of the penalty on generated images
    penalty_every: int = 1  # steps from one R1/R2 to the next, its weight multiplied to match (Karras et al. 2020, B)
    gradient_penalty: float = 0.0  # lambda of WGAN-GP's penalty
    augment: tuple[str, ...] = ()  # keys of augment.CHANGES
    flip: bool = False  # mirror every second real image
    batch_size: int = 64
    g_lr: float = 2e-4
    d_lr: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)  # Adam's
    final_lr: float = 1.0  # the learning rate falls along a cosine to this share of itself over the planned run
    ema_half_life: int = 10_000  # of the generator's moving average; shorter at first (Karras et al. 2020)
    images: int = 2_000_000  # how long to train unless told

    def __post_init__(self):
        """Raises ValueError on settings that no training could follow."""
        for name in ("penalty_every", "g_lr", "d_lr", "final_lr", "ema_half_life", "images"):
            if getattr(self, name) <= 0:
                raise ValueError(f"recipe.{name} must be positive, not {getattr(self, name)}")
        for name in ("latent_dim", "batch_size"):
            if not 1 <= getattr(self, name) <= MOST:
                raise ValueError(f"recipe.{name} must lie between 1 and {MOST:,}, not {getattr(self, name):,}")
        for name, known in (("loss", LOSSES), ("augment", CHANGES)):
            chosen = getattr(self, name)
            for key in (chosen,) if isinstance(chosen, str) else chosen:
                if key not in known:
                    raise ValueError(f"recipe.{name} {key!r} is unknown; this version knows {', '.join(known)}")


_RECIPES = (
    Recipe(
        name="digits",
        summary="a small conditional DCGAN whose generator outweighs and outpaces its discriminator; for 28 and 32 px",
        generator={"family": "dcgan", "width": 64},
        discriminator={"family": "dcgan", "width": 48, "norm": "none"},
        latent_dim=64,
        r1=0.02,
        penalty_every=16,
        g_lr=2e-3,
        d_lr=1e-3,
        betas=(0.0, 0.99),
        final_lr=0.1,
        ema_half_life=20_000,
        images=300_000,
    ),
    Recipe(
        name="dcgan",
        summary="DCGAN (Radford et al. 2015) as everyone knows it, with a moving average; for any set, 28 to 128 px",
        generator={"family": "dcgan", "width": 64},
        discriminator={"family": "dcgan", "width": 64, "norm": "batch"},
    ),
)

RECIPES = {recipe.name: recipe for recipe in _RECIPES}


def suggest(dataset: str) -> Recipe:
    """The recipe that suits a data set, as `--dataset` names it."""
    return RECIPES["digits" if dataset in ("mnist", "fashion-mnist", "digits") else "dcgan"]
