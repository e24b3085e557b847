"""Runs from the Hub and to it, at a visitor's wish."""
