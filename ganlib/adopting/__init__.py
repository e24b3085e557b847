"""Weights that other programs saved: `reading` opens files, `sources` is the table of the known layouts, `recognising` decides
whose a file is, and `converting` reads settings from shapes and builds networks of this project."""
