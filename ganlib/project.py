"""Finds pictures in a run's latent space: `python -m ganlib.project`.

python -m ganlib.project checkpoints/mnist three.png --out found/          # a picture
python -m ganlib.project checkpoints/mnist digits/ more.zip --out found/   # a folder and an archive of pictures
python -m ganlib.project checkpoints/mnist three.png --label 3 --prior 8 --out found/
python -m ganlib.project checkpoints/mnist digits/ --scores --out found/   # which of them are odd

For each picture: the image that the generator draws nearest to it (NAME.png), and a strip "yours | found | difference"
(NAME-strip.png). latents.npz holds `names`, `z`, `labels`, `rmse` in grey levels, and `images` (uint8 NHWC), in the order of
the names. With --scores, scores.csv holds each picture's error as an anomaly score (as AnoGAN, Schlegl et al. 2017), and than
how many of 100 held-out pictures it is odder; of 100 training pictures where the set has no test part. A built-in set (mnist)
gives its test pictures.
"""

if __name__ == "__main__":
    from ganlib import imports

    imports.begin()

import argparse
import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from ganlib import UserError, files, hub, latents, pictures, scoring
from ganlib.cli import epoch_or, non_negative_float, options_of, run_command
from ganlib.inversion import PRIOR, given_pictures
from ganlib.inversion.projector import FAR, Projector, as_images, strip
from ganlib.inversion.search import Found
from ganlib.runs import inversion_errors
from ganlib.runs.inversion_errors import InversionErrors
from ganlib.runs.run import Run, Snapshot
from ganlib.sampling import draw, find_label, labels_for

OWN, REAL = 100, 200  # pictures whose errors are measured once a run
TOLD = 20  # pictures whose errors are printed
SEED = 2717  # of the run's own samples, others than those where searches start


def main(arguments: list[str] | None = None) -> None:
    options = options_of(_parser(), arguments)
    out = Path(options.out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"--out {out} is there already; name a new folder.")
    run = hub.run_at(options.run)
    snapshot, config = chosen_snapshot(run, options.epoch), run.config
    label = find_label(config, options.label)
    given = given_pictures.read(options.pictures, config.image_size, config.channels, config.reading, options.data_root)
    projector = Projector.of(run.generator(snapshot), config.recipe.latent)
    known = reference_errors(run, snapshot, projector, options.dataset, options.data_root) if options.scores else None
    found = _found(
        projector, given.images, labels_for(config, len(given.names), label) if label is not None else None, options.prior
    )
    drawn = as_images(found, given.images.shape)
    try:
        _write(out, given, found, drawn, known)
    except OSError as error:
        raise UserError(f"--out {out} can't be written ({error.strerror}).") from error
    _tell(run, snapshot, given.names, found, known)


def chosen_snapshot(run: Run, epoch: float | str | None = None) -> Snapshot:
    """Returns the snapshot to search in. Raises UserError for one that is untrained."""
    snapshot = run.best() if epoch == "best" else run.snapshot(epoch if isinstance(epoch, float) else None)
    if not snapshot.images and not run.config.parent:
        raise UserError(
            f"{run.name} is untrained at this snapshot: it draws nothing to find; train it first, or name a later --epoch."
        )
    return snapshot


def reference_errors(
    run: Run, snapshot: Snapshot, projector: Projector, dataset: str | None = None, data_root: Path | None = None
) -> InversionErrors:
    """Returns the errors of the run's own samples and of held-out pictures, or training pictures of a set without a test part:
    those kept with the run, or measured now and kept.

    Raises UserError if the set is not at hand.
    """
    if (known := inversion_errors.read(run.path, snapshot.images)) is not None:
        return known
    recipe, data = run.config.recipe, scoring.Data.of(run, dataset, data_root)
    z = latents.sample(OWN, recipe.latent_dim, SEED, recipe.latent)
    own = draw(projector.generator, z, labels_for(run.config, OWN, None))
    real = data.real(REAL).images
    errors = _found(projector, np.concatenate([own, real]), None, PRIOR, "reference").errors.tolist()
    own_errors, real_errors = sorted(errors[:OWN]), sorted(errors[OWN:])
    unseen = data.held_out is not None
    measured = InversionErrors(snapshot.images, data.training.name, PRIOR, own_errors, real_errors, unseen)
    if not hub.is_on_hub(str(run.path)):
        inversion_errors.write(run.path, measured)
    return measured


def _found(projector: Projector, images: np.ndarray, labels: np.ndarray | None, prior: float, what: str | None = None) -> Found:
    parts = []
    with tqdm(total=len(images), unit="img", desc=what, disable=None) as bar:  # None: unless stderr is a terminal
        for part in projector.in_turn(images, labels, prior):
            parts.append(part)
            bar.update(len(part.z))
    return Found.joined(parts)


def _write(
    out: Path, given: given_pictures.GivenPictures, found: Found, drawn: np.ndarray, known: InversionErrors | None
) -> None:
    """Writes each picture's files, then the scores, and the latents last."""
    for name, image, made in zip(given.names, given.images, drawn, strict=True):
        files.write(out / f"{name}.png", pictures.png(pictures.as_picture(made)))
        files.write(out / f"{name}-strip.png", pictures.png(pictures.as_picture(strip(image, made))))
    if known is not None:
        files.write(out / "scores.csv", _scores(given.names, found, known))
    arrays: dict[str, Any] = {
        "names": np.array(given.names), "z": found.z, "rmse": found.errors, "images": drawn.transpose(0, 2, 3, 1)
    }  # fmt: skip
    if found.labels is not None:
        arrays["labels"] = found.labels
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    files.write(out / "latents.npz", file.getvalue())


def _scores(names: list[str], found: Found, known: InversionErrors) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["name", "score", "odder_than"])
    table.writerows((name, f"{error:.3f}", known.odder_than(error)) for name, error in zip(names, found.errors, strict=True))
    return text.getvalue()


def _tell(run: Run, snapshot: Snapshot, names: list[str], found: Found, known: InversionErrors | None) -> None:
    for number in range(min(len(names), TOLD)):
        label = "" if found.labels is None else f", label {run.config.labels[found.labels[number]]}"
        odd = "" if known is None else f", odder than {known.odder_than(found.errors[number])} of 100 {known.compared}"
        near = "; no start came near it: what was found is another picture" if found.errors[number] > FAR else ""
        print(f"{names[number]}: {found.errors[number]:.2f} grey levels{label}{odd}{near}")
    far = int((found.errors > FAR).sum())
    none = f"; no start came near {far:,} of them (more than {FAR:.0f} levels)" if far else ""
    searched = "1 picture, error" if len(names) == 1 else f"{len(names):,} pictures, median error"
    print(f"{run.name}, {snapshot.label}: {searched} {np.median(found.errors):.2f} grey levels{none}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ganlib.project", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("run", help="a run's folder | OWNER/NAME[@REVISION] on the Hub")
    add("pictures", nargs="+", metavar="PICTURE", help="pictures, folders, archives, films or sets of them")
    add("--out", required=True, metavar="DIR", help="a new folder for what is found")
    add("--label", metavar="LABEL", help="the class by name or number (default: the one that fits best)")
    add("--epoch", type=epoch_or("best"), help="the snapshot nearest to this epoch | best (default: the last)")
    prior = f"0: as near as possible; larger: as likely as possible; in grey levels (default: {PRIOR:g})"
    add("--prior", type=non_negative_float, default=PRIOR, metavar="LEVELS", help=prior)
    add("--scores", action="store_true", help="write scores.csv: how odd each picture is beside held-out ones")
    add("--dataset", metavar="SET", help="for --scores: the data set or its path (default: that of the training)")
    add("--data-root", type=Path, metavar="DIR", help="a folder that holds data sets; read first, never written")
    return parser


if __name__ == "__main__":
    run_command(main)
