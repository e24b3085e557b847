"""Visitors' uploads: received, checked, cropped, and prepared as training sets."""
