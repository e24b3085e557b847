"""Reads all that the project reads, in a process where loading a pickle is an error: python without_pickle.py FOLDER.

FOLDER holds a run and traps: pickles in place of files of another kind, which touch FOLDER/sprung when loaded.
"""

import pickle
import sys
from pathlib import Path


def _forbidden(*_, **__):
    raise AssertionError("a pickle was loaded")


def _heard(event, arguments):
    if event == "pickle.find_class":
        raise AssertionError(f"a pickle asked for {arguments}")


pickle.load = pickle.loads = _forbidden  # before other modules import them
sys.addaudithook(_heard)

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torchvision.datasets import CIFAR10  # noqa: E402

from ganlib import UserError, adopt, datasets, evaluate, hub, sample  # noqa: E402
from ganlib.metrics.inception import inception  # noqa: E402
from ganlib.runs.run import Run  # noqa: E402
from ganlib.training.trainer import Trainer  # noqa: E402
from studio import report  # noqa: E402
from studio.library import Library  # noqa: E402


def refused(read, *arguments, **named):
    """Returns the sentence of the refusal."""
    try:
        found = read(*arguments, **named)
    except UserError as error:
        return str(error)
    raise AssertionError(f"{arguments} was read: {found}")


def main(folder: Path) -> None:
    run = Run.open(folder / "run")
    run.generator(), run.discriminator(), run.history(), run.scores(), run.grids()
    images = datasets.load(str(folder / "pictures"), 28, 1)
    assert list(Trainer(run, images, torch.device("cpu"), resume=True).events())
    sample.main([str(run.path), "--num", "4", "--out", str(folder / "samples.npz")])
    evaluate.main([str(run.path), "--num", "100", "--metrics", "swd,memorisation", "--dataset", str(folder / "pictures")])
    report.main([str(run.path), "--out", str(folder / "report.html")])
    entries = Library(folder).entries()
    assert entries["run"].snapshots and entries["trapped"].damage and entries["unreadable"].damage

    trapped = Run.open(folder / "trapped")
    for read in (
        trapped.generator,
        trapped.discriminator,
        lambda: trapped.checkpoint_files.read(trapped.checkpoint_files.last),
        trapped.scores,
    ):
        assert "trapped" in refused(read)
    assert "unreadable" in refused(Run.open, folder / "unreadable")
    assert "can't be opened" in refused(hub.run_at, "evil/run")
    for source in ("pictures.zip", "trap.zip", "traps"):
        refused(datasets.load, str(folder / source), 28)
    refused(datasets.load, "hub:evil/table", 28)
    assert len(datasets.load("hub:someone/table", 28)) == 4
    assert len(datasets.load("mnist", data_root=folder / "root")) == 60_000  # a file of an old torchvision is ignored
    CIFAR10.test_list = [["test_batch", (folder / "md5").read_text()]]
    assert datasets.load("cifar10", split="test", data_root=folder / "root").labels.tolist() == [3, 8]
    noise = np.zeros((8, 1, 28, 28), np.uint8)
    assert "holds no weights" in refused(inception, noise, noise, weights=folder / "trap.pth")
    generator = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 784), torch.nn.Tanh())
    torch.save(generator.state_dict(), folder / "netG.pth")
    adopt.main([str(folder / "netG.pth"), "--out", str(folder / "adopted")])
    torch.save(generator, folder / "netG.pth")
    for name in ("netG.pth", "trap.pth"):
        assert name in refused(adopt.main, [str(folder / name), "--out", str(folder / "refused")])
    print("nothing was unpickled")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
