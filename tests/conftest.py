"""Every worker of pytest-xdist has its share of the cores: threads beyond that only wait for each other."""

import os

# Only in a worker: what the process that starts them sets, they would inherit.
if workers := os.environ.get("PYTEST_XDIST_WORKER_COUNT"):
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // int(workers))))  # read as torch is imported
