"""The processes of a distributed training under torchrun: their ranks, the messages between them, and the loss of one.

Rank 0 decides, prints and writes; it sends commands to the others, which take each step with it. Commands go through Gloo,
gradients through NCCL on GPUs and Gloo elsewhere. A few flags are kept in torchrun's store, which survives a lost process.
Nothing is pickled.
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

Command = Literal["step", "load", "end"]
COMMANDS: tuple[Command, ...] = get_args(Command)  # sent by index
TIMEOUT = timedelta(minutes=30)  # without an answer during training, a process counts as lost
PREPARATION_TIMEOUT = timedelta(days=7)  # preparing millions of pictures may take long
REPORT_TIMEOUT = 5  # seconds for rank 0, if alive, to report a lost process


class ProcessLost(RuntimeError):
    """Another process of the training has ended or can't be reached."""


class ProcessGroup:
    """The processes of one training; one instance in each of them.

    Args:
        rank: this process's number, from 0, of `world`.
        local_rank: its number on its machine, of `local_world`; its machine's number is `machine`.
    """

    def __init__(self, rank: int, world: int, local_rank: int, local_world: int, machine: int = 0):
        self.rank, self.world, self.machine = rank, world, machine
        self.local_rank, self.local_world = local_rank, local_world
        self._store: dist.Store | None = None
        self._preparation: dist.ProcessGroup | None = None
        self._announced = self._run = ""  # the run's folder: once announced, and once its training has begun

    @classmethod
    def of_torchrun(cls) -> "ProcessGroup | None":
        """Returns the process group of torchrun's environment; None for a single process."""
        if not dist.is_torchelastic_launched() or os.environ["WORLD_SIZE"] == "1":
            return None
        names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "GROUP_RANK")
        return cls(*(int(os.environ[name]) for name in names))

    @property
    def _connected(self) -> dist.Store:
        """Torchrun's store, once `connect` has found it."""
        assert self._store is not None
        return self._store

    @property
    def is_main(self) -> bool:
        """Whether this is rank 0, which decides, prints and writes."""
        return self.rank == 0

    def device(self, device: torch.device) -> torch.device:
        """Returns this process's device for the requested one. Raises UserError if the processes can't run there."""
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
        """The words before "train.py" in the command that started this process."""
        machines = self.world // self.local_world
        nodes = [f"--nnodes={machines}"] if machines > 1 else []
        return ["torchrun", *nodes, f"--nproc-per-node={self.local_world}"]

    @property
    def lost(self) -> str:
        """The sentence that reports a lost process, with the command that resumes the run."""
        message = f"One of the {self.world} processes of this training has ended or can't be reached, so all end"
        if not self._run:
            return f"{message} before it has begun; start it again."
        again = shlex.join([*self.launcher, "train.py", "--resume", self._run])
        return f"{message}; what was saved before is intact. Continue, with as many processes as you like: {again}"

    @contextmanager
    def only_local_rank_0_prints(self) -> Iterator[None]:
        """Only local rank 0 prints errors that all processes of a machine share, such as an error in the command line."""
        if self.local_rank == 0:
            yield
            return
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
            try:
                yield
            except UserError:
                raise SystemExit(2) from None

    # ------------------------------------------------------------------------------------------ before the training

    def connect(self, device: torch.device) -> None:
        """Waits for all processes, and connects them. Raises ProcessLost."""
        backend = "gloo"
        if device.type == "cuda":
            torch.cuda.set_device(device)
            backend = "cpu:gloo,cuda:nccl"
        with _raising_process_lost():
            store = next(dist.rendezvous("env://", timeout=TIMEOUT))[0]
            attempt = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")  # after a restart, torchrun's store keeps old keys
            self._store = dist.PrefixStore(f"attempt-{attempt}", store)
            dist.init_process_group(backend, store=self._store, rank=self.rank, world_size=self.world, timeout=TIMEOUT)
            group = dist.new_group(backend="gloo", timeout=PREPARATION_TIMEOUT)
            assert isinstance(group, dist.ProcessGroup)  # it includes this process
            self._preparation = group

    def announce(self, run: str, config: Mapping[str, Any]) -> None:
        """Rank 0: sends the run's folder and config to the others, and waits until all have loaded their pictures. Raises
        ProcessLost, and UserError with the sentence of one that can't load them."""
        self._announced = run
        with _raising_process_lost():
            _from_rank_0(json.dumps({"run": run, "config": config}).encode(), self._preparation)
            if self._problems(0):
                raise UserError(self._connected.get("problem").decode())

    def announce_nothing(self) -> None:
        """Rank 0: ends the others, since nothing is left to train. Raises ProcessLost."""
        with _raising_process_lost():
            _from_rank_0(json.dumps(None).encode(), self._preparation)
        self._disconnect()

    def receive_config(self) -> dict[str, Any] | None:
        """Other ranks: waits for rank 0's announcement and returns the config; None if nothing is left to train. On every other
        machine the other ranks wait for local rank 0, so that the pictures are prepared once. Raises ProcessLost."""
        with _raising_process_lost():
            announced = json.loads(_from_rank_0(group=self._preparation))
            if announced is None:
                return None
            if self.machine and self.local_rank:
                self._connected.wait([f"prepared-{self.machine}"], PREPARATION_TIMEOUT)
        self._announced = announced["run"]
        return announced["config"]

    def report_loaded(self, problem: str = "") -> None:
        """Other ranks: report that the pictures are loaded, or a sentence on the `problem`, which rank 0 prints before all end.
        From here on only rank 0 handles signals. Raises ProcessLost."""
        for name in ("SIGINT", "SIGTERM", "SIGUSR1"):
            if hasattr(signal, name):  # not all of them on Windows
                signal.signal(getattr(signal, name), signal.SIG_IGN)
        with _raising_process_lost():
            if problem:
                self._connected.set("problem", problem)
            self._connected.set(f"prepared-{self.machine}", "yes")
            if self._problems(int(bool(problem))):
                time.sleep(REPORT_TIMEOUT)  # torchrun ends rank 0 as soon as this process has ended
                raise SystemExit(2)

    def _problems(self, own: int) -> int:
        """Waits until all have loaded their pictures or failed. Returns the number of failures."""
        number = torch.tensor(own)
        dist.all_reduce(number, group=self._preparation)
        if not number:
            self._run = self._announced
        return int(number)

    # ------------------------------------------------------------------------------------------ while it trains

    def send(
        self, command: Command, settings: Mapping[str, Any] | None = None, tensors: Mapping[str, Tensor] | None = None
    ) -> None:
        """Rank 0: sends a command to the others; "load" comes with the settings and tensors of a state. Raises ProcessLost."""
        with _raising_process_lost():
            dist.broadcast(torch.tensor(COMMANDS.index(command)), 0)
            if command == "load":
                _from_rank_0(json.dumps(settings).encode())
                _from_rank_0(save({name: tensor.detach().cpu().contiguous() for name, tensor in (tensors or {}).items()}))

    def commands(self) -> Iterator[tuple[Command, dict[str, Any], dict[str, Tensor]]]:
        """Other ranks: yields the commands of rank 0 until it ends the training. Raises ProcessLost."""
        while True:
            settings, tensors = {}, {}
            with _raising_process_lost():
                number = torch.tensor(0)
                dist.broadcast(number, 0)
                if (command := COMMANDS[number]) == "load":
                    settings, tensors = json.loads(_from_rank_0()), load(_from_rank_0())
            if command == "end":
                return
            yield command, settings, tensors

    @torch.no_grad()
    def average(self, means: Sequence[Tensor], weight: float) -> None:
        """Replaces tensors of one dtype by the sums of all processes' tensors times `weight`, in one exchange. Raises
        ProcessLost.

        Called after the backward pass rather than during it, so that any number of passes and penalties may contribute to
        the gradients.
        """
        flat = torch.cat([mean.reshape(-1) for mean in means]).mul_(weight)
        with _raising_process_lost():
            dist.all_reduce(flat)
        for mean, part in zip(means, flat.split([mean.numel() for mean in means]), strict=True):
            mean.copy_(part.view(mean.shape))

    # ------------------------------------------------------------------------------------------ when it ends

    def end(self) -> bool:
        """Rank 0: ends the training of the others. Returns whether all of them were still there."""
        try:
            self.send("end")
        except ProcessLost:
            return False
        self._disconnect()
        return True

    def _disconnect(self) -> None:
        self.mark_reported()
        dist.destroy_process_group()

    def mark_reported(self) -> None:
        """Rank 0: tells the others that it reports how the training ended, so that they don't."""
        if self._store:
            with suppress(RuntimeError):  # the process with the store has ended
                self._store.set("reported", "yes")

    @contextmanager
    def as_worker(self) -> Iterator[None]:
        """Context of the other ranks: rank 0 reports how the training ends. Raises UserError if rank 0 is lost."""
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # ends without a message
        try:
            yield
            dist.destroy_process_group()
        except ProcessLost as error:
            if self._must_report():
                raise UserError(self.lost) from error
            raise SystemExit(2) from error

    def _must_report(self) -> bool:
        """Whether this rank reports the loss: the first to ask, if rank 0 has not reported in time."""
        give_up = time.monotonic() + REPORT_TIMEOUT
        try:
            while time.monotonic() < give_up:
                if self._connected.check(["reported"]):
                    return False
                time.sleep(0.05)
            return self._connected.add("reporters", 1) == 1
        except RuntimeError:  # the process that held the store has ended
            return self.local_rank == 0


def _from_rank_0(content: bytes = b"", group: dist.ProcessGroup | None = None) -> bytes:
    """Broadcasts `content` from rank 0 and returns it."""
    length = torch.tensor(len(content))
    dist.broadcast(length, 0, group=group)
    buffer = torch.frombuffer(bytearray(content), dtype=torch.uint8) if content else torch.empty(int(length), dtype=torch.uint8)
    dist.broadcast(buffer, 0, group=group)
    return buffer.numpy().tobytes()


@contextmanager
def _raising_process_lost() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:  # the closest common class of errors of Gloo and the store
        raise ProcessLost(str(error)) from error
