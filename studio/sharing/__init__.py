"""Runs opened from the Hub, and published to it, from the page."""
