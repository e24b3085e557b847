"""Writes the folder of a sweep, with the study that Optuna keeps, as if its trials had been trained."""

from ganlib.sweep import study_file
from ganlib.sweep.study import Study
from ganlib.sweep.training import Outcome

FILE = """
measure = "swd"
trials = {trials}
images = 900
prune = false
folder = "{folder}"
[train]
dataset = "digits"
[vary]
r1 = [0.02, 0.05]
g_lr = {{ low = 1e-3, high = 1e-2, log = true }}
batch_size = [32, 64]
"""


def begin(folder, trials=8):
    """Begins a sweep in `folder` and returns its study."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder.parent / f"{folder.name}.toml"
    file.write_text(FILE.format(folder=folder, trials=trials))
    sweep = study_file.read(file)
    study = Study(sweep)
    study_file.keep(file, sweep)
    return study


def end(study, *outcomes):
    """Lets new trials end so: a number is the value of a finished one, a sentence why one was pruned. None leaves it running;
    returns the claims of those, which hold them."""
    running = []
    for outcome in outcomes:
        claim = study.claim()
        claim.trial.set_user_attr("images", 300 if isinstance(outcome, str) else 900)
        if outcome is None:
            running.append(claim)
            continue
        if isinstance(outcome, str):
            claim.trial.report(9.0, 300)
            claim.trial.set_user_attr("reason", outcome)
            study.tell(claim.trial, Outcome("pruned", outcome))
        else:
            study.tell(claim.trial, Outcome("finished", value=outcome))
        claim.lock.release()
    return running
