"""Opens runs from the Hub and publishes runs to it, from the page."""
