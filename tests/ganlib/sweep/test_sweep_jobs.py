"""Tests the jobs of a sweep on the local Hub: what is refused before it costs, what they cost, how their logs are followed, and
how each end is told. Their code is a script of a few lines; job.sh is the project's own."""

import os
import signal
import threading
import time
import tomllib

import pytest

from ganlib import UserError
from ganlib.cli import run_command
from ganlib.remote import __main__ as remote
from ganlib.remote import job
from ganlib.remote.code import ROOT, SCRIPT
from ganlib.sweep import __main__ as command
from ganlib.sweep import jobs, shared, study_file

FILE = """
measure = "swd"
trials = 3
images = 900
[train]
dataset = "digits"
[vary]
r1 = [0.02, 0.05]
"""
HUB = "https://huggingface.co"


@pytest.fixture
def call(hub_server, tmp_path, monkeypatch, capfd):
    """A function that works on a sweep in jobs that run the given script; returns exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(job, "PAUSES", (0.05, 0.05))
    (tmp_path / "mine.toml").write_text(FILE)
    monkeypatch.setenv("GANLIB_SWEEP_STORAGE", f"sqlite:///{tmp_path}/study.db")

    def call(script, *options, to=("--push-to-hub", "someone/mine"), agreed=True):
        files = {"ganlib/sweep/__main__.py": script.encode(), SCRIPT: (ROOT / SCRIPT).read_bytes(), jobs.MARKER: b""}
        hub_server.add("someone/code", files | {"requirements.txt": b"", "ganlib/__init__.py": b""})
        words = ["mine.toml", "--on", "hf-jobs", "--code", "someone/code", *to, *(["--yes"] if agreed else []), *options]
        with pytest.raises(SystemExit) as ending:
            run_command(lambda: command.main([str(word) for word in words]))
        return ending.value.code or 0, *capfd.readouterr()

    return call


@pytest.mark.slow
def test_a_job_gets_the_file_the_options_and_the_packages_of_a_worker(call, hub_server):
    script = "import sys\nprint(open('study.toml').read())\nprint(*sys.argv[1:])"
    code, out, _ = call(script)
    spec = hub_server.jobs.last.spec
    assert code == 0 and spec["command"][:5] == ["sh", "/code/ganlib/remote/job.sh", "3600", "-m", "ganlib.sweep"]
    assert "study.toml --dataset digits --device cuda --push-to-hub someone/mine" in out
    assert 'measure = "swd"' in out or '"measure" = "swd"' in out
    assert spec["environment"]["PACKAGES"] == "optuna>=4.9"
    assert "uv pip install" in out and "requirements.txt optuna>=4.9\n" in out
    assert "The runs go to someone/mine-trial-000 and so on." in out and "No trial has begun yet." in out


@pytest.mark.slow
def test_the_lines_of_several_jobs_and_the_first_code_that_is_none(call):
    script = "import os, sys\nprint('begins')\nprint('No memory.')\nsys.exit(3 if os.getpid() % 2 else 4)"
    code, out, errors = call(script, "--workers", 3)
    assert code in (3, 4) and all(f"job {number}: begins\n" in out for number in (1, 2, 3))
    assert errors.count(": No memory. What the trials have reported is in the study; the same command goes on.\n") == 3
    assert "3 jobs of someone on t4-small (4 vCPU, 15 GB" in errors or "1 x T4 with 16 GB" in errors
    assert "$0.40 an hour each, $1.20 at most within their limit of 1:00:00, paid by someone." in errors


@pytest.mark.slow
def test_the_time_limit_ends_a_worker_two_minutes_before(call, hub_server):
    hub_server.jobs.second = 0.02
    script = "import signal, sys, time\nsignal.signal(signal.SIGUSR1, lambda *_: sys.exit())\ntime.sleep(60)"
    assert call(script, "--timeout", "10m")[0] == 0


@pytest.mark.slow
def test_ctrl_c_with_nobody_to_ask_leaves_the_jobs_running(call, hub_server, capfd):
    def interrupt():
        while not (len(hub_server.jobs.all) == 2 and all(one.lines for one in hub_server.jobs.all.values())):
            time.sleep(0.01)
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    code, _, errors = call("import time\ntime.sleep(60)", "--workers", 2)
    names = [f"someone/{one.id}" for one in hub_server.jobs.all.values()]
    assert code == 130
    assert f"The jobs go on. Follow them with: python -m ganlib.remote follow {' '.join(names)}; end them with" in errors
    assert remote.main(["cancel", *names]) == 0
    assert {one.stage for one in hub_server.jobs.all.values()} == {"CANCELED"}
    assert remote.main(["follow", *names]) == 1
    assert capfd.readouterr().err.count("The job was cancelled.") == 2


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--flavor", "t5-large"], "The Hub has no machine 't5-large' for jobs; --flavor takes cpu-basic ($0.01 an hour)"),
        (["--timeout", "5m"], "A job needs some minutes to begin and two to save: give a --timeout of 10m or more."),
        (["--dataset", "nowhere"], "There is no dataset 'nowhere'"),
        (["--push-to-hub", "mine"], "'mine-trial-000' is not a name on the Hub"),
        (["--code", "someone/else"], "someone/else on the Hub holds no version of this project that can run as a job"),
    ],
)
def test_what_is_refused_before_it_costs(call, hub_server, options, sentence):
    hub_server.add("someone/else", {SCRIPT: b""})  # a version before sweeps in jobs
    code, _, errors = call("", *options)
    assert code == 2 and errors.splitlines()[-1].startswith(sentence) and not hub_server.jobs.all


def test_nothing_begins_without_consent_credit_or_a_place_for_the_runs(call, hub_server):
    code, _, errors = call("", agreed=False)
    assert code == 2 and errors.endswith("This costs money, and nobody can be asked here: agree with --yes.\n")
    code, _, errors = call("", to=())
    assert code == 2 and errors.endswith("say where the runs go with --push-to-hub OWNER/NAME.\n")
    hub_server.jobs.credit = False
    code, _, errors = call("")
    assert code == 2 and "someone has no credit left for jobs" in errors and not hub_server.jobs.all


def test_a_folder_of_this_machine_is_refused(call, tmp_path):
    (tmp_path / "mine.toml").write_text(FILE.replace("[vary]", 'data-root = "sets"\n[vary]'))
    code, _, errors = call("")
    assert code == 2 and errors == "data-root is a folder of this machine; leave it out of [train] with --on hf-jobs.\n"


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("", "A journal in a folder is of this machine: for jobs say storage = "),
        ("sqlite:////home/me/study.db", "Jobs don't reach the database in a file, which is of this machine or its network"),
        ("postgresql://me:hunter2@localhost/study", "Jobs don't reach the database at localhost"),
        ("mysql+pymysql://me:hunter2@192.168.0.7/study", "Jobs don't reach the database at 192.168.0.7"),
        ("postgresql+asyncpg://me:hunter2@db.example.org/study", "A job can't install the driver asyncpg"),
        ("me:hunter2@db.example.org", "storage is no address of a database such as postgresql://USER:PASSWORD@HOST/NAME."),
    ],
)
def test_a_database_that_jobs_do_not_reach(address, sentence):
    with pytest.raises(UserError) as error:
        shared.database(address, HUB)
    assert str(error.value).startswith(sentence) and "hunter2" not in str(error.value)


def test_the_driver_of_a_database_is_said_and_installed_there():
    database = shared.database("postgresql+psycopg2://me:a%40b@db.example.org:5433/study?sslmode=require", HUB)
    assert database.address == "postgresql+psycopg2://me:a%40b@db.example.org:5433/study?sslmode=require"
    assert database.package == "psycopg2-binary"
    implied = shared.database("mysql+pymysql://me:pw@db.example.org/study", HUB)
    assert implied.package == "pymysql" and shared.database("sqlite:////x.db", "http://127.0.0.1:80").package == ""


def test_the_file_for_a_job_says_the_same_without_the_database(tmp_path):
    text = FILE.replace("[train]", 'storage = "postgresql://me:hunter2@there/x"  # hunter2\nprune = false\n[train]')
    text = text.replace(
        'dataset = "digits"',
        'dataset = "digits"\ndata-note = "\\"Ä\\" \\\\ 1"\nset = { loss = "hinge", generator.widths = [8] }',
    )
    text += 'g_lr = { low = 1e-3, high = 1e-2, log = true }\n"betas" = [[0, 0.9], [0.5, 0.99]]'
    table = tomllib.loads(text)
    written = shared.text(table, "mine")
    assert "hunter2" not in written
    assert tomllib.loads(written) == {key: value for key, value in table.items() if key != "storage"} | {
        "folder": "sweeps/mine"
    }


def test_options_of_one_machine_leave_the_study_what_it_is(tmp_path):
    (tmp_path / "mine.toml").write_text(FILE)
    sweep = study_file.read(tmp_path / "mine.toml")
    there = sweep.on_this_machine({"dataset": "hub:someone/digits", "device": "cuda", "init-from": None})
    assert there.identity == sweep.identity and there.options.dataset == "hub:someone/digits"
    assert there.command([]) == ["--dataset", "hub:someone/digits", "--device", "cuda", "--images", "900"]


def test_options_of_a_job_need_one(call, tmp_path):
    with pytest.raises(UserError, match="--flavor is of a job: say where it runs with --on hf-jobs"):
        command.main(["mine.toml", "--flavor", "t4-small"])
    with pytest.raises(UserError, match="--private is of an upload: say where to with --push-to-hub"):
        command.main(["mine.toml", "--private"])
