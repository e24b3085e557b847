"""The options of train.py, in the groups that its --help shows."""

import argparse
from pathlib import Path

from ganlib import UserError, datasets, devices
from ganlib.cli import count, duration, epochs_list, image_size, names_among, positive_float, positive_int, seed
from ganlib.datasets.arguments import add_reading
from ganlib.metrics.measures import MEASURES, QUICK
from ganlib.objectives.augment import CHANGES
from ganlib.planning.registration import recipes
from ganlib.recipes import FEW

JOB = "on a machine of the Hugging Face Hub, paid by the minute"  # title of a group
USAGE = "python train.py --dataset SET [options]\n       python train.py --resume [DIR] [options]"
LOGS = (
    "json: events as lines on stdout, sentences on stderr; tensorboard: into the run's folder; trackio or wandb: an experiment "
    "tracker; may be given many times"
)


def parser(description: str) -> argparse.ArgumentParser:
    """Returns the parser of train.py; --help starts with `description`."""
    made = argparse.ArgumentParser(description=description, usage=USAGE, formatter_class=argparse.RawDescriptionHelpFormatter)
    groups = {
        "data": _data,
        "recipe": _recipe,
        "length": _length,
        "output and logging": _output,
        "where it runs": _place,
        "Hugging Face Hub": _hub,
        JOB: add_job,
    }
    for title, fill in groups.items():
        fill(made.add_argument_group(title))
    return made


def setting(text: str) -> tuple[str, str]:
    """Parses the argument of --set into a field and its value, both as text."""
    field, equals, value = text.partition("=")
    if not equals or not field:
        raise argparse.ArgumentTypeError(f"{text!r} is not FIELD=VALUE such as r1=0.5")
    return field.strip(), value.strip()


def _changes(text: str) -> tuple[str, ...]:
    """Parses the argument of --augment."""
    return () if text == "none" else names_among(CHANGES)(text)


def refuse_options_of_jobs(options: argparse.Namespace) -> None:
    """Raises UserError for options of a job without --on."""
    for name in ("flavor", "timeout", "code", "yes"):
        if getattr(options, name):
            raise UserError(f"--{name} is of a job: say where it runs with --on hf-jobs.")


def _data(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--dataset", metavar="SET", help=datasets.SETS)
    add("--data-root", type=Path, metavar="DIR", help="a folder that holds data sets already; read first, never written")
    add("--data-note", metavar="TEXT", help="for the model card: where your images come from, and their licence")
    add_reading(group)
    sizes = "a square's side, or width x height such as 64x32 (default: the recipe's, the set's own, or 64)"
    add("--image-size", type=image_size, metavar="PIXELS", help=sizes)


def _recipe(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--recipe", choices=recipes(), help="(default: by the data set, or that of --init-from)")
    add("--list-recipes", action="store_true", help="list the recipes and exit")
    add(
        "--set",
        dest="settings",
        action="append",
        default=[],
        type=setting,
        metavar="FIELD=VALUE",
        help="change any setting of the recipe, e.g. r1=0.5, betas=0,0.99 or generator.width=32; may be given many times",
    )
    add(
        "--race",
        action="append",
        default=[],
        nargs="+",
        type=setting,
        metavar="FIELD=VALUE",
        help="two to four times: train once with each of these settings, in turns, each into a run of its own",
    )
    add("--batch-size", type=positive_int, help="images per step (default: the recipe's)")
    add("--g-lr", type=positive_float, metavar="RATE", help="the generator's learning rate (default: the recipe's)")
    add("--d-lr", type=positive_float, metavar="RATE", help="the discriminator's learning rate (default: the recipe's)")
    augmentations = f"{','.join(CHANGES)} (default: the recipe's; all of them below {FEW:,} images)"
    add("--augment", type=_changes, metavar="A,B|none", help=augmentations)
    add("--flip", action="store_const", const=True, help="mirror every second image (not for letters, road signs or scans)")
    add("--init-from", metavar="RUN[@EPOCH]", help="start from this run's generator (default: its last) and discriminator")
    add("--freeze", type=count, metavar="LAYERS", help="with --init-from: D's first layers that are not trained")
    add("--seed", type=seed, help="seed of all random numbers (default: 0)")


def _length(group: argparse._ArgumentGroup) -> None:
    length = group.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=positive_float, help="passes through the set (default: the recipe's length)")
    length.add_argument("--images", type=positive_int, help="images seen by the discriminator")
    group.add_argument("--minutes", type=positive_float, help="stop after this time")
    group.add_argument(
        "--resume",
        nargs="?",
        const="",
        metavar="RUN",
        help="continue a run, a folder or OWNER/NAME (default: the one trained last)",
    )
    group.add_argument(
        "--dry-run", action="store_true", help="train a few steps, write nothing, print the time and memory needed"
    )


def _output(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--out", type=Path, metavar="DIR", help="the run's folder (default: a new one in checkpoints/)")
    moments = group.add_mutually_exclusive_group()
    moments.add_argument("--snapshot-every", type=positive_float, metavar="EPOCHS", help="(default: close together early on)")
    moments.add_argument("--snapshot-at", type=epochs_list, metavar="1,10,20", help="epochs after which to keep a snapshot")
    add("--grid-every", type=positive_int, metavar="STEPS", help="also keep a grid of samples every so many steps")
    usual = ",".join(QUICK)
    measured = f"measure each snapshot: {usual}, or these of {', '.join(MEASURES)}"
    add("--scores", nargs="?", const=QUICK, default=(), type=names_among(MEASURES), metavar="A,B", help=measured)
    add(
        "--on-divergence",
        choices=["stop", "rollback"],
        default="stop",
        help="rollback: continue from the last good state with half the learning rates (default: stop)",
    )
    add("--quiet", action="store_true", help="with --log-to json: only the events, no sentences but warnings and errors")
    add("--log-to", action="append", default=[], choices=["json", "tensorboard", "trackio", "wandb"], help=LOGS)


def _place(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--device", default="auto", help="auto | cpu | cuda | cuda:0 | mps (default: auto)")
    add("--precision", choices=devices.PRECISIONS, help="of convolutions (default: bfloat16 where the hardware supports it)")
    add("--compile", action="store_true", help="compile the networks: minutes at first, then faster steps on a GPU")


def _hub(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--push-to-hub", metavar="OWNER/NAME", help="upload the run at each snapshot (`hf auth login` first)")
    add("--private", action="store_true", help="create the Hub repository as private")
    add("--revision", metavar="BRANCH", help="the branch to upload to (default: main)")
    add("--push-state", action="store_true", help="upload the state, too: --resume OWNER/NAME goes on from it anywhere")


def add_job(group: argparse._ArgumentGroup, limit: str = "1h, or by --minutes") -> None:
    """Adds the options of a job, whose time limit is `limit` by default."""
    add = group.add_argument
    add("--on", choices=["hf-jobs"], help="train there instead of here; needs --push-to-hub; see docs/gpu.md")
    add("--flavor", metavar="NAME", help="the machine (default: t4-small); a wrong name lists them with their prices")
    add("--timeout", type=duration, metavar="1h", help=f"end the job after this time (default: {limit})")
    add("--code", metavar="[spaces/]OWNER/NAME[@REVISION]", help="this project's code there (default: upload this one)")
    add("--yes", action="store_true", help="agree to the price and the uploads without being asked")
