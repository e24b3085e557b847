"""Measures a run's samples against real pictures and saves the scores in the run: `python -m ganlib.evaluate`.

python -m ganlib.evaluate checkpoints/mnist                           # the last snapshot, without any download
python -m ganlib.evaluate checkpoints/mnist --epoch all               # every snapshot; `--epoch best` samples the best then
python -m ganlib.evaluate checkpoints/mnist --metrics fid,swd         # with Inception: FID, KID, precision, recall
python -m ganlib.evaluate checkpoints/anime-faces --dataset faces.zip # the data set's path on this machine
"""

if __name__ == "__main__":
    from ganlib import imports

    imports.begin()

import argparse
import textwrap
from collections.abc import Collection
from pathlib import Path

from tqdm import tqdm

from ganlib import UserError, hub, scoring
from ganlib.cli import epoch_or, names_among, options_of, positive_int, run_command
from ganlib.metrics.measures import FIGURES, IN_TRAINED, MEASURES, in_trained_features
from ganlib.pictures import RGBA
from ganlib.runs import card

FEWEST = 100  # samples; fewer give no reliable measure


def main(arguments: list[str] | None = None) -> None:
    options = options_of(_parser(), arguments)
    if options.num < FEWEST:
        raise UserError(f"--num {options.num} is too few to measure; choose {FEWEST} or more.")
    run = hub.run_at(options.run)
    names = options.metrics or scoring.usual(run)
    scoring.refuse_unfit(names, run.config)
    if options.inception_weights and not options.inception_weights.is_file():
        raise UserError(f"--inception-weights {options.inception_weights} is no file.")
    snapshots = scoring.chosen_snapshots(run, options.epoch)
    data = scoring.Data.of(run, options.dataset, options.data_root)
    comparison = (data, names, options.num, options.inception_weights)
    scores: dict[int | None, scoring.Scores] = {None: scoring.score_real(run, *comparison)}
    for snapshot in tqdm(snapshots, unit="snapshot", disable=len(snapshots) == 1 or None):
        scores[snapshot.images] = scoring.score(run, snapshot, *comparison)
    if hub.is_on_hub(options.run):
        print(f"Not kept: {run.name} is the Hub's. To keep its scores: python -m ganlib.hub pull {run.name} --out DIR")
    else:
        run.save_scores(data.reference(run.config), scores)
        run.save_text("README.md", card.write(run))
    rows = {"real pictures": scores[None]} | {snapshot.label: scores[snapshot.images] for snapshot in snapshots}
    network = run.config.feature_network
    trained = {name for name in FIGURES if in_trained_features(name, network)}
    _print_table(rows, trained)
    protocols = filter(None, (MEASURES[name].protocol for name in names))
    transparent = [card.TRANSPARENT] if run.config.channels == RGBA else []
    marked = [f"* {IN_TRAINED}, {network}"] if trained & max(rows.values(), key=len).keys() else []
    print("; ".join([f"against {card.reference(data.reference(run.config))}", *protocols, *transparent, *marked]))


def _print_table(rows: dict[str, scoring.Scores], trained: Collection[str]) -> None:
    """Prints a row for each snapshot and a column for each measure, with its number of images, and an asterisk with the names
    `trained`."""
    widest = max(rows.values(), key=len)
    heads = {name: f"{name}*" if name in trained else name for name in widest}
    columns = {name: max(len(head), 10) for name, head in heads.items()}
    print(" " * 14 + "  ".join(f"{heads[name]:>{width}}" for name, width in columns.items()))
    print(f"{'images':14}" + "  ".join(f"{widest[name][1]:>{width},}" for name, width in columns.items()))
    for label, scores in rows.items():
        values = {name: f"{scores[name][0]:.4g}" if name in scores else "" for name in columns}
        print(f"{label:14}" + "  ".join(f"{values[name]:>{width}}" for name, width in columns.items()))


def _table() -> str:
    """Returns the list of measures for the help."""
    indent = " " * 16
    return "\n".join(
        textwrap.fill(f"{name:15} {measure.help}", 120, subsequent_indent=indent) for name, measure in MEASURES.items()
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ganlib.evaluate",
        description=f"{__doc__}\n{_table()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run", help="a run's folder | OWNER/NAME[@REVISION] on the Hub")
    parser.add_argument(
        "--epoch", type=epoch_or("all", "best"), help="the snapshot nearest to this epoch | all | best (default: the last)"
    )
    parser.add_argument("--num", type=positive_int, default=10_000, help="samples (default: 10000)")
    asked = [name for name, measure in MEASURES.items() if measure.usual_for == "none"]
    metrics = f"from {','.join(MEASURES)} (default: all that apply to the run except {','.join(asked)})"
    parser.add_argument("--metrics", type=names_among(MEASURES), metavar="A,B", help=metrics)
    parser.add_argument("--dataset", metavar="SET", help="the data set or its path (default: that of the training)")
    parser.add_argument(
        "--data-root", type=Path, metavar="DIR", help="a folder that holds data sets; read first, never written"
    )
    parser.add_argument("--inception-weights", type=Path, metavar="FILE", help="for FID on a machine without network")
    return parser


if __name__ == "__main__":
    run_command(main)
