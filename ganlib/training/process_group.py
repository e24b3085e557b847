"""The processes of one training, as torchrun starts them: who they are, what they tell each other, and when one is lost.

The first process decides and writes; the others hear its orders, and take each step with it. Orders go through Gloo, gradients
through NCCL on GPUs and Gloo elsewhere. A few words are left in torchrun's store, which lives on when one of them dies. Nothing
is pickled.
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

Command = Literal["step", "become", "end"]
COMMANDS: tuple[Command, ...] = get_args(Command)  # their numbers on the wire
SILENCE = timedelta(minutes=30)  # of another process in the middle of the training: then it counts as lost
PREPARATION = timedelta(days=7)  # of millions of pictures, for which the others wait
TOLD_WITHIN = 5  # seconds, by the first process if it lives, when one is lost


class ProcessLost(RuntimeError):
    """Another process of the training has ended, or can't be reached any more."""


class ProcessGroup:
    """The processes of one training, seen from one of them.

    Args:
        rank: this process's number, from 0, of `world`.
        local_rank: its number on its machine, of `local_world`; its machine's number is `machine`.
    """

    def __init__(self, rank: int, world: int, local_rank: int, local_world: int, machine: int = 0):
        self.rank, self.world, self.machine = rank, world, machine
        self.local_rank, self.local_world = local_rank, local_world
        self._store: dist.Store | None = None
        self._patient: dist.ProcessGroup | None = None
        self._planned = self._run = ""  # the run's folder, when it is known and when it has begun

    @classmethod
    def of_torchrun(cls) -> "ProcessGroup | None":
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
        told = f"One of the {self.world} processes of this training has ended or can't be reached, so all end"
        if not self._run:
            return f"{told} before it has begun; start it again."
        again = shlex.join([*self.launcher, "train.py", "--resume", self._run])
        return f"{told}; what was saved before is whole. Continue, with as many processes as you like: {again}"

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

    def meet(self, device: torch.device) -> None:
        """Waits for all processes, and connects them. Raises ProcessLost."""
        backend = "gloo"
        if device.type == "cuda":
            torch.cuda.set_device(device)
            backend = "cpu:gloo,cuda:nccl"
        with _reaching_others():
            store = next(dist.rendezvous("env://", timeout=SILENCE))[0]
            attempt = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")  # of torchrun's, after which words of before remain
            self._store = dist.PrefixStore(f"attempt-{attempt}", store)
            dist.init_process_group(backend, store=self._store, rank=self.rank, world_size=self.world, timeout=SILENCE)
            self._patient = dist.new_group(backend="gloo", timeout=PREPARATION)

    def begin(self, run: str, config: Mapping[str, Any]) -> None:
        """The first process's: tells the others what is trained, and waits until all have their pictures. Raises ProcessLost,
        and UserError with what one of them said, where it can't."""
        self._planned = run
        with _reaching_others():
            _from_first(json.dumps({"run": run, "config": config}).encode(), self._patient)
            if self._problems(0):
                raise UserError(self._store.get("problem").decode())

    def begun(self) -> dict[str, Any]:
        """The config that the first process has begun to train, when it has. On every other machine one process comes before
        the rest, so that the pictures are prepared once. Raises ProcessLost."""
        with _reaching_others():
            begun = json.loads(_from_first(group=self._patient))
            if self.machine and self.local_rank:
                self._store.wait([f"prepared-{self.machine}"], PREPARATION)
        self._planned = begun["run"]
        return begun["config"]

    def ready(self, problem: str = "") -> None:
        """This process has its pictures, or a `problem` that the first one tells; then all end. From here on the first alone
        heeds signals. Raises ProcessLost."""
        for name in ("SIGINT", "SIGTERM", "SIGUSR1"):
            if hasattr(signal, name):  # not all of them on Windows
                signal.signal(getattr(signal, name), signal.SIG_IGN)
        with _reaching_others():
            if problem:
                self._store.set("problem", problem)
            self._store.set(f"prepared-{self.machine}", "yes")
            if self._problems(int(bool(problem))):
                time.sleep(TOLD_WITHIN)  # torchrun would end the first, too, as soon as this one has ended
                raise SystemExit(2)

    def _problems(self, own: int) -> int:
        """How many processes can't begin; known when all are as far."""
        number = torch.tensor(own)
        dist.all_reduce(number, group=self._patient)
        if not number:
            self._run = self._planned
        return int(number)

    # ------------------------------------------------------------------------------------------ while it trains

    def tell(
        self, command: Command, settings: Mapping[str, Any] | None = None, tensors: Mapping[str, Tensor] | None = None
    ) -> None:
        """The first process's: gives the others an order; "become" comes with settings and tensors. Raises ProcessLost."""
        with _reaching_others():
            dist.broadcast(torch.tensor(COMMANDS.index(command)), 0)
            if command == "become":
                _from_first(json.dumps(settings).encode())
                _from_first(save({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}))

    def commands(self) -> Iterator[tuple[Command, dict[str, Any], dict[str, Tensor]]]:
        """What the first process tells, until it ends the training. Raises ProcessLost."""
        while True:
            settings, tensors = {}, {}
            with _reaching_others():
                number = torch.tensor(0)
                dist.broadcast(number, 0)
                if (command := COMMANDS[number]) == "become":
                    settings, tensors = json.loads(_from_first()), load(_from_first())
            if command == "end":
                return
            yield command, settings, tensors

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
        if self._store:
            with suppress(RuntimeError):  # it has gone, too
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


def _from_first(content: bytes = b"", group: dist.ProcessGroup | None = None) -> bytes:
    """The content that the first process gives."""
    length = torch.tensor(len(content))
    dist.broadcast(length, 0, group=group)
    buffer = torch.frombuffer(bytearray(content), dtype=torch.uint8) if content else torch.empty(int(length), dtype=torch.uint8)
    dist.broadcast(buffer, 0, group=group)
    return buffer.numpy().tobytes()


@contextmanager
def _reaching_others() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:  # of Gloo's errors and the store's, the narrowest class that they share
        raise ProcessLost(str(error)) from error
