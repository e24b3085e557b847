"""The command that searches for a recipe's settings by many trainings, on Optuna: `python -m ganlib.sweep`."""
