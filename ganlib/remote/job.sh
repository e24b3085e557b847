#!/bin/sh
# Runs in a job: installs what this project needs, and trains until two minutes before the job's time limit, so that the rest is
# saved and uploaded. The project lies where this script does.
#
# sh job.sh SECONDS ARGUMENTS_OF_TRAIN_PY...
# sh job.sh SECONDS -m MODULE ARGUMENTS...     PACKAGES are installed besides; GANLIB_SWEEP_FILE is written to study.toml
set -euf
started=$(date +%s)
limit=$1
shift
code=$(cd "$(dirname "$0")/../.." && pwd)
place=$(mktemp -d)
cd "$place"
uv venv "$place/venv"
uv pip install --python "$place/venv" --torch-backend auto --requirements "$code/requirements.txt" ${PACKAGES:-} # torch for this driver
left=$((limit - $(date +%s) + started - 120))
if [ "$left" -lt 1 ]; then
    echo "The packages took so long to install that the job's time limit leaves none to train: give a longer --timeout."
    exit 2
fi
if [ -n "${GANLIB_SWEEP_FILE:-}" ]; then printf '%s' "$GANLIB_SWEEP_FILE" >study.toml; fi
if [ "$1" != -m ]; then set -- "$code/train.py" "$@"; fi
export PYTHONPATH="$code" PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HF_HUB_DISABLE_PROGRESS_BARS=1
# In the foreground: `timeout` else signals twice, to the process and to its group, and the second ends one that ends already.
exec timeout --foreground --preserve-status --signal=USR1 "$left" "$place/venv/bin/python" "$@"
