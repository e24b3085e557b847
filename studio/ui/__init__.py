"""The page's tabs, their components, menus and theme."""
