"""The threads of a training: which cores they run on, and how they wait for each other."""
