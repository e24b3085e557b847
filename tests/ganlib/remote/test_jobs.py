"""Tests jobs on the local Hub: what they cost, what is asked and refused, how a log is followed, and how each end is told.

The code of these jobs is a script of a few lines that prints the events of a training; job.sh is the project's own.
"""

import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hub_jobs import LocalJob

import train
from ganlib import UserError
from ganlib.cli import run_command
from ganlib.remote import __main__ as command
from ganlib.remote import job, machines
from ganlib.remote.code import ROOT, SCRIPT, checkout

pytestmark = pytest.mark.slow  # a process or two for each job

BEGUN = {
    "event": "begun", "run": "checkpoints/shapes", "images": 0, "total": 64, "minutes": None, "batch_size": 16,
    "dataset_size": 100, "parent": "", "notes": ["A note."],
}  # fmt: skip
SNAPSHOT = {"event": "snapshot", "images": 32, "epoch": 0.32, "grid": "checkpoints/shapes/grids/000000032.webp", "scores": {}}
BEGINNING = f"import sys, time\nprint({json.dumps(BEGUN)!r})\nprint('A warning.')\nprint({json.dumps(SNAPSHOT)!r})\n"
FINISHED = 'print(\'{"event": "finished", "images": 64}\')\n'


@pytest.fixture
def call(hub_server, tmp_path, monkeypatch, capfd):
    """A function that runs train.py with a job whose train.py is the given script; returns exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(job, "PAUSES", (0.05, 0.05))

    def call(script, *options, agreed=True):
        files = {"train.py": script.encode(), SCRIPT: (ROOT / SCRIPT).read_bytes(), "requirements.txt": b""}
        hub_server.add("someone/code", files)
        words = ["--dataset", "digits", "--on", "hf-jobs", "--code", "someone/code", "--push-to-hub", "someone/shapes"]
        words += ["--yes", *options] if agreed else options
        with pytest.raises(SystemExit) as ending:
            run_command(lambda: train.main([str(word) for word in words]))
        return ending.value.code or 0, *capfd.readouterr()

    return call


def test_events_and_other_lines_are_shown_with_the_run_s_place_on_the_hub(call, hub_server):
    code, out, errors = call(BEGINNING + FINISHED)
    assert code == 0
    assert "Training in the job someone/" in out and "Ctrl-C asks whether to leave or to cancel the job." in out
    assert "A note." in out and "epoch 0.32: someone/shapes/grids/000000032.webp" in out
    assert "Done after 64 images: someone/shapes." in out
    assert "A warning." in errors and "$0.40 an hour, $0.40 at most within its limit of 1:00:00" in errors
    words = hub_server.jobs.last.spec["command"]
    assert words[:3] == ["sh", "/code/ganlib/remote/job.sh", "3600"] and words[words.index("--device") + 1] == "cuda"


def test_as_json_lines_for_programs(call):
    code, out, errors = call(BEGINNING + FINISHED, "--log-to", "json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and [line["event"] for line in lines] == ["begun", "snapshot", "finished"]
    assert lines[0]["run"] == "someone/shapes" and lines[1]["grid"] == "someone/shapes/grids/000000032.webp"
    assert "Done after 64 images" in errors


def test_a_log_that_breaks_off_is_shown_whole_and_once(call, hub_server):
    hub_server.jobs.cuts = [3, 5]
    code, out, errors = call(BEGINNING + "time.sleep(0.5)\n" + FINISHED)
    assert code == 0 and out.count("epoch 0.32") == out.count("Done after 64") == errors.count("A warning.") == 1


def test_the_hub_fails_for_a_while(call, hub_server):
    hub_server.fail("GET .*/logs", times=2)
    code, out, _ = call(BEGINNING + FINISHED)
    assert code == 0 and out.count("Done after 64") == 1


def test_the_hub_stays_away_while_the_job_goes_on(call, hub_server):
    hub_server.fail("GET .*/logs", times=1000)
    code, _, errors = call(BEGINNING + FINISHED)
    assert code == 1
    assert "The Hub has trouble (HTTP 503) with the jobs of someone; try again later. The job goes on without" in errors
    follow = errors.rpartition("Follow it with: python -m ganlib.remote ")[2].partition(";")[0].split()
    hub_server.failures.clear()
    assert command.main(follow) == 0


@pytest.mark.parametrize(
    ("script", "code", "sentence"),
    [
        ("raise SystemExit('The set is empty.')", 1, "The job failed with exit code 1: The set is empty. What was uploaded"),
        ("print('No such recipe.')\nsys.exit(2)", 2, "The job failed with exit code 2: No such recipe. What was uploaded"),
        ('print(\'{"event": "diverged", "images": 32, "message": "It has diverged."}\')\nsys.exit(1)', 1, "It has diverged.\n"),
        ("import os\nos.kill(os.getpid(), 9)", 137, "The job was killed, most likely because its memory was full: choose"),
    ],
)
def test_a_training_that_fails(call, script, code, sentence):
    ended, out, errors = call(BEGINNING + script)
    assert ended == code and sentence in errors and "Done after" not in out
    if "What was" in sentence or "killed" in sentence:
        again = "go on from there with: python train.py --resume someone/shapes --on hf-jobs --code someone/code\n"
        assert errors.endswith(f"What was uploaded before is at someone/shapes; {again}")


def test_the_time_limit_of_the_job(call, hub_server):
    hub_server.jobs.second = 0.003
    code, _, errors = call(
        BEGINNING + "import signal\nsignal.signal(signal.SIGUSR1, signal.SIG_IGN)\ntime.sleep(60)", "--timeout", "10m"
    )
    assert code == 1 and "The job reached its time limit. What was uploaded before is at someone/shapes; go on" in errors


def test_the_training_ends_by_itself_two_minutes_before_the_limit(call, hub_server):
    hub_server.jobs.second = 0.005
    stop = 'print(\'{"event": "stopped", "images": 48}\'); sys.exit()'
    code, out, errors = call(
        BEGINNING + f"import signal\nsignal.signal(signal.SIGUSR1, lambda *_: exec({stop!r}))\ntime.sleep(60)",
        "--timeout",
        "10m",
    )
    assert code == 0, errors
    assert "Saved after 48 images. Continue with: python train.py --resume someone/shapes --on hf-jobs" in out


@pytest.mark.parametrize(("stage", "sentence"), [("CANCELED", "The job was cancelled."), ("DELETED", "The job was deleted.")])
def test_it_is_ended_elsewhere(call, hub_server, stage, sentence):
    def end():
        while not (hub_server.jobs.all and len(hub_server.jobs.last.lines) > 2):
            time.sleep(0.01)
        hub_server.jobs.last.end(stage)

    threading.Thread(target=end, daemon=True).start()
    code, _, errors = call(BEGINNING + "sys.stdout.flush()\ntime.sleep(60)")
    assert code == 1 and f"{sentence} What was uploaded before is at someone/shapes" in errors


# ---------------------------------------------------------------------------------------------- refused before it costs


def test_no_credit(call, hub_server):
    hub_server.jobs.credit = False
    code, _, errors = call(BEGINNING)
    assert code == 2 and errors.splitlines()[-1] == (
        "someone has no credit left for jobs; add some at https://huggingface.co/settings/billing."
    )


def test_a_wrong_flavor_lists_those_that_exist_with_their_prices(call, hub_server):
    code, _, errors = call(BEGINNING, "--flavor", "t5-large")
    assert code == 2 and errors == (
        "The Hub has no machine 't5-large' for jobs; --flavor takes cpu-basic ($0.01 an hour), t4-small ($0.40 an hour), "
        "l4x4 ($3.80 an hour).\n"
    )
    assert not hub_server.jobs.all and ("models", "someone/shapes") not in hub_server.repositories


def test_a_machine_of_several_gpus_is_refused(call):
    code, _, errors = call(BEGINNING, "--flavor", "l4x4")
    assert code == 2 and "A job trains on one GPU, and l4x4 has 4" in errors


def test_nobody_to_ask(call, hub_server):
    code, _, errors = call(BEGINNING, agreed=False)
    assert code == 2 and errors.endswith("This costs money, and nobody can be asked here: agree with --yes.\n")
    assert not hub_server.jobs.all and ("models", "someone/shapes") not in hub_server.repositories


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        ("hf_wrong", "The Hub doesn't know the token"),
        ("hf_reader", "The token may not do this with someone/shapes: use one with write permission"),
        ("", "The Hub needs to know who you are: run `hf auth login`, or set HF_TOKEN."),
    ],
)
def test_tokens(call, hub_server, monkeypatch, token, sentence):
    monkeypatch.setenv("HF_TOKEN", token)
    code, _, errors = call(BEGINNING)
    assert code == 2 and errors.splitlines()[-1].startswith(sentence) and not hub_server.jobs.all


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--out", "run"], "--out is a folder of this machine; the run goes to --push-to-hub; leave it out with --on hf-jobs."),
        (["--data-root", "data"], "--data-root is a folder of this machine; built-in sets are downloaded there"),
        (["--dry-run"], "--dry-run measures this machine; leave it out"),
        (["--log-to", "tensorboard"], "--log-to tensorboard can't be followed from a job"),
        (["--timeout", "5m"], "A job needs some minutes to begin and two to save: give a --timeout of 10m or more."),
        (["--init-from", "checkpoints/mnist"], "There is no run at checkpoints/mnist"),
        (["--resume"], "A job goes on with runs of the Hub, --resume OWNER/NAME"),
        (["--resume", "someone/none"], "The Hub has no someone/none that you may read"),
        (["--dataset", "nowhere"], "There is no dataset 'nowhere'"),
        (["--dataset", "hub:someone/none"], "The Hub has no someone/none that you may read"),
        (["--set", "r7=1"], "--set r7: a recipe has no such setting"),
        (["--set", "loss=cubic"], "A job has the project's own code, in which there is no cubic"),
        (["--code", "someone/other"], "The Hub has no someone/other that you may read"),
    ],
)
def test_what_a_job_can_t_do(call, hub_server, tmp_path, options, sentence):
    (tmp_path / "checkpoints").mkdir()
    words = [*options, "--push-to-hub", "someone/new"]
    code, _, errors = call(BEGINNING, *words)
    assert code == 2 and errors.splitlines()[-1].startswith(sentence)
    assert not hub_server.jobs.all and ("models", "someone/new") not in hub_server.repositories


def test_code_that_is_no_version_of_this_project(call, hub_server):
    hub_server.add("someone/else", {"train.py": b""})
    code, _, errors = call(BEGINNING, "--code", "someone/else")
    assert code == 2 and "someone/else on the Hub holds no version of this project that can run as a job" in errors


def test_a_space_s_code_at_a_commit(call, hub_server):
    files = {"train.py": FINISHED.encode(), SCRIPT: (ROOT / SCRIPT).read_bytes(), "requirements.txt": b""}
    old = hub_server.add("someone/studio", files, kind="spaces")
    hub_server.add("someone/studio", files | {"train.py": b"raise"}, kind="spaces")
    assert call(BEGINNING, "--code", f"spaces/someone/studio@{old}")[0] == 0
    (volume,) = hub_server.jobs.last.spec["volumes"]
    assert (volume["type"], volume["source"], volume["revision"]) == ("space", "someone/studio", old)


def test_options_of_a_job_need_one():
    for option in (["--flavor", "t4-small"], ["--timeout", "1h"], ["--code", "a/b"], ["--yes"]):
        with pytest.raises(UserError, match="is of a job: say where it runs with --on hf-jobs"):
            train.main(["--dataset", "digits", *option])


def test_somewhere_to_put_the_run_is_needed():
    with pytest.raises(UserError, match="say where the run goes with --push-to-hub OWNER/NAME"):
        train.main(["--dataset", "digits", "--on", "hf-jobs"])


def test_public_pictures_are_refused(call, hub_server, tmp_path):
    from PIL import Image

    (tmp_path / "cats").mkdir()
    Image.new("L", (32, 32)).save(tmp_path / "cats/1.png")
    hub_server.add("someone/gan-studio-cats", {}, kind="datasets")
    code, _, errors = call(BEGINNING, "--dataset", "cats")
    assert code == 2 and errors.endswith(
        "someone/gan-studio-cats is on the Hub already and is public; make it private there.\n"
    )
    assert not hub_server.jobs.all and not hub_server.files("someone/gan-studio-cats", kind="datasets")


def test_folders_that_are_links_are_refused_since_they_are_not_uploaded(call, hub_server, tmp_path):
    from PIL import Image

    (tmp_path / "elsewhere").mkdir()
    Image.new("L", (32, 32)).save(tmp_path / "elsewhere/1.png")
    (tmp_path / "set").mkdir()
    (tmp_path / "set/cats").symlink_to(tmp_path / "elsewhere")
    code, _, errors = call(BEGINNING, "--dataset", "set")
    assert code == 2 and "set/cats is a link to a folder, and no link is uploaded" in errors
    assert not hub_server.jobs.all


def test_what_a_checkout_holds():
    held = checkout()
    assert {"train.py", "requirements.txt", SCRIPT, "ganlib/assets/mnist-train.npz"} <= held.keys()
    assert not [path for path in held if "__pycache__" in path or path.startswith(("studio", "tests", "."))]


def test_prices_of_other_units():
    from huggingface_hub import JobHardwareInfo

    stated = {"name": "x", "prettyName": "X", "cpu": "1", "ram": "1", "unitCostMicroUSD": 2_000_000, "unitCostUSD": 2.0}
    (machine,) = [machines.chosen("x", [JobHardwareInfo(**stated, unitLabel="hour")])]
    assert machine.per_hour == 2 and machine.most(5400) == 3
    with pytest.raises(UserError, match="states the price of x for a fortnight"):
        machines.chosen("x", [JobHardwareInfo(**stated, unitLabel="fortnight")])


# ---------------------------------------------------------------------------------------------- Ctrl-C, following, cancelling


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "stage"), [("c", "CANCELED"), (None, "RUNNING")])
def test_ctrl_c_asks(hub_server, tmp_path, answer, stage):
    """In a terminal of its own; without an answer, Ctrl-C comes again."""
    files = {"train.py": (BEGINNING + "sys.stdout.flush()\ntime.sleep(60)").encode(), SCRIPT: (ROOT / SCRIPT).read_bytes()}
    hub_server.add("someone/code", files | {"requirements.txt": b""})
    words = ["--dataset", "digits", "--on", "hf-jobs", "--code", "someone/code", "--push-to-hub", "someone/shapes"]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, ROOT / "train.py", *words], cwd=tmp_path, stdin=theirs, stdout=theirs, stderr=theirs, process_group=0
    )
    os.close(theirs)
    seen = ""

    def read_until(text):
        nonlocal seen
        while text not in seen:
            seen += os.read(ours, 4096).decode()
        seen = seen.partition(text)[2]
        time.sleep(0.5)  # until it reads: what comes between its question and that could be missed

    read_until("Go on? [y/N]")
    os.write(ours, b"y\n")
    read_until("epoch 0.32")
    process.send_signal(signal.SIGINT)
    read_until("[l/c]")
    if answer:
        os.write(ours, b"x\n")
        read_until("[l/c]")
        os.write(ours, f"{answer}\n".encode())
    else:
        process.send_signal(signal.SIGINT)
    read_until("The job is cancelled." if answer == "c" else "python -m ganlib.remote follow someone/")
    assert process.wait(20) == 130 and hub_server.jobs.last.stage == stage
    os.close(ours)


def test_ctrl_c_with_nobody_to_ask_leaves_the_job_running(call, hub_server):
    def interrupt():
        while not (hub_server.jobs.all and len(hub_server.jobs.last.lines) > 4):
            time.sleep(0.01)
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    code, _, errors = call(BEGINNING + "sys.stdout.flush()\ntime.sleep(60)")
    assert code == 130 and "The job goes on. Follow it with: python -m ganlib.remote follow someone/" in errors
    assert hub_server.jobs.last.stage == "RUNNING"


def test_follow_and_cancel_by_name(hub_server, capfd):
    running = LocalJob("someone", {"command": ["sh", "--push-to-hub", "someone/shapes"], "dockerImage": "x"})
    hub_server.jobs.all[running.id] = running
    assert command.main(["cancel", f"someone/{running.id}"]) == 0 and running.stage == "CANCELED"
    assert command.main(["follow", f"someone/{running.id}"]) == 1
    assert "The job was cancelled. What was uploaded before is at someone/shapes" in capfd.readouterr().err
    for name, sentence in (
        ("someone/123", "someone has no such job"),
        ("mnist", "is no job"),
        ("other/1", "may not start or see"),
    ):
        with pytest.raises(UserError, match=sentence):
            command.main(["follow", name])
    foreign = LocalJob("someone", {"command": ["echo"], "dockerImage": "x"})
    hub_server.jobs.all[foreign.id] = foreign
    with pytest.raises(UserError, match="trains no run of this project"):
        command.main(["follow", f"someone/{foreign.id}"])


def test_the_script_is_plain_sh():
    assert subprocess.run(["sh", "-n", ROOT / SCRIPT], check=False).returncode == 0
    assert Path(ROOT / SCRIPT).read_text().startswith("#!/bin/sh\n")
