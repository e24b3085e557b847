"""Sets of picture files: which are pictures, which split is taken, and where the labels come from."""
