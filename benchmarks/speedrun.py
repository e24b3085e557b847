"""Measures how soon a training draws good pictures, from nothing, and prints one JSON line: an entry for docs/leaderboard.md.

    python benchmarks/speedrun.py digits --images 180000 --seeds 0 1 2
    python benchmarks/speedrun.py digits --images 100000 -- --set r1=0.1                         # options of train.py
    python benchmarks/speedrun.py faces --dataset PATH --images 600000 --every 1
    python benchmarks/speedrun.py digits --images 60000 --peer examples --checkout examples --data-root MNIST-FOLDER

Each seed trains in a process of its own, with two clocks: processor time, in which other work on the machine doesn't count,
and time. Both include the imports, reading the data and saving the snapshots, and stand still while a snapshot is measured. A
goal is reached at the first snapshot that meets it, null if none does; a run ends when it has reached all.

A peer's script runs unmodified, as in peers.py, with these seeds.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).parents[1]))
import peers
from peer_scripts import PEERS, Enough, watched

from ganlib import devices
from ganlib.cli import options_of, positive_float, positive_int, run_command
from ganlib.metrics import frechet_distance
from ganlib.planning import plan, train_options
from ganlib.scoring import Data, score
from ganlib.training.events import SnapshotSaved

ROOT = Path(__file__).parents[1]
EPOCH = 60_000  # digits, of a peer's loop


@dataclass(frozen=True)
class Goal:
    """A figure that is to come below `value`, or above it."""

    figure: str
    value: float
    below: bool = True

    def met(self, scores: dict[str, float]) -> bool:
        return self.figure in scores and (scores[self.figure] < self.value) == self.below


@dataclass(frozen=True)
class Task:
    """A training set (None: that of --dataset), a measure with its number of samples, and what it is to reach, by name."""

    dataset: str | None
    measure: str
    samples: int
    goals: dict[str, Goal]


TASKS = {
    "digits": Task(
        "mnist", "digits", 10_000, {"distance 20": Goal("digit_distance", 20), "agreement 98 %": Goal("agreement", 0.98, False)}
    ),
    "faces": Task(None, "features", 2_048, {"distance 100": Goal("feature_distance", 100)}),
}


@dataclass(frozen=True)
class Mark:
    """What had been spent on so many images, and the figures then."""

    images: int
    processor_seconds: float
    seconds: float
    scores: dict[str, float]


class Stopwatch:
    """The time that this process has spent since it `began`: of the processor and by the clock, less that of its breaks."""

    def __init__(self, began: float):
        self._processor, self._clock = 0.0, began

    def stop(self) -> tuple[float, float]:
        self._spent = time.process_time() - self._processor, time.time() - self._clock
        return self._spent

    def go_on(self) -> None:
        self._processor, self._clock = time.process_time() - self._spent[0], time.time() - self._spent[1]


def train(options: argparse.Namespace) -> list[Mark]:
    """Trains as train.py does, and measures every snapshot, until all goals are reached."""
    task, watch, marks, data = TASKS[options.task], Stopwatch(options.began), [], None
    chosen = options_of(train_options.parser(""), train_arguments(options))
    device = devices.pick(chosen.device)
    trainer = plan.begun(plan.planned(chosen, device), chosen, device, None)
    for event in trainer.events():
        if isinstance(event, SnapshotSaved) and event.images:
            spent = watch.stop()
            data = data or Data.of(trainer.run, data_root=options.data_root)
            scores = score(trainer.run, event.snapshot, data, [task.measure], task.samples)
            marks.append(mark(event.images, spent, {name: value for name, (value, _) in scores.items()}))
            if all(reached(task, marks).values()):
                break
            watch.go_on()
    return marks


def train_arguments(options: argparse.Namespace) -> list[str]:
    """Returns the command line of train.py for `--only` a seed."""
    fixed = {
        "--dataset": options.dataset or TASKS[options.task].dataset,
        "--data-root": options.data_root,
        "--seed": options.only,
        "--images": options.images,
        "--snapshot-every": options.every,
        "--out": options.out / "run",
    }
    named = [text for name, value in fixed.items() if value is not None for text in (name, str(value))]
    return [*named, *options.training]


def follow(options: argparse.Namespace) -> list[Mark]:
    """Runs a peer's script until it has seen `--images`, and measures its digits."""
    peer, watch, marks = PEERS[options.peer], Stopwatch(options.began), []
    watch.stop()
    reference = peers.features(peers.training_digits(options.data_root), peer.size)
    step = round(options.every * EPOCH)
    due = [*range(step, options.images, step), options.images]

    def measure(seen: int, generator: nn.Module) -> None:
        if seen >= due[0]:
            spent = watch.stop()
            digits = peers.features(peers.samples(peer, generator), peer.size)
            marks.append(mark(seen, spent, {"digit_distance": frechet_distance(reference, digits)}))
            watch.go_on()
            del due[0]
        if not due:
            raise Enough

    watch.go_on()
    watched(peer, options.checkout, measure, options.data_root, seed=options.only)
    return marks


def mark(images: int, spent: tuple[float, float], scores: dict[str, float]) -> Mark:
    found = Mark(images, round(spent[0], 1), round(spent[1], 1), {name: round(value, 4) for name, value in scores.items()})
    print(json.dumps(asdict(found)), file=sys.stderr, flush=True)
    return found


def in_own_process(seed: int) -> list[Mark]:
    """Returns the marks of a run with this seed."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--only", str(seed), "--began", str(time.time()), "--out", folder, *sys.argv[1:]]
        subprocess.run(command, check=True, stdout=sys.stderr)
        return [Mark(**one) for one in json.loads((Path(folder) / "marks.json").read_text())]


def entry(options: argparse.Namespace, runs: dict[int, list[Mark]]) -> dict:
    """Returns what is printed."""
    return {
        "task": options.task,
        "entry": PEERS[options.peer].title if options.peer else " ".join(["train.py", *options.training]),
        "images": options.images,
        "runs": [
            {"seed": seed, **reached(TASKS[options.task], marks), "last": asdict(marks[-1])} for seed, marks in runs.items()
        ],
        "hardware": devices.describe(devices.pick("auto")),
        "torch": torch.__version__,
        "commit": commit(),
    }


def reached(task: Task, marks: list[Mark]) -> dict[str, dict | None]:
    """Returns each goal's first mark that meets it."""
    firsts = {name: next((one for one in marks if goal.met(one.scores)), None) for name, goal in task.goals.items()}
    return {name: asdict(first) if first else None for name, first in firsts.items()}


def commit() -> str:
    """Returns the commit of this checkout, with + where files differ from it."""
    found = subprocess.run(["git", "describe", "--always", "--dirty=+"], cwd=ROOT, capture_output=True, text=True)
    return found.stdout.strip() or "unknown"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--dataset", help="the set of faces, as for train.py")
    parser.add_argument("--data-root", type=Path, help="as for train.py; for a peer, a folder with MNIST's .gz files in it")
    parser.add_argument("--images", type=positive_int, default=300_000, help="the length of a run (default: %(default)s)")
    parser.add_argument("--every", type=positive_float, default=0.125, help="epochs between snapshots (default: %(default)s)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="default: 0 1 2")
    parser.add_argument("--peer", choices=PEERS, help="run a peer's script instead")
    parser.add_argument("--checkout", type=Path, help="of the peer")
    parser.add_argument("--only", type=int, help=argparse.SUPPRESS)  # the process of one seed
    parser.add_argument("--began", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    at = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    options = parser.parse_args(sys.argv[1:at])
    options.training = sys.argv[at + 1 :]  # for train.py
    if TASKS[options.task].dataset is None and not options.dataset:
        parser.error(f"{options.task} needs a set: --dataset PATH")
    if options.peer and not (options.checkout and options.data_root and options.task == "digits"):
        parser.error("a peer draws digits, and needs --checkout and --data-root")
    if options.only is not None:
        marks = follow(options) if options.peer else train(options)
        (options.out / "marks.json").write_text(json.dumps([asdict(one) for one in marks]))
        return
    runs = {seed: in_own_process(seed) for seed in options.seeds}
    print(json.dumps(entry(options, runs)))


if __name__ == "__main__":
    run_command(main)
