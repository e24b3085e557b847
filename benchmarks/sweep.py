"""Runs a sweep by two workers, kills one of them in the middle, and compares what was found with the recipe as it stands.

    python benchmarks/sweep.py docs/digits.toml --seeds 0 1 2

Each worker is a process of one training at a time. The first is killed with SIGKILL as soon as its second trial has been
measured, and started again when the other has ended a trial. Then the best settings and the recipe's own are trained with
each seed, for as many images as a trial, and measured by 10,000 samples. Prints one JSON line.
"""

import argparse
import json
import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from speedrun import commit

from ganlib import devices
from ganlib.cli import options_of, run_command
from ganlib.runs.run import Run
from ganlib.sweep import report, space, study_file
from ganlib.sweep.study import Study
from ganlib.sweep.study_file import Sweep

ROOT = Path(__file__).parents[1]
SAMPLES = 10_000
POLL = 0.5  # seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="the sweep's; its folder must not exist yet")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="default: 0 1 2")
    options = options_of(parser, None)
    sweep = study_file.read(options.file)
    killed = run_with_a_kill(options.file, sweep)
    study = Study(sweep, new=False)
    print("\n".join(report.lines(study)), file=sys.stderr)
    settings = space.settings(sweep.space, study.optuna.best_trial.params)
    found = {
        "sweep": str(options.file),
        "killed in trial": killed,
        "trials": {name: sum(trial.state.name == name for trial in study.trials()) for name in report.STATES},
        "best": dict(settings),
        "figure": sweep.figure.name,
        "best by seed": by_seed(sweep, settings, options.seeds),
        "recipe by seed": by_seed(sweep, [], options.seeds),
        "hardware": devices.describe(devices.pick("auto")),
        "commit": commit(),
    }
    print(json.dumps(found))


def run_with_a_kill(file: Path, sweep: Sweep) -> int:
    """Runs the whole sweep. Returns the number of the trial in which a worker was killed."""
    logs = [sweep.folder.with_name(f"{sweep.folder.name}-worker-{number}.txt") for number in (1, 2)]
    first, second = (started(file, log) for log in logs)
    while len(set(measured(logs[0]))) < 2:
        time.sleep(POLL)
    first.kill()
    killed = measured(logs[0])[-1]
    ended = len(endings(logs[1]))
    while len(endings(logs[1])) == ended and second.poll() is None:
        time.sleep(POLL)
    first = started(file, logs[0])
    if first.wait() or second.wait():
        raise SystemExit(f"A worker has failed; see {logs[0]} and {logs[1]}.")
    return killed


def started(file: Path, log: Path) -> subprocess.Popen:
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "ganlib.sweep", str(file), "--workers", "1"]
    with log.open("a") as out:
        return subprocess.Popen(command, stdout=out, stderr=out)


def measured(log: Path) -> list[int]:
    """Returns the numbers of the trials that a worker's log tells values of."""
    return [int(number) for number in re.findall(r"trial (\d+): .* after [\d,]+ images$", log.read_text(), re.MULTILINE)]


def endings(log: Path) -> list[str]:
    """Returns the lines of a worker's log that tell how a trial ended."""
    return [line for line in log.read_text().splitlines() if " is finished" in line or " is pruned" in line]


def by_seed(sweep: Sweep, settings: list[tuple[str, str]], seeds: list[int]) -> list[float]:
    """Returns the sweep's figure of a run with these settings, for each seed."""
    return [figure_of(sweep, [*sweep.command(settings), "--seed", str(seed)]) for seed in seeds]


def figure_of(sweep: Sweep, arguments: list[str]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/run"
        quiet = ["--quiet", "--log-to", "json"]
        subprocess.run(
            [sys.executable, ROOT / "train.py", *arguments, "--out", out, *quiet], check=True, stdout=subprocess.DEVNULL
        )
        evaluate = ["-m", "ganlib.evaluate", out, "--num", str(SAMPLES), "--metrics", sweep.measure]
        subprocess.run([sys.executable, *evaluate], check=True, stdout=sys.stderr)
        (last,) = list(Run.open(Path(out)).scores()["snapshots"].values())
        print(f"{last[sweep.figure.name]['value']:.2f}  {shlex.join(arguments)}", file=sys.stderr, flush=True)
        return round(last[sweep.figure.name]["value"], 3)


if __name__ == "__main__":
    run_command(main)
