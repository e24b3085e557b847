"""Every worker of pytest-xdist has its share of the cores: threads beyond that only wait for each other."""

import os

workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))  # read when torch is imported
