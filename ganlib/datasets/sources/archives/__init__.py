"""Archives as trees of files: .zip and tar, compressed or not, and several of them as one set."""
