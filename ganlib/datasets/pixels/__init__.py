"""From an image file of any kind to 8 bits a channel: formats, levels, colour profiles, transparency."""
