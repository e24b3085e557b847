"""The page: shows trained runs in a browser and trains new ones. It asks ganlib for everything that isn't the browser's."""
