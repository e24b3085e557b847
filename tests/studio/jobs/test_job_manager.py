"""Tests the queue of trainings: owners, states, and recovery after a server's end. What runs is a plain
function that reports as train.py does; the real one is in test_training_processes.py."""

import os
import shutil
import threading
import time

import pytest

from ganlib import UserError
from studio.jobs import zerogpu
from studio.jobs.job import Job, Materials
from studio.jobs.locked_folder import LockedFolder
from studio.jobs.manager import JobManager
from studio.jobs.request import PICTURES, TrainingRequest
from studio.library import Library
from studio.limits import Limits

ANN, BOB = "a" * 32, "b" * 32
ORDER = TrainingRequest(minutes=1, seed=0, recipe="digits", dataset="digits")


@pytest.fixture
def open_jobs(tmp_path, stage):
    """A function that opens servers over the same folder and closes them in the end."""
    opened = []

    def open_jobs(launch=stage, **settings):
        limits = Limits(**{name: value for name, value in settings.items() if name != "slice_minutes"})
        opened.append(JobManager(tmp_path / "jobs", limits, "cpu", launch, settings.get("slice_minutes")))
        return opened[-1]

    yield open_jobs
    for jobs in opened:
        stage.tell("stopped")
        jobs.close()


@pytest.fixture
def jobs(open_jobs):
    return open_jobs()


@pytest.fixture
def start(jobs, tmp_path):
    def start(visitor=ANN, order=ORDER, **materials):
        return jobs.find(jobs.start(visitor, order, Materials(tmp_path, **materials)))

    return start


def until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def became(job, state, reason=None):
    until(lambda: job.state == state)
    assert job.reason == reason
    return True


class TestQueue:
    def test_one_runs_and_the_others_wait_in_their_order(self, jobs, start, stage):
        first, second, third = start(), start(BOB), start()
        until(lambda: first.state == "running")
        assert [jobs.state(job)["place"] for job in (first, second, third)] == [None, 1, 2]
        stage.tell("finished")
        assert became(first, "finished") and became(second, "running") and jobs.state(third)["place"] == 1

    def test_what_fails_leaves_the_device_to_the_next(self, start, stage):
        first, second = start(), start(BOB)
        stage.tell(code=-9)
        assert became(first, "failed", "killed") and became(second, "running")

    def test_pause_and_resume(self, jobs, start, stage):
        job = start()
        until(lambda: stage.arguments)
        jobs.pause(job)
        assert job.state == "stopping"
        stage.tell({"event": "advanced", "images": 64, "seconds": 30.0}, "stopped")
        assert became(job, "paused") and jobs.state(job)["resumable"]
        job.path(job.lanes[0]).mkdir()
        (job.path(job.lanes[0]) / "config.json").write_text("{}")
        jobs.resume(job)
        until(lambda: len(stage.arguments) == 2)
        assert stage.arguments[1] == ["--resume", "digits-digits", "--device", "cpu", "--minutes", "0.5"]

    def test_a_waiting_job_is_paused_and_stopped_at_once(self, jobs, start):
        _, second, third = start(), start(), start()
        jobs.pause(second)
        jobs.stop(third)
        assert second.state == "paused" and third.state == "stopped" and jobs.state(second)["place"] is None
        with pytest.raises(UserError, match="can't be continued"):
            jobs.resume(third)

    def test_a_signal_from_outside_interrupts(self, jobs, start, stage):
        job = start()
        stage.tell("stopped")
        assert became(job, "interrupted") and jobs.state(job)["resumable"]

    def test_a_deleted_job_is_gone_with_its_files(self, jobs, start, stage):
        running, waiting = start(), start()
        until(lambda: stage.arguments)
        jobs.delete(waiting)
        jobs.delete(running)
        stage.tell(code=-9)
        until(lambda: not running.folder.exists())
        assert not waiting.folder.exists() and jobs.of(ANN) == []
        with pytest.raises(UserError, match="There is no job"):
            jobs.find(running.id)


@pytest.mark.parametrize(
    ("events", "code", "said", "reason"),
    [
        ([{"event": "diverged", "message": "d_loss is not finite"}], 1, "", "diverged"),
        ([{"event": "failed", "reason": "disk"}], 2, "run can't be written", "disk_full"),
        ([{"event": "failed", "reason": "memory"}], 2, "", "out_of_memory"),
        ([], 2, "The disk is full (run): make room and try again.", "disk_full"),
        ([], 2, "There is not enough memory on cpu: end other programs.", "out_of_memory"),
        ([], 2, "--batch-size 7 can't be used.", "refused"),
        ([], 1, "KeyError: 'x'", "crashed"),
        ([], -11, "", "killed"),
    ],
)
def test_why_a_job_failed(start, stage, events, code, said, reason):
    job = start()
    stage.tell(*events, code=code, said=said)
    assert became(job, "failed", reason)
    assert job.detail == {"refused": said, "diverged": "d_loss is not finite"}.get(reason, "")


class TestOwners:
    def test_only_the_owner_is_obeyed(self, jobs, start):
        job = start()
        assert jobs.of(BOB) == [] and jobs.find(job.id, ANN) is job
        with pytest.raises(UserError, match="Only the visitor"):
            jobs.find(job.id, BOB)

    def test_the_token_is_not_written(self, jobs, start):
        job = start()
        until(lambda: (job.folder / "job.json").exists())
        assert ANN not in (job.folder / "job.json").read_text()

    @pytest.mark.parametrize("id", [None, 7, "", "..", "../..", ["x"], "A" * 22])
    def test_what_is_no_id(self, jobs, id):
        with pytest.raises(UserError, match="There is no job"):
            jobs.find(id)

    def test_a_private_run_is_found_and_not_listed(self, jobs, start, stage, make_run, checkpoints):
        make_run()
        job, library = start(), Library(checkpoints, jobs=jobs)
        until(lambda: stage.arguments)
        make_run("x").path.rename(job.path(job.lanes[0]))
        entry = library.find(f"~{job.id}")
        assert entry.shown == "digits → digits" and entry.snapshots and list(library.entries()) == ["tiny"]
        assert library.owned(entry, ANN) and not library.owned(entry, BOB) and not library.owned(entry, None)
        library.generator(entry, entry.snapshots[0])
        jobs.delete(job)
        for name in (f"~{job.id}", "~", "~../x"):
            with pytest.raises(UserError, match=r"the runs here are: tiny\.$"):
                library.find(name)


class TestLimits:
    def test_jobs_of_a_visitor(self, start):
        for _ in range(3):
            start()
        with pytest.raises(UserError, match="You may have 3 trainings here; delete one first"):
            start()
        start(BOB)

    def test_the_queue(self, open_jobs, tmp_path):
        jobs = open_jobs(waiting=1)
        jobs.start(ANN, ORDER, Materials(tmp_path))
        until(jobs.busy)
        jobs.start(BOB, ORDER, Materials(tmp_path))
        with pytest.raises(UserError, match="Too many trainings wait"):
            jobs.start(BOB, ORDER, Materials(tmp_path))

    def test_the_disk(self, open_jobs, tmp_path, stage):
        jobs = open_jobs(disk_bytes=50_000)
        job = jobs.find(jobs.start(ANN, ORDER, Materials(tmp_path)))
        (job.folder / "snapshot").write_bytes(bytes(60_000))
        stage.tell("snapshot", "stopped")
        assert became(job, "failed", "disk_limit")
        with pytest.raises(UserError, match="The room for trainings on this server is used up"):
            jobs.start(BOB, ORDER, Materials(tmp_path))

    def test_a_job_that_fills_the_disk_while_it_is_deleted_is_gone(self, open_jobs, tmp_path, stage):
        jobs = open_jobs(disk_bytes=50_000)
        job = jobs.find(jobs.start(ANN, ORDER, Materials(tmp_path)))
        until(lambda: stage.arguments)
        (job.folder / "snapshot").write_bytes(bytes(60_000))
        jobs.delete(job)
        stage.tell("snapshot", code=-9)
        until(lambda: not job.folder.exists())

    def test_old_jobs_are_swept_and_those_that_wait_are_not(self, jobs, start, stage):
        done, running, waiting = start(), start(), start()
        stage.tell("finished")
        assert became(done, "finished") and became(running, "running")
        for job in (done, running, waiting):
            job.changed -= 25 * 3600
        jobs.sweep()
        assert {job.id for job in jobs.of(ANN)} == {running.id, waiting.id} and not done.folder.exists()


class TestPictures:
    UPLOAD = TrainingRequest(minutes=1, seed=0, recipe="digits", pictures=1)

    @pytest.fixture
    def job(self, start, tmp_path):
        folder = tmp_path / "x" / "pictures"
        folder.mkdir(parents=True)
        (folder / "1.png").write_bytes(b"png")
        job = start(order=self.UPLOAD, pictures=folder)
        assert not folder.parent.exists() and (job.folder / PICTURES / "1.png").exists()
        return job

    @pytest.mark.parametrize(("events", "code", "state"), [(["finished"], 0, "finished"), ([], -9, "failed")])
    def test_they_go_with_the_end(self, job, stage, events, code, state):
        stage.tell(*events, code=code)
        until(lambda: job.state == state)
        assert not (job.folder / PICTURES).exists() and not job.resumable

    def test_they_stay_while_the_training_may_go_on(self, jobs, job, stage):
        until(lambda: stage.arguments)
        jobs.pause(job)
        stage.tell("stopped")
        assert became(job, "paused") and (job.folder / PICTURES / "1.png").exists() and job.resumable


class TestRestart:
    def test_what_ran_is_interrupted_and_what_waited_waits_on(self, jobs, open_jobs, start, stage):
        ran, paused, waits = start(), start(), start()
        jobs.pause(paused)
        until(lambda: stage.arguments)
        closing = threading.Thread(target=jobs.close)
        closing.start()
        until(lambda: ran.state == "stopping")
        stage.tell("stopped")
        closing.join()
        again = open_jobs()
        found = {job.id: job for job in again.of(ANN)}
        assert again.folder == jobs.folder and found.keys() == {ran.id, paused.id, waits.id}
        assert (found[ran.id].state, found[paused.id].state) == ("interrupted", "paused")
        assert found[ran.id].order == ORDER and became(found[waits.id], "running")

    def test_what_waited_before_is_paused_and_deleted(self, tmp_path, jobs, start, stage):
        ran, runs, third, fourth = start(BOB), start(), start(), start(BOB)
        until(lambda: stage.arguments)
        left = tmp_path / "left"
        for job in (ran, runs, third, fourth):
            shutil.copytree(job.folder, left / job.id, symlinks=True)
        again = JobManager(left, Limits(), "cpu", stage)
        try:
            assert became(again.find(runs.id), "running")
            again.pause(again.find(third.id))
            assert again.find(third.id).state == "paused"
            again.delete(again.find(fourth.id))
            assert not (left / fourth.id).exists()
        finally:
            closings = [threading.Thread(target=server.close) for server in (jobs, again)]
            for closing in closings:
                closing.start()
            until(lambda: {job.state for job in (ran, again.find(runs.id))} == {"stopping"})
            for _ in closings:
                stage.tell("stopped")
            for closing in closings:
                closing.join()

    def test_what_a_killed_server_left(self, jobs, start, tmp_path):
        job = start()
        until(lambda: Job.read(job.folder).state == "running")
        left = tmp_path / "left"
        shutil.copytree(job.folder, left / job.id, symlinks=True)
        (left / "broken").mkdir()
        (left / "broken" / "job.json").write_text('{"owner": 7}')  # invalid jobs are ignored
        found = JobManager(left, Limits(), "cpu")
        assert [(one.state, one.resumable) for one in found.of(ANN)] == [("interrupted", True)]
        found.close()

    def test_two_servers_never_share_a_folder(self, jobs, open_jobs):
        other = open_jobs()
        assert other.folder.name == "jobs-2" and jobs.folder.name == "jobs"

    @pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere")
    def test_a_folder_that_cannot_be_written(self, tmp_path):
        tmp_path.chmod(0o500)
        with pytest.raises(UserError, match="name another folder with --jobs"):
            LockedFolder(tmp_path / "jobs")


class TestSlices:
    def slices(self, arguments, folder, environment):
        """Simulates a training at 100 images a second within its time limit; the run has only a config."""
        minutes = float(arguments[arguments.index("--minutes") + 1])
        self.told.append((arguments[0], minutes))
        path = folder / "digits-digits"
        path.mkdir(exist_ok=True)
        (path / "config.json").write_text("{}")
        self.images = min(self.images + int(6000 * minutes), self.total)
        self.seconds += 60 * minutes
        yield {"event": "launched", "pid": 2**22 + 1}
        yield {"event": "begun", "images": 0, "total": self.total}
        yield {"event": "advanced", "images": self.images, "seconds": self.seconds}
        yield {"event": "finished", "images": self.images}
        yield {"event": "ended", "code": 0, "said": ""}

    @pytest.fixture(autouse=True)
    def nothing_yet(self):
        self.told, self.images, self.seconds, self.total = [], 0, 0.0, 10**9

    def test_a_job_is_cut_until_its_time_is_over(self, open_jobs, tmp_path):
        jobs = open_jobs(self.slices, slice_minutes=0.4)
        job = jobs.find(jobs.start(ANN, ORDER, Materials(tmp_path)))
        assert became(job, "finished")
        assert [(first, round(minutes, 2)) for first, minutes in self.told] == [
            ("--recipe", 0.4), ("--resume", 0.4), ("--resume", 0.2),
        ]  # fmt: skip

    def test_or_its_images_are_seen(self, open_jobs, tmp_path):
        self.total = 3000
        jobs = open_jobs(self.slices, slice_minutes=0.4)
        job = jobs.find(jobs.start(ANN, ORDER, Materials(tmp_path)))
        assert became(job, "finished") and job.images == 3000 and len(self.told) == 2

    def test_a_gpu_that_is_not_lent_interrupts(self, open_jobs, tmp_path):
        def refused(*_):
            raise RuntimeError("You have exceeded your quota.")

        jobs = open_jobs(zerogpu.reporting_refusal(refused))
        job = jobs.find(jobs.start(ANN, ORDER, Materials(tmp_path)))
        assert became(job, "interrupted", "no_gpu") and job.detail == "You have exceeded your quota." and job.resumable

    def test_a_slice_leaves_time_to_start_and_to_save(self):
        assert zerogpu.slice_minutes(Limits(gpu_seconds=60)) == pytest.approx(35 / 60)


def test_the_device_is_looked_for_at_once():
    assert zerogpu.device("cpu")[0] == "cpu"
    with pytest.raises(UserError, match="--device cuda:99 can't be used on this machine"):
        zerogpu.device("cuda:99")
