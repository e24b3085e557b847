"""Draws pictures for visitors: requests, batches, the queue, sheets and downloads."""
