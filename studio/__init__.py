"""The studio: what a browser shows of trained runs. It asks ganlib for everything that isn't the browser's."""
