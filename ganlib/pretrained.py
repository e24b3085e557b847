"""A generator with huggingface_hub's interface: `from_pretrained`, `save_pretrained`, `push_to_hub`.

generator = PretrainedGenerator.from_pretrained("OWNER/NAME")   # or a run's folder
images = generator.sample(64, seed=7)                           # uint8 (64, C, H, W)
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from ganlib import hub, sampling
from ganlib.hub.names import in_layout
from ganlib.hub.pushing import published
from ganlib.runs import card
from ganlib.runs.run import Run, Snapshot


class PretrainedGenerator(nn.Module, PyTorchModelHubMixin):
    """The generator of one snapshot. What is saved or pushed is a run, with this snapshot as its only one.

    The mixin's own files would collide with a run's, and its loader believes any config.json: all three of its ways are a
    run's here, with the checks and sentences of `ganlib.hub`.
    """

    def __init__(self, run: Run, snapshot: Snapshot | None = None):
        """The generator of `snapshot`, the last for None, in evaluation mode on the CPU."""
        super().__init__()
        self.run, self.snapshot = run, snapshot or run.snapshot()
        self.network = run.generator(self.snapshot)
        self.eval()

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Images (N, C, S, S) from -1 to 1 of latents (N, dim) and, for a run with classes, labels (N,)."""
        return self.network(z, labels)

    def sample(self, num: int, seed: int = 0, label: str | int | None = None, truncation: float = 1.0) -> np.ndarray:
        """`num` images, uint8 (num, C, S, S), as `python -m ganlib.sample` draws them. Raises UserError for a label."""
        return sampling.images(self.run, self.network, num, seed, label, truncation)[0]

    @classmethod
    def from_pretrained(
        cls,
        pretrained_model_name_or_path: str | Path,
        *,
        epoch: float | None = None,
        revision: str | None = None,
        **download: Any,
    ) -> "PretrainedGenerator":
        """The generator of OWNER/NAME on the Hub, or of a run's folder, at the snapshot nearest to `epoch` (default: the last).

        `download` is `token`, `cache_dir`, `force_download`, `local_files_only`. Raises UserError.
        """
        name = pretrained_model_name_or_path  # as the mixin calls it
        at_revision = f"{name}@{revision}" if revision and hub.is_on_hub(name) else name
        run = hub.run_at(at_revision, **download)
        return cls(run, run.snapshot(epoch))

    def _save_pretrained(self, save_directory: Path) -> None:
        run = Run(save_directory, published(self.run.config), self.run.name)
        for file in self.run.path.rglob("*"):
            path = file.relative_to(self.run.path)
            target = save_directory / path
            if in_layout(path.as_posix()) and path.parent.name != "snapshots" and target.resolve() != file.resolve():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
        run.save_config(run.config)
        run.save_snapshot(self.network, self.snapshot.images)
        run.save_text("README.md", card.write(run))

    def push_to_hub(
        self,
        repo_id: str,
        *,
        commit_message: str | None = None,
        private: bool | None = None,
        token: str | None = None,
        branch: str | None = None,
        **_: Any,
    ) -> str:
        """Makes the repository OWNER/NAME this generator, in one commit; returns its address. Raises UserError.

        Of the mixin's further arguments there is nothing to heed: the config and the card are the run's own.
        """
        with tempfile.TemporaryDirectory() as folder:
            self.save_pretrained(folder)
            target = hub.Repository(repo_id, private=bool(private), revision=branch, token=token)
            return target.send(Run.open(Path(folder), repo_id), commit_message)
