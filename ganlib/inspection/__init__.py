"""Inspection of networks, objectives and discriminators, for the page's Learn tab and lab reports."""
