"""The web page: shows trained runs and trains new ones. Everything that doesn't concern a browser is in ganlib."""
