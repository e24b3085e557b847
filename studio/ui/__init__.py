"""The page's tabs, their components and theme."""
