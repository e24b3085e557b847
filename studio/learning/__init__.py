"""What the Learn tab shows: recipes, derivations, discriminators, and the lab report."""
