"""What a network and a recipe are made of, and what a discriminator thinks: to be shown, not trained."""
