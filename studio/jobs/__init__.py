"""Trainings that visitors start: the queue, the processes of train.py, and the jobs' records."""
