"""The trainer, its step, and what it writes and tells while it runs."""
