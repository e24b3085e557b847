"""Threads: the cores that those of a training run on, how they wait for each other, and how they share memory."""
