"""Networks, objectives and discriminators laid open, to be shown in Learn and in lab reports."""
