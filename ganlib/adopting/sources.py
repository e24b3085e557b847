"""The programs whose weights can be adopted, as data: the names of their layers, and the recipe that trains as they do. To add
one, add a row.

A layout is a list of parts, each a pattern of module names and one of kinds, in the order in which the network applies them.
`#` in a name is the number of a module in an nn.Sequential; the kinds of such a part are those of its modules by number: C a
convolution, L a linear layer, N a batch norm, E an embedding, and . a module without weights. So the modules without weights,
non-linearities above all, are as many as in the original, and in the same places.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ganlib.adopting import converting
from ganlib.adopting.converting import DiscriminatorReader, GeneratorReader
from ganlib.adopting.layers import Layer
from ganlib.recipes import RECIPES, Recipe

Parts = tuple[tuple[str, str], ...]  # (names, kinds), both regular expressions but for # and .


@dataclass(frozen=True)
class Source:
    """A program, or several that save the same networks."""

    name: str  # for --like
    title: str
    recipe: Recipe  # with those settings of the two networks that weights can't show
    generator: Parts
    discriminator: Parts
    read_generator: GeneratorReader
    read_discriminator: DiscriminatorReader


def ordered(parts: Parts, layers: Sequence[Layer], names_differ: bool = False) -> list[Layer] | None:
    """Returns the layers in the order of `parts` if they have its names and kinds, else None. With `names_differ` their kinds
    in the given order suffice."""
    if names_differ:
        pattern = "".join(kinds.replace(".?", "").replace(".", "") for _, kinds in parts)
        return list(layers) if re.fullmatch(pattern, "".join(layer.kind for layer in layers)) else None
    found: list[Layer] = []
    for names, kinds in parts:
        numbered = _of_part(names, layers)
        modules = [numbered[i].kind if i in numbered else "." for i in range(max(numbered, default=-1) + 1)]
        if not re.fullmatch(kinds.replace(".", r"\."), "".join(modules)):
            return None
        found += [numbered[i] for i in sorted(numbered)]
    return found if len(found) == len(layers) else None


def _of_part(names: str, layers: Sequence[Layer]) -> dict[int, Layer]:
    """Returns the layers with these names by their numbers."""
    pattern = re.compile(re.escape(names).replace(r"\#", r"(\d{1,3})").replace(r"\|", "|"))
    found = {}
    for layer in layers:
        if match := pattern.fullmatch(layer.name):
            found[int(match[match.lastindex]) if match.lastindex else 0] = layer
    return found


# ------------------------------------------------------------------------------------------------------- recipes


def _recipe(base: Recipe, name: str, summary: str, **changes: Any) -> Recipe:
    return replace(base, name=name, summary=f"{summary}, as its own program trains it", **changes)


_TUTORIAL = _recipe(
    RECIPES["dcgan"],
    "pytorch-dcgan",
    "the DCGAN of PyTorch's tutorial and examples",
    conditional=False,
    batch_size=128,
    last_batch="kept",
    ema_half_life=0,
)
_PYTORCH_GAN = _recipe(
    RECIPES["deep-mlp"],
    "pytorch-gan-gan",
    "PyTorch-GAN's first GAN, fully connected",
    generator={"family": "mlp", "slope": 0.2, "norm": True},
    discriminator={"family": "mlp", "widths": [512, 256], "slope": 0.2},
)
_CGAN = _recipe(
    _PYTORCH_GAN,
    "pytorch-gan-cgan",
    "PyTorch-GAN's conditional GAN, fully connected, with the least-squares loss",
    discriminator={"family": "mlp", "widths": [512, 512, 512], "slope": 0.2, "dropout": [0.0, 0.4, 0.4]},
    conditional=True,
    loss="least-squares",
    d_weight=1.0,  # the loss has the factor 1/2 itself
)
_WGAN_GP = _recipe(
    _PYTORCH_GAN,
    "pytorch-gan-wgan-gp",
    "PyTorch-GAN's WGAN-GP, fully connected",
    loss="wasserstein",
    gradient_penalty=10.0,
    first="discriminator",
    g_every=5,
    d_weight=1.0,
)
_UPSAMPLING = _recipe(
    RECIPES["dcgan-upsample"],
    "pytorch-gan-dcgan",
    "PyTorch-GAN's DCGAN, which upsamples and then convolves",
    discriminator={"family": "upsample"},  # with every batch norm, at 16 pixels too
)
_BUBBLIIIING = _recipe(
    RECIPES["dcgan-linear"], "bubbliiiing-dcgan", "bubbliiiing's DCGAN, which begins with a fully connected layer"
)
_COURSE_GAN = _recipe(RECIPES["mlp"], "cs231n-gan", "the fully connected GAN of CS231n's assignment")
_COURSE_LSGAN = _recipe(
    RECIPES["mlp-lsgan"], "cs231n-lsgan", "the fully connected GAN of CS231n's assignment with the least-squares loss"
)
_COURSE_DCGAN = _recipe(RECIPES["infogan-dc"], "cs231n-dcgan", "the convolutional GAN of CS231n's assignment")

# -------------------------------------------------------------------------------------------------------- layouts

_DEEP: Parts = (("model.#", "L.(LN.)+L"),)
_SHALLOW: Parts = (("model.#", "(L.)+L"),)
_COURSE: Parts = (("#", "(L.)+L"),)
_COURSE_CRITIC: Parts = (("#", ".?(L.)+L"),)  # a Flatten first, or not

SOURCES = {
    source.name: source
    for source in (
        Source(
            "pytorch-dcgan",
            "pytorch/examples dcgan and PyTorch's DCGAN tutorial",
            _TUTORIAL,
            (("main.#|#", "(CN.)+C"),),
            (("main.#|#", "C.(CN.)+C"),),
            converting.dcgan_generator,
            converting.dcgan_discriminator,
        ),
        Source(
            "pytorch-gan-gan",
            "PyTorch-GAN gan",
            _PYTORCH_GAN,
            _DEEP,
            _SHALLOW,
            converting.mlp_generator,
            converting.mlp_discriminator,
        ),
        Source(
            "pytorch-gan-wgan-gp",
            "PyTorch-GAN wgan_gp",
            _WGAN_GP,
            _DEEP,
            _SHALLOW,
            converting.mlp_generator,
            converting.mlp_discriminator,
        ),
        Source(
            "pytorch-gan-cgan",
            "PyTorch-GAN cgan",
            _CGAN,
            (("label_emb", "E"), *_DEEP),
            (("label_embedding|label_emb", "E"), ("model.#", "L.(L..)*L")),
            converting.mlp_generator,
            partial(converting.mlp_discriminator, dropout=0.4),
        ),
        Source(
            "pytorch-gan-dcgan",
            "PyTorch-GAN dcgan",
            _UPSAMPLING,
            (("l1.#", "L"), ("conv_blocks.#|conv_model.#", "N(.CN.)+C")),
            (("model.#", "C..(C..N)+"), ("adv_layer.#", "L")),
            converting.upsample_generator,
            converting.upsample_discriminator,
        ),
        Source(
            "bubbliiiing-dcgan",
            "bubbliiiing/dcgan-pytorch",
            _BUBBLIIIING,
            (
                ("linear", "L"),
                ("linear_bn", "N"),
                *(part for i in (1, 2, 3) for part in ((f"deconv{i}", "C"), (f"deconv{i}_bn", "N"))),
                ("deconv4", "C"),
            ),
            (
                ("conv1", "C"),
                *(part for i in (2, 3, 4) for part in ((f"conv{i}", "C"), (f"conv{i}_bn", "N"))),
                ("linear", "L"),
            ),
            converting.dcgan_generator,
            converting.dcgan_discriminator,
        ),
        Source(
            "cs231n-gan",
            "CS231n's fully connected GAN",
            _COURSE_GAN,
            _COURSE,
            _COURSE_CRITIC,
            converting.mlp_generator,
            converting.mlp_discriminator,
        ),
        Source(
            "cs231n-lsgan",
            "CS231n's least-squares GAN",
            _COURSE_LSGAN,
            _COURSE,
            _COURSE_CRITIC,
            converting.mlp_generator,
            converting.mlp_discriminator,
        ),
        Source(
            "cs231n-dcgan",
            "CS231n's convolutional GAN",
            _COURSE_DCGAN,
            (("#", "L.NL.N.C.NC"),),
            (("#", ".?C..C...L.L"),),
            converting.infogan_generator,
            converting.infogan_discriminator,
        ),
    )
}
