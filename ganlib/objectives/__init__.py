"""Losses, penalties and augmentation: plain functions of logits and images."""
