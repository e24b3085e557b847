"""Content of the Learn tab: recipes, derivations, discriminators, and the lab report."""
