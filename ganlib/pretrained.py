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
    """The generator of one snapshot. It is saved and pushed as a run with this snapshot only.

    The mixin's own files would collide with a run's, and its loader doesn't check config.json; so loading, saving and pushing
    use the run's format here, with the checks and errors of `ganlib.hub`.
    """

    def __init__(self, run: Run, snapshot: Snapshot | None = None):
        """Loads the generator of `snapshot` (None: the last), in evaluation mode, on the CPU."""
        super().__init__()
        self.run, self.snapshot = run, snapshot or run.snapshot()
        self.network = run.generator(self.snapshot)
        self.eval()

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps latents (N, dim) and, for a run with classes, labels (N,) to images (N, C, H, W) in [-1, 1]."""
        return self.network(z, labels)

    def sample(self, num: int, seed: int = 0, label: str | int | None = None, truncation: float = 1.0) -> np.ndarray:
        """Draws `num` images, uint8 (num, C, H, W), as `python -m ganlib.sample`. Raises UserError for an unknown label."""
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
        """Loads the generator of OWNER/NAME on the Hub, or of a run's folder, at the snapshot nearest to `epoch` (None: last).

        `download` is `token`, `cache_dir`, `force_download`, `local_files_only`. Raises UserError.
        """
        name = pretrained_model_name_or_path  # the mixin's name of the argument
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
        """Uploads this generator to the repository OWNER/NAME in one commit; returns its address. Raises UserError.

        The mixin's other arguments are ignored: the config and the card are the run's.
        """
        with tempfile.TemporaryDirectory() as folder:
            self.save_pretrained(folder)
            target = hub.Repository(repo_id, private=bool(private), revision=branch, token=token)
            return target.send(Run.open(Path(folder), repo_id), commit_message)
