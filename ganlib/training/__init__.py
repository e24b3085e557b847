"""The training loop and its step, checkpoints, history, health, events and their loggers, and distributed training."""
