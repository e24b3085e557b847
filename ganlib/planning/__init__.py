"""From the options of train.py to a trainer: the options, the real images, the config of a new or resumed run."""
