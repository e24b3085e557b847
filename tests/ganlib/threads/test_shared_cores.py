"""Tests which cores a training's threads run on beside other processes, and that its numbers don't depend on that."""

import os
import threading
from contextlib import suppress

import pytest
import torch
from conftest import TINY, plan, shapes

from ganlib.threads import shared_cores
from ganlib.threads.shared_cores import SharedCores, Usage, busy_seconds
from ganlib.training.step import GAN

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2 or not shared_cores.STAT.exists(),
    reason="moves between two cores or more, on Linux",
)


class Machine:
    """A machine's clocks, on which other processes and this one take the cores as they are told."""

    def __init__(self):
        self.cores = sorted(os.sched_getaffinity(0))
        self.others, self.own, self.now, self.seconds = 0.0, float(len(self.cores)), 0.0, 3.0
        self._own_seconds, self._seconds = 0.0, dict.fromkeys(self.cores, 0.0)

    def read(self) -> Usage:
        """`seconds` later: this process has used `own` cores of those it may run on, and others as many as told elsewhere."""
        seconds, here = self.seconds, os.sched_getaffinity(0)
        elsewhere = [core for core in self.cores if core not in here] or self.cores
        self.now += seconds
        for core in here:
            self._seconds[core] += seconds * self.own / len(here)
        for core in elsewhere:
            self._seconds[core] += seconds * self.others / len(elsewhere)
        self._own_seconds += seconds * self.own
        return Usage(self.now, self._own_seconds, dict(self._seconds))


@pytest.fixture
def machine():
    """One on which this process computes with as many threads as there are cores, as it does without other wishes."""
    threads, cores = torch.get_num_threads(), os.sched_getaffinity(0)
    torch.set_num_threads(len(cores))
    yield Machine()
    torch.set_num_threads(threads)
    assert os.sched_getaffinity(0) == cores


def all_threads():
    """The cores on which each thread of this process may run."""
    found = set()
    for thread in os.listdir("/proc/self/task"):
        with suppress(ProcessLookupError):  # one that an earlier test left has just ended
            found.add(frozenset(os.sched_getaffinity(int(thread))))
    return found


def test_threads_leave_a_core_that_others_keep_busy_and_take_it_back(machine):
    everywhere = frozenset(machine.cores)
    with SharedCores(read=machine.read) as cores:
        cores.watch()
        assert all_threads() == {everywhere}
        machine.others, machine.own = 0.9, len(machine.cores) - 0.9
        cores.watch()
        (kept,) = all_threads()
        assert kept < everywhere and len(kept) == len(everywhere) - 1
        machine.own = len(kept)
        cores.watch()
        assert all_threads() == {kept}
        machine.others = 0.1
        cores.watch()
        assert all_threads() == {everywhere}
        machine.others, machine.own = 0.9, len(machine.cores) - 0.9
        cores.watch()
        assert all_threads() not in ({everywhere}, {kept})  # in case the other process can't leave its core
    assert all_threads() == {everywhere}


def test_trainings_that_share_it_let_go_once_the_last_has_ended(machine):
    everywhere, cores = frozenset(machine.cores), SharedCores(read=machine.read)
    with cores, cores:
        machine.others, machine.own = 0.9, len(machine.cores) - 0.9
        with cores:
            cores.watch()
            (kept,) = all_threads()
        assert all_threads() == {kept} != {everywhere}
    assert all_threads() == {everywhere}


def test_one_core_is_kept_however_busy_the_machine_is(machine):
    with SharedCores(read=machine.read) as cores:
        machine.others, machine.own = len(machine.cores) - 0.2, 0.2
        cores.watch()
        assert {len(kept) for kept in all_threads()} == {1}


def test_cores_are_tried_again_while_others_keep_them_busy(machine):
    with SharedCores(read=machine.read) as cores:
        machine.others, machine.own = 0.9, len(machine.cores) - 0.9
        cores.watch()
        assert all_threads() != {frozenset(machine.cores)}
        cores.watch()
        assert all_threads() != {frozenset(machine.cores)}
        machine.seconds = 60.0
        cores.watch()
        assert all_threads() == {frozenset(machine.cores)}


@pytest.mark.parametrize("why", ["several processes or a GPU", "one thread"])
def test_nothing_moves_where_it_would_not_help(machine, why):
    if why == "one thread":
        torch.set_num_threads(1)
    with SharedCores(wanted=why == "one thread", read=machine.read) as cores:
        machine.others, machine.own = 0.9, len(machine.cores) - 0.9
        cores.watch()
        assert all_threads() == {frozenset(machine.cores)} and machine.now == 0


@pytest.mark.slow
def test_no_number_of_a_training_depends_on_the_cores(machine):
    def weights(others):
        gan = GAN(plan(shapes(), TINY), shapes(), torch.device("cpu"))
        with SharedCores(read=machine.read) as cores:
            for step in range(6):
                machine.others, machine.own = (others, len(machine.cores) - others) if step % 3 else (0.0, 1.0)
                gan.step()
                cores.watch()
                moved.add(len(os.sched_getaffinity(0)))
        return gan.state()[0]

    moved = set()
    alone, beside = weights(0.0), weights(0.9)
    assert moved == {len(machine.cores), len(machine.cores) - 1}
    assert all(torch.equal(tensor, beside[name]) for name, tensor in alone.items())


def test_no_thread_is_left_behind(machine):
    before = threading.active_count()
    with SharedCores(read=machine.read) as cores:
        machine.others, machine.own = 0.9, len(machine.cores) - 0.9
        cores.watch()
    assert threading.active_count() == before


def test_the_system_tells_the_times_of_every_core():
    found = shared_cores.usage()
    assert set(os.sched_getaffinity(0)) <= found.cores.keys() and found.own > 0
    assert any(found.cores.values())


def test_what_counts_as_busy():
    """user, nice, system, irq and softirq; not idle, iowait, steal; guest is in user already."""
    stat = "cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 1 2 3 400 500 6 7 800 1 0\ncpu1 100 0 0 0 0 0 0 0 0 0\nintr 1 2\nctxt 3\n"
    tick = os.sysconf("SC_CLK_TCK")
    assert busy_seconds(stat) == {0: 19 / tick, 1: 100 / tick}
