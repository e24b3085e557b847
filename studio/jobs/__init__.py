"""Trainings that visitors start: the queue, the processes of train.py, and what is kept of them."""
