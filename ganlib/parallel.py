"""The processes of one training, as torchrun starts them: who they are, what they tell each other, and when one is lost.

The first process decides and writes; the others hear its orders, and take each step with it. Before there is anything to
compute they meet at torchrun's store, which waits as long as it takes to prepare the pictures, and which lives on when one of
them dies. Orders go through Gloo, gradients through NCCL on GPUs and Gloo elsewhere. Nothing is pickled.
"""

import json
import os
import shlex
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from datetime import timedelta
from typing import Any, Literal, get_args

import torch
import torch.distributed as dist
from safetensors.torch import load, save
from torch import Tensor

from ganlib import UserError

Order = Literal["step", "become", "end"]
ORDERS: tuple[Order, ...] = get_args(Order)  # their numbers on the wire
SILENCE = timedelta(minutes=30)  # of another process in the middle of the training: then it counts as lost
PREPARATION = timedelta(days=7)  # that others may take before, for millions of pictures
TOLD_WITHIN = 5  # seconds, by the first process if it lives, when one is lost


class ProcessLost(RuntimeError):
    """Another process of the training has ended, or can't be reached any more."""


class Team:
    """The processes of one training, seen from one of them.

    Args:
        rank: this process's number, from 0, of `world`.
        local_rank: its number on its machine, of `local_world`; its machine's number is `machine`.
    """

    def __init__(self, rank: int, world: int, local_rank: int, local_world: int, machine: int = 0):
        self.rank, self.world, self.machine = rank, world, machine
        self.local_rank, self.local_world = local_rank, local_world
        self._store: dist.Store | None = None
        self._run = ""

    @classmethod
    def of_torchrun(cls) -> "Team | None":
        """The team that torchrun's environment describes; None for a process by itself."""
        if not dist.is_torchelastic_launched() or os.environ["WORLD_SIZE"] == "1":
            return None
        names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "GROUP_RANK")
        return cls(*(int(os.environ[name]) for name in names))

    @property
    def first(self) -> bool:
        """Whether this is the process that decides, tells and writes."""
        return self.rank == 0

    def device(self, device: torch.device) -> torch.device:
        """Where this process computes, of what was asked for. Raises UserError where the processes have no place there."""
        if device.type == "cpu":
            return device
        if device.type == "mps":
            raise UserError("Several processes can't share --device mps; use --device cpu, or leave torchrun out.")
        if device.index is not None:
            raise UserError(f"--device {device} is one GPU for {self.local_world} processes; say --device cuda, one for each.")
        if self.local_world > torch.cuda.device_count():
            raise UserError(
                f"{self.local_world} processes need as many GPUs, and this machine has {torch.cuda.device_count()}; "
                f"start fewer with --nproc-per-node={torch.cuda.device_count()}."
            )
        return torch.device("cuda", self.local_rank)

    @property
    def launcher(self) -> list[str]:
        """What stands before "train.py" in the command that began this process."""
        machines = self.world // self.local_world
        nodes = [f"--nnodes={machines}"] if machines > 1 else []
        return ["torchrun", *nodes, f"--nproc-per-node={self.local_world}"]

    @property
    def lost(self) -> str:
        """What is told when a process is lost."""
        again = shlex.join([*self.launcher, "train.py", "--resume", self._run])
        return (
            f"One of the {self.world} processes of this training has ended or can't be reached, so all end; what was saved "
            f"before is whole. Continue, with as many processes as you like: {again}"
        )

    @contextmanager
    def one_voice(self) -> Iterator[None]:
        """What every process of a machine would say alike, a mistake in the command line, is said by the first of them."""
        if self.local_rank == 0:
            yield
            return
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
            try:
                yield
            except UserError:
                raise SystemExit(2) from None

    # ------------------------------------------------------------------------------------------ before the training

    def meet(self) -> None:
        """Finds the store that torchrun keeps."""
        with _reaching_others():
            self._store = next(dist.rendezvous("env://", timeout=PREPARATION))[0]

    def begin(self, run: str, config: Mapping[str, Any], device: torch.device) -> None:
        """The first process's: tells the others what is trained, and waits until all have their pictures. Raises UserError
        with what one of them said, where it can't, and ProcessLost."""
        self._run = run
        with _reaching_others():
            self._store.set("begun", json.dumps({"run": run, "config": config}))
            while self._store.add("ready", 0) < self.world - 1:
                if self._store.check(["problem"]):
                    raise UserError(self._store.get("problem").decode())
                time.sleep(0.05)
        self._connect(device)

    def begun(self) -> dict[str, Any]:
        """The config that the first process has begun to train, when it has. On every other machine one process comes before
        the rest, so that the pictures are prepared once. Raises ProcessLost."""
        with _reaching_others():
            self._store.wait(["begun"], PREPARATION)
            if self.machine and self.local_rank:
                self._store.wait([f"prepared-{self.machine}"], PREPARATION)
            begun = json.loads(self._store.get("begun"))
        self._run = begun["run"]
        return begun["config"]

    def ready(self, device: torch.device) -> None:
        """This process has its pictures. From here on the first alone heeds signals. Raises ProcessLost."""
        for name in ("SIGINT", "SIGTERM", "SIGUSR1"):
            if hasattr(signal, name):  # not all of them on Windows
                signal.signal(getattr(signal, name), signal.SIG_IGN)
        with _reaching_others():
            self._store.set(f"prepared-{self.machine}", "yes")
            self._store.add("ready", 1)
        self._connect(device)

    def give_up(self, problem: str) -> None:
        """Has the first process tell why this one can't begin."""
        self._store.set("problem", problem)
        time.sleep(TOLD_WITHIN)  # torchrun would end the first, too, as soon as this one has ended

    def _connect(self, device: torch.device) -> None:
        backend = "gloo"
        if device.type == "cuda":
            torch.cuda.set_device(device)
            backend = "cpu:gloo,cuda:nccl"
        with _reaching_others():
            dist.init_process_group(backend, store=self._store, rank=self.rank, world_size=self.world, timeout=SILENCE)

    # ------------------------------------------------------------------------------------------ while it trains

    def tell(
        self, order: Order, settings: Mapping[str, Any] | None = None, tensors: Mapping[str, Tensor] | None = None
    ) -> None:
        """The first process's: gives the others an order and, with both or none, what it needs. Raises ProcessLost."""
        parts = []
        if settings is not None:
            whole = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
            parts = [bytearray(json.dumps(settings).encode()), bytearray(save(whole))]
        with _reaching_others():
            dist.broadcast(torch.tensor([ORDERS.index(order), *(map(len, parts) if parts else (0, 0))]), 0)
            for part in parts:
                dist.broadcast(torch.frombuffer(part, dtype=torch.uint8), 0)

    def orders(self) -> Iterator[tuple[Order, dict[str, Any], dict[str, Tensor]]]:
        """What the first process tells, until it ends the training. Raises ProcessLost."""
        header = torch.empty(3, dtype=torch.int64)
        while True:
            with _reaching_others():
                dist.broadcast(header, 0)
                number, *lengths = header.tolist()
                parts = [torch.empty(length, dtype=torch.uint8) for length in lengths if length]
                for part in parts:
                    dist.broadcast(part, 0)
            if ORDERS[number] == "end":
                return
            settings, tensors = (part.numpy().tobytes() for part in parts) if parts else (b"{}", save({}))
            yield ORDERS[number], json.loads(settings), load(tensors)

    @torch.no_grad()
    def average(self, means: Sequence[Tensor], weight: float) -> None:
        """Replaces tensors of one dtype by the sums of all processes' tensors times `weight`, in one exchange. Raises
        ProcessLost.

        After the backward pass rather than while it runs: so it doesn't matter through how many passes of which networks
        and which penalties the gradients came about.
        """
        flat = torch.cat([mean.reshape(-1) for mean in means]).mul_(weight)
        with _reaching_others():
            dist.all_reduce(flat)
        for mean, part in zip(means, flat.split([mean.numel() for mean in means]), strict=True):
            mean.copy_(part.view(mean.shape))

    # ------------------------------------------------------------------------------------------ when it ends

    def end(self) -> bool:
        """The first process's: lets the others go. Returns whether all of them were still there."""
        try:
            self.tell("end")
        except ProcessLost:
            return False
        self.leave()
        dist.destroy_process_group()
        return True

    def leave(self) -> None:
        """The first process's: it tells how the training ended, so no other need."""
        with suppress(RuntimeError):  # the store has gone, too
            self._store.set("told", "yes")

    @contextmanager
    def led_by_the_first(self) -> Iterator[None]:
        """What every other process runs in: the first one alone tells how it ends. Raises UserError where that is lost."""
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # without a word
        try:
            yield
            dist.destroy_process_group()
        except ProcessLost as error:
            if self._must_tell():
                raise UserError(self.lost) from error
            raise SystemExit(2) from error

    def _must_tell(self) -> bool:
        """Whether it is this of the other processes that tells, since the first has not, in time."""
        give_up = time.monotonic() + TOLD_WITHIN
        try:
            while time.monotonic() < give_up:
                if self._store.check(["told"]):
                    return False
                time.sleep(0.05)
            return self._store.add("tellers", 1) == 1
        except RuntimeError:  # the store has gone, too
            return self.local_rank == 0


@contextmanager
def _reaching_others() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:  # of Gloo's errors and the store's, the narrowest class that they share
        raise ProcessLost(str(error)) from error
