"""Draws pictures for visitors: scenes, batches, the queue, sheets and downloads."""
