"""Fuzzes files of weights for ganlib.adopt: each becomes a run that draws, or is refused in one line; nothing is written then."""

import shutil

import pytest
import torch
from foreign import (
    BubbliiiingGenerator,
    CGANDiscriminator,
    CGANGenerator,
    PyTorchGANGenerator,
    TutorialDiscriminator,
    TutorialGenerator,
    UpsampleGenerator,
    course_dc_discriminator,
    course_dc_generator,
    course_discriminator,
)
from fuzzing import command, fuzzed
from hypothesis import strategies as st

from ganlib import adopt
from ganlib.adopting.sources import SOURCES
from ganlib.runs.run import Run

NETWORKS = [
    lambda: TutorialGenerator(4, (8, 4, 2)),
    lambda: TutorialDiscriminator((2, 4, 8)),
    lambda: PyTorchGANGenerator(4, (8, 8)),
    lambda: CGANGenerator(4, 3, (8, 8)),
    lambda: CGANDiscriminator(3, 8),
    lambda: UpsampleGenerator(4, (4, 4, 2)),
    lambda: BubbliiiingGenerator(1),
    lambda: course_discriminator(8),
    lambda: course_dc_generator(4, 8, (4, 2)),
    lambda: course_dc_discriminator((2, 4), 8),
]
SIZES = st.sampled_from([0, 1, 2, 3, 4, 5, 7, 8, 28, 64, 100, 784, 1000])
SHAPES = st.lists(SIZES, max_size=5).filter(lambda shape: torch.Size(shape).numel() < 200_000)
TENSORS = st.builds(
    lambda shape, kind: torch.full(shape, 0.5).to(kind),
    SHAPES,
    st.sampled_from([torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.complex64, torch.bool]),
)
SPECIAL = st.sampled_from([
    torch.zeros(1).expand(10**6, 10**4),  # one number, as a matrix that doesn't fit the memory
    torch.ones(4, 4).to_sparse(),
    torch.empty(4, 4, device="meta"),
    torch.full((4, 4), float("nan")),
    None, 3, "text", [1], {"weight": 3},
])  # fmt: skip
CHANGES = st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["shape", "drop", "rename"]), TENSORS | SPECIAL), max_size=3)
OPTIONS = st.lists(
    st.sampled_from([
        *(["--like", name] for name in SOURCES), ["--set", "latent=uniform"], ["--set", "generator.eps=0"],
        ["--set", "latent_dim=3"], ["--set", "generator.widths=3,3"], ["--discriminator", "other.pth"],
    ]),
    max_size=2,
)  # fmt: skip


class Place:
    """The folder of the files and of the run."""

    thorough = False

    def __init__(self, folder):
        self.folder = folder

    def adopt(self, options):
        shutil.rmtree(self.folder / "run", ignore_errors=True)
        code, said, told = command(adopt.main, ["netG.pth", "--out", "run", *options])
        assert code in (0, 2) and "Traceback" not in told
        if code:
            assert told.startswith("usage:") or len(told.splitlines()) == 1, told
            assert not (self.folder / "run").exists()
        else:
            assert "is a run now" in said
            run = Run.open(self.folder / "run")
            run.check_weights()


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("adopting")
        patch.chdir(folder)
        torch.save(TutorialDiscriminator((2, 4, 8)).state_dict(), folder / "other.pth")
        yield Place(folder)


@pytest.mark.slow
@fuzzed(40, 4000, network=st.sampled_from(NETWORKS), changes=CHANGES, options=OPTIONS)
def test_state_dicts(place, network, changes, options):
    state = dict(network().state_dict())
    for number, change, value in changes:
        if not state:
            break
        key = list(state)[number % len(state)]
        if change == "shape":
            state[key] = value
        elif change == "drop":
            del state[key]
        else:
            state[key.replace(".", ".1")] = state.pop(key)
    torch.save(state, place.folder / "netG.pth")
    place.adopt([word for option in options for word in option])


EDITS = st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=4)), max_size=4)


@fuzzed(25, 2000, old=st.booleans(), edits=EDITS, cut=st.floats(0, 1))
def test_bytes(place, old, edits, cut):
    torch.save(TutorialGenerator(4, (8, 4, 2)).state_dict(), place.folder / "netG.pth", _use_new_zipfile_serialization=not old)
    content = bytearray((place.folder / "netG.pth").read_bytes())
    for where, values in edits:
        start = int(where * len(content))
        content[start : start + len(values)] = values
    (place.folder / "netG.pth").write_bytes(content[: int(cut * len(content))] if cut < 0.3 else content)
    place.adopt([])
