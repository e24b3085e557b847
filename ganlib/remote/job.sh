#!/bin/sh
# Runs in a job: installs what this project needs, and trains until two minutes before the job's time limit, so that the rest is
# saved and uploaded. The project lies where this script does.
#
# sh job.sh SECONDS ARGUMENTS_OF_TRAIN_PY...
set -eu
started=$(date +%s)
limit=$1
shift
code=$(cd "$(dirname "$0")/../.." && pwd)
place=$(mktemp -d)
cd "$place"
uv venv "$place/venv"
uv pip install --python "$place/venv" --torch-backend auto --requirements "$code/requirements.txt" # torch for this driver
left=$((limit - $(date +%s) + started - 120))
if [ "$left" -lt 1 ]; then
    echo "The packages took so long to install that the job's time limit leaves none to train: give a longer --timeout."
    exit 2
fi
export PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HF_HUB_DISABLE_PROGRESS_BARS=1
exec timeout --preserve-status --signal=USR1 "$left" "$place/venv/bin/python" "$code/train.py" "$@"
