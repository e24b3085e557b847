"""Makes a run of weights that another program saved: `python -m ganlib.adopt`.

python -m ganlib.adopt netG_epoch_24.pth --out checkpoints/faces                   # draws, exports, opens in the page
python -m ganlib.adopt netG.pth --discriminator netD.pth --out checkpoints/faces   # and can be trained further
python -m ganlib.adopt checkpoint.pth --out checkpoints/faces                      # a dict that holds both state dicts
python -m ganlib.adopt generator.pth --like pytorch-gan-wgan-gp --out checkpoints/digits

The program is recognised by the names and shapes of its layers; docs/adopt.md lists those that are known.
"""

if __name__ == "__main__":
    from ganlib import imports

    imports.begin()

import argparse
import hashlib
import shlex
import sys
import tempfile
from pathlib import Path

from ganlib import latents, pictures
from ganlib.adopting.recognising import Adopted, File, adopted
from ganlib.adopting.sources import SOURCES
from ganlib.cli import options_of, run_command
from ganlib.hub import pulling
from ganlib.planning.train_options import setting
from ganlib.runs import card
from ganlib.runs.config import UNKNOWN, Config
from ganlib.runs.run import Run
from ganlib.sampling import draw


def main(arguments: list[str] | None = None) -> None:
    options = options_of(_parser(), arguments)
    pulling.check_new(options.out)
    file = File.of(options.file)
    other = File.of(options.discriminator) if options.discriminator else None
    found = adopted(file, other, options.like, options.settings)
    run = _written(options.out, found, _config(found, options.file))
    print(f"{options.file}: {_described(found)}.", *found.notes, sep="\n")
    where = shlex.quote(str(options.out))
    print(
        f"{options.out} is a run now: `python -m ganlib.sample {where} --out {shlex.quote(f'{run.name}.png')}` draws from it."
    )


def _described(found: Adopted) -> str:
    """Returns what was recognised: the program, and what the shapes say."""
    generator = found.generator
    labels = f", {generator.num_classes} classes" if generator.num_classes else ""
    both = "generator and discriminator" if found.discriminator else "generator"
    return (
        f"{both} of {found.source.title}; draws {generator.image_size} px in {pictures.COLOURS[generator.channels]}{labels}, "
        f"from a {found.recipe.latent} latent of {found.recipe.latent_dim} numbers"
    )


def _config(found: Adopted, path: Path) -> Config:
    generator = found.generator
    with open(path, "rb") as file:
        fingerprint = hashlib.file_digest(file, "sha256").hexdigest()
    return Config(
        recipe=found.recipe,
        dataset=UNKNOWN,
        source=UNKNOWN,
        fingerprint=fingerprint,
        dataset_size=1,
        image_size=generator.image_size,
        channels=generator.channels,
        class_names=tuple(map(str, range(generator.num_classes))) or None,
        seed=0,
        images=None,
        schedule_images=found.recipe.images,
        weights_dtype="float32",  # so that it draws what the program drew
        commands=(shlex.join(["python", "-m", "ganlib.adopt", *sys.argv[1:]]),),
        parent=path.name,
        adopted=found.source.title,
    )


def _written(out: Path, found: Adopted, config: Config) -> Run:
    """Writes the run into the new folder `out`, atomically."""
    with tempfile.TemporaryDirectory() as folder:
        run = Run.create(Path(folder, "run"), config)
        run.save_snapshot(found.generator, 0)
        if found.discriminator:
            run.save_discriminator(found.discriminator, 0)
        z, labels, columns = latents.fixed(config.num_classes, config.recipe.latent_dim, config.seed, config.recipe.latent)
        run.save_grid(0, pictures.webp(pictures.grid(draw(found.generator, z, labels), columns)))
        pulling.copy(run.path, out)
    run = Run.open(out)
    run.save_text("README.md", card.write(run))
    return run


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ganlib.adopt", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, help="a state dict or a checkpoint: .pth, .pt or .safetensors")
    parser.add_argument("--discriminator", type=Path, metavar="FILE", help="the discriminator's weights, where FILE has none")
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="the folder of the new run")
    parser.add_argument(
        "--like", choices=SOURCES, metavar="NAME", help=f"whose layers these are, whatever their names: {', '.join(SOURCES)}"
    )
    parser.add_argument(
        "--set", type=setting, action="append", default=[], dest="settings", metavar="FIELD=VALUE",
        help="what weights don't show, such as latent=uniform, generator.slope=0.1 or generator.eps=1e-5; may be repeated",
    )  # fmt: skip
    return parser


if __name__ == "__main__":
    run_command(main)
