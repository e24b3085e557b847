"""Visitors' own pictures, from the first byte to a training set."""
